"""``arrears policy sweep`` over the stored book counts what the gate would answer to each."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from conduct_people import NOON, at, debtor, go_live, intent
from placements_book import agency, when

from arrears.cli import app, work
from arrears.conduct.locks import lock_subject
from arrears.conduct.models import Hold, Stop
from arrears.conduct.rules.intent import OWNED
from arrears.conduct.situation import situation
from arrears.kernel.clock import FixedClock
from arrears.kernel.ids import uuid7
from arrears.rulebook.decide import decide
from arrears.rulebook.vocabulary import Value
from arrears.store import clock


@pytest.fixture
def swept(db, capsys, monkeypatch):
    """The command in this process, on the database of the test, at noon."""
    monkeypatch.setattr(work, "at_work", lambda **_: nullcontext())

    def call(*arguments: str) -> dict[str, Any]:
        with clock.use(FixedClock(NOON)):
            assert app.run(["policy", "sweep", "--json", *arguments]) == 0
        found: dict[str, Any] = json.loads(capsys.readouterr().out)
        return found

    return call


def people() -> list[UUID]:
    """Persons under several laws and none known, in several zones, some of them held."""
    places = [("CN", None), ("CN-GD", "Asia/Shanghai"), ("US-NY", "America/New_York"),
              ("IN", "Asia/Kolkata"), ("GB", None), ("FR", "Europe/Paris")]  # fmt: skip
    persons = [
        debtor(f"P{n}", loans=n % 3, jurisdiction=place, time_zone=zone, phone="13800000001")
        for n, (place, zone) in enumerate(places * 3)
    ]
    with at() as now:
        for number, kind in enumerate(("dispute", "hardship", "cease", "self_harm")):
            Hold.objects.create(
                id=uuid7(now.now), person_id=persons[number], kind=kind, from_at=NOON,
                until_at=None, source="staff", reason="r", opened_by="x", opened_at=now.now,
            )  # fmt: skip
    return persons


def gate_says(person: UUID, act: str, channel: str, assumed: dict[str, Value]) -> list[str]:
    facts = {name: value for name, value in assumed.items() if name not in OWNED}
    with at() as now:
        asked = intent(person, act, channel=channel, number=None, facts=facts)
        found = situation(NOON, asked, lock_subject(now, person))
    return [reason.id for reason in decide(found.act()).reasons]


def test_the_book_is_counted_as_the_gate_would_answer(swept):
    go_live()
    persons = people()
    found = swept()
    assert found["rows"] == len(persons)
    assert found["at"] == NOON.isoformat()
    reached = 0
    for way in found["ways"]:
        assert way["lacks"] == []
        names = (way["act"], way["channel"], way["assumed"])
        answers = [gate_says(person, *names) for person in persons]
        assert way["allowed"] == sum(not reasons for reasons in answers), names
        held = Counter(name for reasons in answers for name in reasons)
        assert {rule["id"]: rule["holds_back"] for rule in way["rules"]} == held, names
        reached += way["allowed"]
    assert reached > 0


def test_observing_and_a_stop_hold_everybody_back(swept):
    debtor("A")
    (way,) = swept("--act", "letter")["ways"]
    assert way["allowed"] == 0
    assert "house.switch.observing" in {rule["id"] for rule in way["rules"]}
    (as_live,) = swept("--act", "letter", "--live")["ways"]
    go_live()
    (way,) = swept("--act", "letter")["ways"]
    assert way["allowed"] == as_live["allowed"] == 1
    with at() as now:
        Stop.objects.create(
            id=uuid7(now.now), scope="all", reason="r", from_at=NOON,
            until_at=NOON + timedelta(days=1), asked_by="x",
        )  # fmt: skip
    (way,) = swept("--act", "letter")["ways"]
    assert [rule["id"] for rule in way["rules"]] == ["house.switch.stopped"]
    (later,) = swept("--act", "letter", "--at", (NOON + timedelta(days=2)).isoformat())["ways"]
    assert later["allowed"] == 1


def test_an_agency_reaches_only_who_is_in_its_charge(swept):
    go_live()
    with when():
        agency("north")
    debtor("A")
    (way,) = swept("--act", "letter", "--actor", "agency", "--organisation", "north")["ways"]
    assert "house.organisation.in_charge" in {rule["id"] for rule in way["rules"]}


@pytest.mark.parametrize("misspelt", ["norht", "North", "", "Agency north"])
def test_an_agency_that_there_is_not_is_told(db, capsys, monkeypatch, misspelt):
    monkeypatch.setattr(work, "at_work", lambda **_: nullcontext())
    with when():
        agency("north")
        assert app.run(["policy", "sweep", "--act", "letter", "--organisation", misspelt]) == 66
    told = capsys.readouterr()
    assert "there is no such agency" in told.err
    assert "lender, north" in told.err
    assert told.out == ""


def test_an_empty_book_is_told(db, capsys, monkeypatch):
    monkeypatch.setattr(work, "at_work", lambda **_: nullcontext())
    assert app.run(["policy", "sweep", "--act", "message"]) == 0
    told = capsys.readouterr()
    assert "nobody is there" in told.err
    assert "0 persons" in told.out
