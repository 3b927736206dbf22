"""``arrears policy prove``, ``diff`` and ``mutants`` as a person and a machine call them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from proving import changed_packs, folder, text

from arrears.cli import app
from arrears.kernel.errors import ArrearsError

STOPPED = text("cn.stopped", "context.stopped")


def test_prove_lists_every_claim_and_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["policy", "prove"]) == 0
    told = capsys.readouterr().out
    assert "V2.crew: No crew of fewer than two leaves." in told
    assert "house.narrows" in told and "rules.needed" in told
    assert "REFUTED" not in told
    assert " 0 refuted in " in told.splitlines()[-1]


def test_prove_shows_a_counter_example_and_ends_with_65(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packs = folder(tmp_path / "packs", cn=[STOPPED])
    assert app.run(["policy", "prove", str(packs), "--json"]) == 65
    found = {proof["id"]: proof for proof in json.loads(capsys.readouterr().out)}
    assert found["possible.acts"]["proved"] and found["house.narrows"]["proved"]
    crew = found["V2.crew"]
    assert not crew["proved"]
    (case,) = yaml.safe_load(crew["examples"][0])
    assert (case["act"], case["given"], case["allowed"]) == (
        "visit_dispatch", {"crew_size": 1}, True,
    )  # fmt: skip


def test_diff_says_what_is_newly_refused_and_that_nothing_is_newly_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = folder(tmp_path / "old")
    message = 'principal, action == Action::"message", resource'
    new = folder(tmp_path / "new", cn=[text("cn.stopped", "context.stopped", message)])
    assert app.run(["policy", "diff", str(old), str(new)]) == 0
    told = capsys.readouterr().out
    assert "added: cn.stopped\n" in told
    assert "newly allowed: nothing (proved for every act, jurisdiction and day)" in told
    assert "newly refused: message, cn, always\n    refused now by cn.stopped" in told
    assert app.run(["policy", "diff", str(new), str(old), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["removed"] == ["cn.stopped@"] and found["newly_refused"] == []
    assert {one["jurisdiction"] for one in found["newly_allowed"]} == {"cn", None}
    assert found["newly_allowed"][0]["refused_before"] == ["cn.stopped"]


def test_mutants_prints_missing_cases_that_can_be_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packs = folder(tmp_path / "packs", gb=[text("gb.cap", "context.messages_7d >= 5")])
    asked = ["policy", "mutants", str(packs), "--rule", "gb.cap"]
    assert app.run([*asked, "--cases"]) == 65
    cases = yaml.safe_load(capsys.readouterr().out)
    assert {case["rule"] for case in cases} == {"gb.cap"}
    (packs / "gb" / "cases").mkdir()
    (packs / "gb" / "cases" / "cap.yaml").write_text(yaml.safe_dump(cases), encoding="utf-8")
    assert app.run([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["survived"] == [] and found["failing"] == []
    assert found["mutants"]["case"] == found["mutants"]["case"] + found["mutants"]["survived"] > 0


@pytest.mark.parametrize("command", ["prove", "diff"])
def test_a_broken_pack_is_told_with_file_and_line(
    tmp_path: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {"us/calls.cedar": ("context.calls_7d_debt >= 7", "context.calls >= 7")}
    assert app.run(["policy", command, str(changed_packs(tmp_path / "packs", wrong))]) == 65
    assert "us/calls.cedar:" in capsys.readouterr().err


def test_mutants_leaves_out_what_is_faulty_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packs = folder(tmp_path / "packs", cn=[STOPPED, text("cn.broken", "context.no_such_fact")])
    assert app.run(["policy", "mutants", str(packs), "--pack", "cn"]) == 65
    told = capsys.readouterr()
    assert "fault(s): run `arrears policy check`" in told.err
    assert "cn.stopped" in told.out and "cn.broken" not in told.out


@pytest.mark.parametrize(
    "asked", [["--rule", "cn.stoped"], ["--rule", "cn.stopped", "--pack", "us"]]
)
def test_mutants_of_a_rule_that_is_not_there_are_no_success(
    tmp_path: Path, asked: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    packs = folder(tmp_path / "packs", cn=[STOPPED])
    assert app.run(["policy", "mutants", str(packs), *asked]) == 66
    assert "no such rule" in capsys.readouterr().err


def test_readings_that_disagree_end_with_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from arrears.rulebook.prove import replay

    monkeypatch.setattr(replay, "swept", lambda act, rulebook: (False, ("cn.stopped",)))
    assert app.run(["policy", "prove", str(folder(tmp_path / "packs", cn=[STOPPED]))]) == 1
    assert "the three readings of the rules disagree" in capsys.readouterr().err
    assert issubclass(replay.ReadingsDisagree, ArrearsError)
