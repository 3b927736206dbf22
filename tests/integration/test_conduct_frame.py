"""The facts of all persons at once are those that the gate finds of each."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from conduct_people import ACTOR, AS_OF, NOON, at, debtor, go_live, intent, loan_id

from arrears.conduct.actions.house import set_observing
from arrears.conduct.actions.subjects import merge_subjects, set_standing
from arrears.conduct.locks import lock_subject
from arrears.conduct.models import Contact, Hold, Point, Stop
from arrears.conduct.queries.frame import facts_frame
from arrears.conduct.queries.frame_sql import COLUMNS
from arrears.conduct.rules.intent import OWNED
from arrears.conduct.rules.kinds import HOLD_KINDS
from arrears.conduct.rules.points import read_point
from arrears.conduct.rules.unowned import unowned
from arrears.conduct.situation import situation
from arrears.kernel.errors import NotAllowed
from arrears.kernel.ids import uuid7
from arrears.loans.models import LoanHold, Tape
from arrears.store.actor import Actor

ZONES = ("Asia/Shanghai", "America/New_York", "Europe/London", "Asia/Kolkata", None)
CLOCK = frozenset({"local_minute", "local_minute_alt"})


def people(chance: random.Random, count: int) -> list[UUID]:
    """Persons of all sorts, with contacts, holds, doubts and standings of all sorts."""
    persons = []
    for number in range(count):
        country = chance.choice(["CN", "CN", "CN-GD", "US-NY", "US", "GB", "IN", "FR"])
        persons.append(
            debtor(
                f"R{number:03}",
                loans=chance.choice([0, 1, 2]),
                jurisdiction=country,
                time_zone=chance.choice(ZONES),
                birth_on=chance.choice(
                    [
                        None,
                        date(1980, 5, 17),
                        date(2008, 11, 25),
                        date(2008, 2, 29),
                        date(2015, 1, 1),
                    ]
                ),
                address=chance.choice([None, "浦东新区1号", "天河区2号"]),
                phone=chance.choice([None, "13800000001"]),
            )
        )
    for person in persons:
        _live(chance, person)
    return persons


def _points(chance: random.Random, person: UUID) -> None:
    """Numbers and addresses as tapes tell of them, in words that we know and others."""
    with at() as now:
        for _ in range(chance.choice([0, 1, 3])):
            kind = chance.choice(["phone", "phone", "手机", "email", "address", "wechat", "pager"])
            point = read_point(
                kind,
                f"{chance.randint(1, 9)}" * 64,
                chance.choice([None, "contract", "bought", "who knows"]),
                chance.choice([None, "verified", "verified", "unverified", "空号", "who knows"]),
                chance.choice([None, "borrower", "work", "spouse", "who knows"]),
            )
            Point.objects.create(
                id=uuid7(now.now), person_id=person, kind=point.kind, tape_kind=kind,
                number_hmac=point.number_hmac, source=point.source, status=point.status,
                owner=point.owner, worth=point.worth, taken_at=now.now,
            )  # fmt: skip


def _live(chance: random.Random, person: UUID) -> None:
    _meet(chance, person)
    _points(random.Random(f"points {person}"), person)
    with at() as now:
        for _ in range(chance.choice([0, 0, 1, 2])):
            begins = NOON + timedelta(hours=chance.randint(-70, 20))
            kind = chance.choice(("dispute",) * 12 + HOLD_KINDS)
            Hold.objects.create(
                id=uuid7(now.now),
                person_id=person,
                kind=kind,
                channel="phone" if kind == "opt_out" else chance.choice([None, "sms"]),
                number_hmac="0" * 64 if kind == "suppressed" else None,
                from_at=begins,
                until_at=chance.choice([None, begins + timedelta(hours=40)]),
                source="staff",
                reason="r",
                opened_by="x",
                opened_at=now.now,
                **chance.choice(
                    [{}, {}, {"closed_at": NOON, "closed_by": "x", "close_reason": "r"}]
                ),
            )
        if chance.random() < 0.3:
            set_standing(
                now,
                person,
                active_plan=chance.random() < 0.5,
                in_charge=chance.choice(["lender", "Agency 1"]),
                agency_announced=chance.random() < 0.5,
                capacity=chance.choice([None, "limited"]),
                validation_sent_at=chance.choice([None, NOON]),
                validation_until=chance.choice([None, NOON, NOON + timedelta(days=1)]),
            )


def _meet(chance: random.Random, person: UUID) -> None:
    with at():
        for _ in range(chance.choice([0, 1, 5])):
            days = chance.choice([0, 1, 8, 45])
            when = NOON + timedelta(minutes=chance.randint(-days * 24 * 60 - 300, 60))
            Contact.objects.create(
                id=uuid7(when),
                person_id=person,
                act=chance.choice(["message", "call_human", "call_automated", "letter",
                                   "visit_arrival", "debit", "locate"]),
                purpose="collect",
                channel="phone",
                party="borrower",
                organisation="x",
                initiator=chance.choice(["us", "us", "person", "unknown"]),
                source="tape",
                started_at=when,
                received_at=when,
                closed_at=when,
                dropped=chance.random() < 0.2,
                connected=chance.choice([True, False, None]),
                conversation=chance.choice([True, False, None]),
                recorded_by="test",
            )  # fmt: skip


def doubtful() -> list[UUID]:
    """Persons whose loans are in doubt for good, until today, and until tomorrow."""
    persons = [debtor(f"D{number}") for number in (1, 2, 3)]
    for number in (1, 2, 3):
        ref = f"D{number}"
        with at():
            LoanHold.objects.create(
                id=UUID(int=number),
                loan_ref=f"{ref}-L1",
                loan_id=loan_id(ref),
                kind="missing",
                from_on=AS_OF,
                until_on=[None, AS_OF + timedelta(days=1), AS_OF + timedelta(days=2)][number - 1],
                tape=Tape.objects.get(),
            )
    return persons


@pytest.mark.parametrize("channel", ["phone", "sms", "email", "chat", "post", "app"])
def test_the_frame_has_the_facts_that_the_gate_finds(db, channel):
    go_live()
    chance = random.Random(f"frame {channel}")
    persons = people(chance, 60) + doubtful()
    merge_subjects(ACTOR, "m", person_ref="R010", with_ref="R011", reason="one human")
    with at() as now:
        for scope, value in (("product", "credit_card"), ("district", "浦东"), ("agency", "Q")):
            Stop.objects.create(
                id=uuid7(now.now), scope=scope, value=value, reason="r", from_at=NOON,
                until_at=NOON + timedelta(days=1), asked_by="x",
            )  # fmt: skip
    frame = facts_frame(ACTOR, NOON, channel=channel)
    rows = {UUID(row["person_id"]): row for row in frame.table.to_pylist()}
    assert len(rows) == 63
    said = set()
    for person in persons:
        with at() as now:
            given = {"channel": channel, "number": None, "officers": (), "facts": {}}
            asked = intent(person, "message", **given)
            found = situation(NOON, asked, lock_subject(now, person), crew_told=True)
        given = {**frame.constants, **rows[person]}
        for name, value in found.facts.items():
            assert given[name] == value, (name, person)
            said.add((name, value))
        assert given["jurisdiction"] == found.jurisdiction
        assert given["time_zone"] == found.zone
        assert set(found.facts) | CLOCK >= OWNED
    # A fact that is always the same shows nothing.
    for name in (
        "calls_connected_today",
        "hold_dispute",
        "hold_doubt",
        "stopped",
        "active_plan",
        "age",
        *(() if channel == "app" else ("point_status", "point_source")),
        *(("point_is_work",) if channel == "phone" else ()),
        "public_holiday",
    ):
        assert len({value for fact, value in said if fact == name}) > 1, name


def test_the_frame_has_every_fact_that_the_gate_finds_and_no_other(db):
    frame = facts_frame(ACTOR, NOON, channel="sms")
    assert frame.table.num_rows == 0
    told = {*COLUMNS[5:], *frame.constants} | CLOCK
    assert told == OWNED | set(unowned("other", False))


def test_observing_and_stops_of_all_hold_everybody(db):
    debtor("A")
    frame = facts_frame(ACTOR, NOON, channel="sms")
    assert (frame.constants["observing"], frame.table["stopped"].to_pylist()) == (True, [False])
    with at() as now:
        set_observing(now, False)
        Stop.objects.create(
            id=uuid7(now.now), scope="all", reason="r", from_at=NOON,
            until_at=NOON + timedelta(days=1), asked_by="x",
        )  # fmt: skip
    frame = facts_frame(ACTOR, NOON, channel="sms")
    assert (frame.constants["observing"], frame.table["stopped"].to_pylist()) == (False, [True])
    later = facts_frame(ACTOR, datetime(2026, 11, 26, 4, 0, tzinfo=UTC), channel="sms")
    assert later.table["stopped"].to_pylist() == [False]


def test_the_frame_is_for_who_may_read_cases(db):
    with pytest.raises(NotAllowed):
        facts_frame(Actor("staff", "1", "lender"), NOON, channel="sms")
