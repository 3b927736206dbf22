"""``arrears policy`` (check, test, explain, facts): what it prints, and its exit codes."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import small_book

from arrears.cli import app as cli
from arrears.rulebook.baseline import TIMED, read_baseline
from arrears.rulebook.load import PACKS

ACT = Path(__file__).parents[3] / "docs" / "rulebook" / "act.md"
CASE = """\
- case: A vulnerable person is left alone
  rule: cn.vulnerable
  act: message
  at: 2026-03-02T10:00+08:00
  given: {vulnerable: true}
  refused: [cn.vulnerable]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A rulebook of one rule with one case: it decides well, and has findings."""
    rule = small_book.rule("cn.vulnerable", "context.vulnerable")
    small_book.write_book(tmp_path / "packs", cn=rule)
    (tmp_path / "packs" / "cn" / "cases").mkdir()
    path = tmp_path / "packs" / "cn" / "cases" / "all.yaml"
    path.write_text(CASE, encoding="utf-8")
    return tmp_path / "packs"


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = cli.run(["policy", *map(str, arguments)])
    out, err = capsys.readouterr()
    return code, out, err


def example() -> dict[str, Any]:
    """The act that docs/rulebook/act.md shows."""
    (block,) = re.findall(r"```json\n(.*?)```", ACT.read_text(encoding="utf-8"), re.DOTALL)
    act: dict[str, Any] = json.loads(block)
    return act


def test_check_prints_every_finding_and_fails(capsys, folder: Path) -> None:
    code, out, _ = run(capsys, "check", folder)
    assert code == 65 and "cn/rules.cedar:1: cn.vulnerable: has no case that is allowed" in out
    code, out, _ = run(capsys, "check", folder, "--json")
    found = json.loads(out)
    assert code == 65 and found["rules"] == 2 and found["cases"] == 1
    assert {"file", "line", "rule", "message"} == set(found["findings"][0])


def test_check_survives_a_pack_that_cannot_be_loaded(capsys, folder: Path) -> None:
    (folder / "cn" / "rules.cedar").write_text("forbid (", encoding="utf-8")
    code, out, _ = run(capsys, "check", folder)
    assert code == 65 and "cn/rules.cedar:1: malformed Cedar" in out
    code, out, err = run(capsys, "test", folder)
    assert code == 65 and out == "" and "policy check" in err


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_check_fails_though_the_reader_of_its_pipe_has_left(folder: Path, as_json) -> None:
    """`arrears policy check | head -1` with `pipefail` is as red as the check itself."""
    program = "import sys; from arrears.cli import app; app.main(sys.argv[1:])"
    # More than a pipe holds: the reader leaves before the writer is done.
    rules = "".join(
        small_book.rule(f"cn.{'v' * 150}_{n}", "context.vulnerable") for n in range(600)
    )
    (folder / "cn" / "rules.cedar").write_text(rules, encoding="utf-8")
    writer = subprocess.Popen(
        [sys.executable, "-c", program, "policy", "check", str(folder), *as_json],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert writer.stdout is not None and writer.stderr is not None
    assert writer.stdout.read(10)
    writer.stdout.close()
    said = writer.stderr.read().decode()
    assert (writer.wait(120), said) == (65, "")


def test_check_finds_that_a_whole_pack_is_missing(capsys, folder: Path, tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(PACKS, whole)
    assert run(capsys, "check", whole)[0] == 0
    shutil.rmtree(whole / "us")
    code, out, _ = run(capsys, "check", whole)
    assert code == 65
    assert "us/pack.yaml: no pack `us`" in out
    code, out, _ = run(capsys, "check", whole, "--pack", "us", "--json")
    assert (code, len(json.loads(out)["findings"])) == (65, 1)
    assert run(capsys, "check", whole, "--pack", "gb")[0] == 0
    # A folder of some packs is checked as it is, unless one that it lacks is asked for.
    assert "no pack" not in run(capsys, "check", folder)[1]
    assert "no pack `gb`" in run(capsys, "check", folder, "--pack", "gb")[1]


def test_help_says_what_needs_a_database(capsys) -> None:
    code, out, _ = run(capsys, "--help")
    assert code == 0
    assert "No database is needed, but for a sweep of the stored book." in " ".join(out.split())


def test_test_says_what_differs(capsys, folder: Path) -> None:
    assert run(capsys, "test", folder)[0] == 0
    path = folder / "cn" / "cases" / "all.yaml"
    path.write_text(CASE.replace("true", "false"), encoding="utf-8")
    code, out, _ = run(capsys, "test", folder)
    assert code == 65 and "expected refused by: cn.vulnerable" in out and "1 failed" in out
    code, out, _ = run(capsys, "test", folder, "--json")
    failed = json.loads(out)["failed"]
    assert code == 65 and (failed[0]["expected"], failed[0]["found"]) == (["cn.vulnerable"], [])
    assert run(capsys, "test", folder, "--pack", "house")[0] == 0


def test_a_case_that_cannot_be_read_fails_the_test_too(capsys, folder: Path) -> None:
    path = folder / "cn" / "cases" / "all.yaml"
    path.write_text(CASE.replace("message", "fly"), encoding="utf-8")
    code, out, _ = run(capsys, "test", folder)
    assert code == 65 and "unusable" in out and "unknown act fly" in out


def test_the_example_of_the_documents_is_answered_as_they_say(capsys, tmp_path: Path) -> None:
    path = tmp_path / "act.json"
    path.write_text(json.dumps(example()), encoding="utf-8")
    code, out, _ = run(capsys, "explain", path, "--json")
    told = json.loads(out)
    text = ACT.read_text(encoding="utf-8")
    assert code == 77 and told["allowed"] is False
    said = text[text.index("The example is refused by") :]
    assert [reason["id"] for reason in told["reasons"]] == re.findall(
        r"`((?:cn|house)\.[^`]*)`", said
    )
    assert told["next_allowed_at"] in said
    answer = text[text.index("## The answer") :]
    assert set(told) <= set(re.findall(r"`(\w+)`", answer))
    assert {"id", "pack", "cite", "force", "grade", "en", "zh", "do_en", "do_zh"} == set(
        told["reasons"][0]
    )


@pytest.mark.parametrize(("lang", "word"), [("en", "answered calls"), ("zh", "接通")])
def test_explain_tells_reasons_remedies_and_the_next_moment(
    capsys, monkeypatch: pytest.MonkeyPatch, lang: str, word: str
) -> None:
    data = io.BytesIO(json.dumps(example()).encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))
    code, out, _ = run(capsys, "explain", "-", "--lang", lang)
    assert code == 77 and "cn.call.connected_cap" in out and word in out and "GB/T 45251" in out
    assert "2026-12-02T08:00:00+08:00" in out


def test_an_allowed_act_ends_with_0(capsys, tmp_path: Path) -> None:
    path = tmp_path / "act.json"
    act = {**example(), "at": "2026-12-01T10:00+08:00"}
    act["facts"]["calls_connected_today"] = 0
    path.write_text("\ufeff" + json.dumps(act), encoding="utf-8")
    code, out, _ = run(capsys, "explain", path)
    assert code == 0 and out.startswith("ALLOWED")


def test_a_refusal_for_good_says_so(capsys, tmp_path: Path, folder: Path) -> None:
    baseline = read_baseline()["message"]
    act = {
        "act": "message",
        "actor": baseline.actor,
        "party": baseline.party,
        "at": "2026-03-02T10:00+08:00",
        "jurisdiction": "cn",
        "facts": {**baseline.facts, "vulnerable": True},
    }
    path = tmp_path / "act.json"
    path.write_text(json.dumps(act), encoding="utf-8")
    code, out, _ = run(capsys, "explain", path, "--rules", folder)
    assert code == 77 and "Time alone will not allow it" in out
    del act["facts"]["vulnerable"]  # type: ignore[attr-defined]
    path.write_text(json.dumps(act), encoding="utf-8")
    code, out, _ = run(capsys, "explain", path, "--rules", folder)
    assert code == 77 and "missing" in out and "vulnerable" in out


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"{", 65), (b"\xff\xfe{}", 65), (b"[" * 1_000_001, 65), (b"[" * 999_999, 65), (None, 66)],
)  # fmt: skip
def test_what_is_no_act_is_refused_with_a_clear_error(
    capsys, tmp_path: Path, data: bytes | None, code: int
) -> None:
    path = tmp_path / "act.json"
    if data is not None:
        path.write_bytes(data)
    found, out, err = run(capsys, "explain", path)
    assert (found, out) == (code, "") and "error:" in err and "defect" not in err


def test_a_folder_in_place_of_an_act_is_refused(capsys, tmp_path: Path) -> None:
    assert run(capsys, "explain", tmp_path)[0] == 65


def test_facts_lists_what_an_act_needs(capsys) -> None:
    code, out, _ = run(capsys, "facts", "call_human", "--jurisdiction", "cn", "--json")
    needed = {fact["fact"]: fact for fact in json.loads(out)}
    assert code == 0 and set(needed) - set(example()["facts"]) <= set(TIMED)
    assert needed["local_minute"]["may_be_unknown"] and needed["hold_dispute"]["kind"] == "flag"
    code, out, _ = run(capsys, "facts", "--json")
    assert len(json.loads(out)) > len(needed)
    code, out, _ = run(capsys, "facts", "message", "--lang", "zh")
    assert code == 0 and "本人当地时间" in out
    assert run(capsys, "facts", "fly")[0] == 2


def test_explain_answers_from_the_rules_that_it_is_given(capsys, tmp_path: Path) -> None:
    code, _, err = run(capsys, "explain", ACT, "--rules", tmp_path)
    assert code == 65 and "not JSON" in err
    path = tmp_path / "act.json"
    path.write_text(json.dumps(example()), encoding="utf-8")
    code, _, err = run(capsys, "explain", path, "--rules", tmp_path)
    assert code == 65 and "no pack `house`" in err
