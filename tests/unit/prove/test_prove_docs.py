"""docs/rulebook/proofs.md says what the claims say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from arrears.rulebook.prove.claims import read_claims

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("proofs_docs", ROOT / "tools/proofs_docs.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_that_of_the_claims(
    tool: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tool.main(["--check"]) == 0, capsys.readouterr().out
    page = tool.PAGE.read_text("utf-8")
    for claim in read_claims():
        assert page.count(f"### `{claim.id}`") == 1
        assert claim.en in page and claim.zh in page


def test_a_stale_page_is_found_and_mended(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = tool.PAGE.read_text("utf-8")
    monkeypatch.setattr(tool, "PAGE", tmp_path / "proofs.md")
    tool.PAGE.write_text(written.replace("Nobody unknown acts.", "Anybody acts."), "utf-8")
    assert tool.main(["--check"]) == 1
    assert tool.main([]) == 0
    assert tool.PAGE.read_text("utf-8") == written
