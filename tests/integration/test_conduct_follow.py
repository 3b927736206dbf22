"""What a tape brings for conduct: shared budgets, flags as holds, contacts made before."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conduct_people import ACTOR, at, intent, told
from lender import Lender

from arrears.conduct.actions.holds import close_hold
from arrears.conduct.gate import gate
from arrears.conduct.models import Contact, Hold, Point, Standing, Verdict
from arrears.kernel.ids import named
from arrears.loans.actions import take_in
from arrears.store.transactions import transaction

FLAGS = ("person_id", "loan_id", "kind", "from_on", "until_on", "evidence")
EVENTS = (
    "event_id", "person_id", "loan_id", "at", "channel", "organisation", "contact_value",
    "answered", "automated",
)  # fmt: skip


POINTS = ("person_id", "kind", "value", "owner", "source", "obtained_on", "status")


def tape(lender: Lender, on: int, flags=(), events=(), ids=None, points=()) -> Path:
    """A full tape with flags, contact events, contact points and national ids."""
    folder = lender.full(on)
    _write(folder / "flags.csv", FLAGS, flags)
    _write(folder / "contact_events.csv", EVENTS, events)
    _write(folder / "contact_points.csv", POINTS, points)
    if ids:
        rows = list(csv.DictReader((folder / "persons.csv").open(encoding="utf-8")))
        rows = [row | {"national_id": ids.get(row["person_id"], "")} for row in rows]
        _write(folder / "persons.csv", tuple(rows[0]), [tuple(row.values()) for row in rows])
    envelope = json.loads((folder / "tape.json").read_text())
    envelope.pop("tables", None)
    (folder / "tape.json").write_text(json.dumps(envelope))
    return folder


def _write(path: Path, names, rows) -> None:
    if rows:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([names, *rows])


@pytest.fixture
def lender(tmp_path, db) -> Lender:
    lender = Lender(tmp_path)
    for person in ("A", "B", "C"):
        lender.lend(f"{person}-L1", person, [5])
    return lender


def subject(person: str):
    return Standing.objects.get(person_id=named("person", person)).subject_id


def test_flags_become_holds_of_their_kind_and_unknown_ones_stop_too(lender):
    flags = [
        ("A", "A-L1", "dispute", "2026-01-10", "2026-01-20", "letter 7"),
        ("A", "", "Lawyer", "2026-01-10", "", ""),
        ("B", "", "cat-allergy", "2026-01-11", "", ""),
    ]
    take_in(ACTOR, tape(lender, 20, flags))
    with transaction(ACTOR):
        found = {
            (h.kind, h.tape_kind, h.loan_id is not None, h.from_at, h.until_at, h.evidence)
            for h in Hold.objects.all()
        }
    start, end = datetime(2026, 1, 9, 16, tzinfo=UTC), datetime(2026, 1, 19, 16, tzinfo=UTC)
    assert found == {
        ("dispute", "dispute", True, start, end, "letter 7"),
        ("attorney", "Lawyer", False, start, None, None),
        ("other", "cat-allergy", False, datetime(2026, 1, 10, 16, tzinfo=UTC), None, None),
    }


def test_a_later_tape_moves_the_end_of_a_flag_but_reopens_none_that_was_closed(lender):
    def flag(until: str):
        return [("A", "", kind, "2026-01-10", until, "") for kind in ("dispute", "hardship")]

    take_in(ACTOR, tape(lender, 20, flag("")))
    with transaction(ACTOR):
        closed = Hold.objects.get(kind="hardship")
    close_hold(ACTOR, "close", hold_id=closed.id, reason="granted")
    take_in(ACTOR, tape(lender, 21, flag("2026-01-21")))
    with transaction(ACTOR):
        ends = dict(Hold.objects.values_list("kind", "until_at"))
        assert Hold.objects.get(kind="hardship").closed_at is not None
    assert ends == {"dispute": datetime(2026, 1, 20, 16, tzinfo=UTC), "hardship": None}


def test_contacts_of_the_tape_are_counted_once_however_often_it_brings_them(lender):
    events = [
        ("E1", "A", "A-L1", "2026-01-20T02:00:00Z", "phone", "Agency 1", "138 0000 0001", "true",
         "false"),
        ("E2", "A", "", "2026-01-20T03:00:00Z", "call", "", "+8613800000001", "", "true"),
        ("E3", "A", "", "2026-01-20T04:00:00Z", "smoke signals", "", "", "", ""),
    ]  # fmt: skip
    take_in(ACTOR, tape(lender, 20, events=events))
    take_in(ACTOR, tape(lender, 21, events=events))
    with transaction(ACTOR):
        rows = {c.source_ref: c for c in Contact.objects.all()}
    assert [(rows[r].act, rows[r].channel, rows[r].connected) for r in sorted(rows)] == [
        ("call_human", "phone", True),
        ("call_automated", "phone", None),
        ("call_human", "unknown", None),
    ]
    assert rows["E1"].number_hmac == rows["E2"].number_hmac
    with at(datetime(2026, 1, 20, 5, tzinfo=UTC)) as now:
        answer = gate(now, intent(named("person", "A")))
    with transaction(ACTOR):
        facts = Verdict.objects.get(id=answer.verdict_id).facts
    assert facts["calls_connected_today"] == 3


def test_one_national_id_is_one_budget_however_it_is_written(lender):
    ids = {"A": "11010119800517123X", "B": "110101 19800517 123x", "C": "110101198005171240"}
    take_in(ACTOR, tape(lender, 20, ids=ids))
    with transaction(ACTOR):
        assert subject("A") == subject("B") != subject("C")


def test_a_corrected_national_id_moves_the_person_alone(lender):
    ids = {"A": "110101198005171231", "B": "110101198005171231"}
    take_in(ACTOR, tape(lender, 20, ids=ids))
    take_in(ACTOR, tape(lender, 21, ids=ids | {"A": "110101198005171240"}))
    with transaction(ACTOR):
        assert subject("A") == named(
            "subject", Standing.objects.get(person_id=named("person", "A")).id_hmac
        )
        assert subject("A") != subject("B")


def test_what_the_tape_says_of_a_number_counts_at_the_gate_and_the_last_tape_wins(lender):
    def row(number: str, status: str, source: str = "contract") -> tuple[str, ...]:
        return ("A", "手机", number, "borrower", source, "2026-01-02", status)

    points = [row("138-0000-0001", "空号"), row("13800000002", "verified", "hearsay")]
    take_in(ACTOR, tape(lender, 40, points=points))
    found = {
        number: facts_of("A", number)
        for number in ("13800000001", "+86 13800000002", "13800000003")
    }
    assert found == {
        "13800000001": ("contract", "invalid"),
        "+86 13800000002": ("unknown", "verified"),
        "13800000003": ("unknown", "unverified"),
    }
    with at():
        assert Point.objects.count() == 2
        assert not Point.objects.filter(number_hmac__contains="13800000001").exists()
    take_in(ACTOR, tape(lender, 41, points=[row("13800000001", "verified")]))
    assert facts_of("A", "13800000001") == ("contract", "verified")
    assert facts_of("A", "13800000002") == ("unknown", "verified")
    with at():
        assert Point.objects.count() == 2


def facts_of(person: str, number: str) -> tuple[object, object]:
    """Source and state of a number, as the gate put them into its verdict."""
    facts = {**told("message"), "reveals_debt": False}
    facts = {name: value for name, value in facts.items() if not name.startswith("point_")}
    with at() as now:
        asked = intent(named("person", person), "message", number=number, facts=facts)
        answer = gate(now, asked)
        kept = Verdict.objects.get(id=answer.verdict_id).facts
    return kept["point_source"], kept["point_status"]
