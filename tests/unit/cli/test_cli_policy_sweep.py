"""``arrears policy sweep``: what it counts is what is decided person by person."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from arrears.cli import app as cli
from arrears.rulebook.act import Act
from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.decide import decide
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.sweep import WAYS
from arrears.rulebook.sweep.ways import PLANNED_FACTS, PLANNED_GROUPS
from arrears.rulebook.vocabulary import FACTS

AT = "2026-03-02T10:00+08:00"
TYPES = {"flag": pa.bool_(), "enum": pa.string()}
OWN = [
    name
    for name, fact in FACTS.items()
    if fact.group not in {*PLANNED_GROUPS, "act"}
    and name not in PLANNED_FACTS
    and not name.startswith("local_minute")
]
"""Facts of the person, which a file must bring."""

PERSONS: list[dict[str, Any]] = [
    {"jurisdiction": "cn", "time_zone": "Asia/Shanghai"},
    {"jurisdiction": "cn", "time_zone": "Asia/Shanghai", "calls_connected_today": 3},
    {"jurisdiction": "cn", "time_zone": "Asia/Shanghai", "hold_dispute": True},
    {"jurisdiction": "us", "time_zone": "America/New_York"},  # night
    {"jurisdiction": "us", "time_zone": "America/New_York", "hold_dispute": True},
    {"jurisdiction": "in", "time_zone": "Asia/Kolkata", "messages_today": 2},
    {"jurisdiction": "gb", "time_zone": "Mars/Olympus"},
    {"jurisdiction": None, "time_zone": None},
    {"jurisdiction": "cn", "time_zone": "Asia/Shanghai", "vulnerable": None},
    {"jurisdiction": "cn", "time_zone": "Asia/Shanghai", "point_status": "verrified"},
    {"jurisdiction": "fr", "time_zone": "Europe/Paris"},
]


def table(persons: list[dict[str, Any]]) -> pa.Table:
    base = read_baseline()["message"].facts
    rows = [{**{name: base[name] for name in OWN}, **person} for person in persons]
    columns = {"person_id": pa.array([f"P{n}" for n in range(len(rows))])}
    for name in (*OWN, "jurisdiction", "time_zone"):
        kind = TYPES.get(FACTS[name].kind, pa.int64()) if name in FACTS else pa.string()
        columns[name] = pa.array([row.get(name) for row in rows], kind)
    return pa.table(columns)


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    pq.write_table(table(PERSONS), tmp_path / "persons.parquet")
    return tmp_path / "persons.parquet"


def swept(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert cli.run(["policy", "sweep", "--at", AT, "--json", *arguments]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def decided(person: dict[str, Any], act: str, channel: str) -> list[str]:
    base = read_baseline()
    own = {name: base["message"].facts[name] for name in OWN} | person
    facts = {**base[act].facts, **own, "channel": channel}
    place, zone = facts.pop("jurisdiction"), facts.pop("time_zone")
    if place == "fr":
        return ["error"]
    if facts["point_status"] == "verrified":
        if "point_status" in load_rulebook().ruleset(place, act, date(2026, 3, 2)).reads:
            return ["error"]
        facts["point_status"] = "verified"  # a word that no rule reads refuses nothing
    if facts["vulnerable"] is None:
        del facts["vulnerable"]
    zone = None if zone == "Mars/Olympus" else zone
    asked = Act(act, "lender", "borrower", datetime.fromisoformat(AT), place, zone, facts)
    return [reason.id for reason in decide(asked).reasons]


def test_every_way_is_counted_as_it_is_decided(
    facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = swept(capsys, "--facts", str(facts))
    assert found["rows"] == len(PERSONS)
    assert [(way["act"], way["channel"]) for way in found["ways"]] == [
        (way.act, way.channel) for way in WAYS
    ]
    for way in found["ways"]:
        reasons = [decided(person, way["act"], way["channel"]) for person in PERSONS]
        assert way["allowed"] == sum(not names for names in reasons)
        assert way["allowed"] + way["refused"] == len(PERSONS)
        rules = {rule["id"]: (rule["holds_back"], rule["alone"]) for rule in way["rules"]}
        counted = Counter(name for names in reasons for name in names)
        alone = Counter(names[0] for names in reasons if len(names) == 1)
        assert rules == {name: (count, alone[name]) for name, count in counted.items()}
        assert way["lacks"] == []
        assert way["assumed"]["purpose"] == "collect"
        assert "hold_dispute" not in way["assumed"]
    assert found["ways"][0]["allowed"] > 0
    says = {rule["id"]: rule["says"] for rule in found["ways"][3]["rules"]}
    assert "is none that there is" in says["error"]
    assert "three" in says["cn.call.connected_cap"].lower()


def test_rows_may_come_in_any_order_and_as_arrow(
    facts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    feather.write_feather(table(PERSONS[::-1]), tmp_path / "persons.arrow")
    first = swept(capsys, "--facts", str(facts), "--act", "message")
    assert swept(capsys, "--facts", str(tmp_path / "persons.arrow"), "--act", "message") == first
    assert [way["channel"] for way in first["ways"]] == ["sms", "app", "email"]


def test_what_the_file_lacks_refuses_and_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking = table(PERSONS[:3]).drop(["hold_dispute", "time_zone"])
    lacking = lacking.append_column("hold_dispoot", pa.array([False] * 3))
    pq.write_table(lacking, tmp_path / "persons.parquet")
    arguments = ["--facts", str(tmp_path / "persons.parquet"), "--act", "letter"]
    found = swept(capsys, *arguments)
    (way,) = found["ways"]
    assert (way["allowed"], way["refused"], way["lacks"]) == (0, 3, ["hold_dispute"])
    assert found["columns_that_are_no_facts"] == ["hold_dispoot"]
    assert cli.run(["policy", "sweep", "--at", AT, *arguments]) == 0
    told = capsys.readouterr()
    assert "nothing says hold_dispute" in told.err
    assert "hold_dispoot" in told.err


def test_minutes_of_the_file_hold_where_it_names_no_zone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = table(PERSONS[:1] * 2).drop(["time_zone"])
    for name in ("local_minute", "local_minute_alt"):
        frame = frame.append_column(name, pa.array([600, 1400]))
    pq.write_table(frame, tmp_path / "persons.parquet")
    (way,) = swept(
        capsys, "--facts", str(tmp_path / "persons.parquet"), "--act", "message", "--channel", "sms"
    )["ways"]
    assert (way["allowed"], way["refused"]) == (1, 1)


def test_it_tells_a_person_rule_by_rule(facts: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["policy", "sweep", "--facts", str(facts), "--at", AT, "--act", "call_human"]
    assert cli.run([*arguments, "--by-rule"]) == 0
    told = capsys.readouterr().out
    assert "11 persons at 2026-03-02T10:00:00+08:00" in told
    assert "cn.call.connected_cap" in told
    assert "call_human (phone)" in told


def test_who_could_be_reached_were_it_live_is_told_as_such(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pq.write_table(table([{**PERSONS[0], "observing": True}]), tmp_path / "persons.parquet")
    asked = ["--facts", str(tmp_path / "persons.parquet"), "--act", "letter"]
    assert swept(capsys, *asked)["ways"][0]["allowed"] == 0
    found = swept(capsys, *asked, "--live")
    assert found["as_if_live"] is True and found["ways"][0]["allowed"] == 1
    assert cli.run(["policy", "sweep", "--at", AT, *asked]) == 0
    assert "--live asks as if it were live" in capsys.readouterr().err
    assert cli.run(["policy", "sweep", "--at", AT, *asked, "--live"]) == 0
    told = capsys.readouterr()
    assert "as if the installation were live" in told.out and "--live" not in told.err


def test_rows_that_cannot_be_decided_are_told_in_words(
    facts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (way,) = swept(capsys, "--facts", str(facts), "--act", "letter")["ways"]
    assert {rule["id"] for rule in way["rules"]} >= {"error"}
    assert all(rule["says"] for rule in way["rules"])


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--at", "2026-03-02T10:00"], 2, "not an instant"),
        (["--at", "tomorrow"], 2, "not an instant"),
        (["--at", "9999-12-31T23:59-12:00"], 2, "not between 1990 and 2199"),
        (["--act", "shout"], 2, "'shout' is not one of"),
        (["--channel", "smoke"], 2, "'smoke' is not one of"),
    ],
)
def test_wrong_calls(
    facts: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, told: str
) -> None:
    assert cli.run(["policy", "sweep", "--facts", str(facts), *arguments]) == code
    assert told in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda t: t.drop(["jurisdiction"]), "does not say the jurisdiction"),
        (
            lambda t: t.drop(["overdue"]).append_column("overdue", pa.array(["yes"] * t.num_rows)),
            "column 'overdue' has the wrong type",
        ),
    ],
)
def test_a_file_of_another_shape_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Any, told: str
) -> None:
    pq.write_table(change(table(PERSONS)), tmp_path / "persons.parquet")
    assert cli.run(["policy", "sweep", "--facts", str(tmp_path / "persons.parquet")]) == 65
    assert told in capsys.readouterr().err


def test_a_file_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("x.parquet", "x.arrow"):
        (tmp_path / name).write_bytes(b"not a table")
        assert cli.run(["policy", "sweep", "--facts", str(tmp_path / name)]) == 65
        assert "cannot be read" in capsys.readouterr().err


def warned(person: dict[str, Any], act: str, channel: str) -> set[str]:
    base = read_baseline()
    own = {name: base["message"].facts[name] for name in OWN} | person
    facts = {**base[act].facts, **own, "channel": channel}
    place, zone = facts.pop("jurisdiction"), facts.pop("time_zone")
    asked = Act(act, "lender", "borrower", datetime.fromisoformat(AT), place, zone, facts)
    return {reason.id for reason in decide(asked).warnings}


def test_what_drafts_would_warn_of_is_what_is_decided_person_by_person(capsys, tmp_path: Path):
    persons = [
        *PERSONS[:6],
        {"jurisdiction": "gb", "time_zone": "Europe/London", "capacity": "limited"},
        {"jurisdiction": "in", "time_zone": "Asia/Kolkata", "calls_connected_today": 3},
        {"jurisdiction": "us", "time_zone": "America/Chicago", "contacts_30d": 20},
    ]
    pq.write_table(table(persons), tmp_path / "p.parquet")
    found = swept(capsys, "--facts", str(tmp_path / "p.parquet"))
    seen = 0
    for way in found["ways"]:
        told = {draft["id"]: draft["would_hold_back"] for draft in way["drafts"]}
        expected = Counter(
            name for person in persons for name in warned(person, way["act"], way["channel"])
        )
        assert told == expected, way["act"]
        seen += len(told)
    assert seen


def test_what_is_taken_for_granted_of_staff_and_agency_is_said(capsys, facts: Path):
    found = swept(capsys, "--facts", str(facts), "--act", "call_human", "--channel", "phone")
    assert "staff_trained" in found["ways"][0]["register_assumed"]
    arguments = ["--facts", str(facts), "--act", "call_human", "--channel", "phone", "--at", AT]
    assert cli.run(["policy", "sweep", *arguments]) == 0
    assert "taken for granted, not from the register: staff_" in capsys.readouterr().err
