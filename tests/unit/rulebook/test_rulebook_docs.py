"""docs/rulebook says what the packs say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from arrears.rulebook.load import load_rulebook

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("rulebook_docs", ROOT / "tools/rulebook_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def made(tool):
    return tool.pages(load_rulebook())


def test_the_pages_are_those_of_the_packs(tool, capsys):
    stale = tool.main(["--check"])
    assert not stale, f"run: python tools/rulebook_docs.py\n{capsys.readouterr().out}"


def test_a_change_of_a_page_or_a_page_too_many_is_found(tool, made, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tool, "FOLDER", tmp_path)
    assert tool.main([]) == 0
    assert tool.main(["--check"]) == 0
    page = tmp_path / "us.md"
    page.write_text(page.read_text("utf-8").replace("us.contact.hours", "us.contact.days"))
    (tmp_path / "old.md").write_text("gone")
    capsys.readouterr()
    assert tool.main(["--check"]) == 1
    told = capsys.readouterr().out
    assert "us.md: is stale" in told
    assert "old.md: is stale" in told
    assert page.exists()
    assert tool.main([]) == 0
    assert not (tmp_path / "old.md").exists()


def test_every_rule_row_and_case_is_on_its_page(made):
    for code, pack in load_rulebook().packs.items():
        page = made[f"{code}.md"]
        for rule in pack.rules:
            assert f"### `{rule.id}`" in page
            assert rule.en in page and rule.zh in page, rule.id
            assert " ".join(rule.cite.split()).replace("|", "\\|") in page, rule.id
            if rule.effect == "permit":
                continue  # what every case begins from
            assert f"## `{rule.id}`" in made[f"cases/{code}.md"], f"{rule.id} has no case"


def test_links_lead_to_pages(made):
    import re

    for name, page in made.items():
        for link in re.findall(r"\]\(([^)]+\.md)\)", page):
            target = (Path("/") / name).parent / link
            found = str(target.resolve()).lstrip("/")
            assert found in made or found in ("act.md", "proofs.md"), f"{name}: {link}"


@pytest.mark.parametrize(
    "claim",
    ["art 798", "art. 798", "taozhai", "national collector licence", "全国催收员执照",
     "under 1 hour per visit"],
)  # fmt: skip
def test_false_claims_are_not_told(made, claim):
    assert [name for name, page in made.items() if claim in page] == []
