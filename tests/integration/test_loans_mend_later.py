"""A tape is mended after newer deliveries: what they brought stays, and is not brought back."""

from __future__ import annotations

import pytest
from lender import DUE_MINOR, Lender, day

from arrears.loans.actions import mend, push_loans, push_payments, take_in
from arrears.loans.models import LoanParty, SetAsideRow, Snapshot
from arrears.loans.queries import loan
from arrears.store.actor import LENDER, Actor, system
from arrears.store.transactions import transaction

ACTOR = system("test")
ENGINEER = Actor("staff", "7", LENDER, frozenset({"data.mend"}))
CORE = Actor("machine", "core", LENDER, frozenset({"loans.push"}))


@pytest.fixture
def spoiled(committed_db, tmp_path) -> Lender:
    """L1 was in good order; of the tape of day 16 its first payment is bad."""
    lender = Lender(tmp_path)
    lender.lend("L1", "p1", [10, 40])
    lender.lend("L2", "p2", [10])
    lender.pay("L1", 9)
    lender.pay("L1", 12, 7)
    take_in(ACTOR, lender.full(15))
    lender.payments[0]["paid_on"] = "soon"
    take_in(ACTOR, lender.full(16))
    lender.payments[0]["paid_on"] = day(9)
    return lender


def mended(key: str, row: dict[str, str]) -> None:
    with transaction(ACTOR):
        row_id = str(SetAsideRow.objects.get(key=key, state="open").id)
    answer = mend(ENGINEER, f"mend {key}", row_id=row_id, row=row)
    assert answer["mended"], answer


def schedule() -> list[tuple[int, object]]:
    return [(part.seq, part.due_on) for part in loan(ACTOR, "L1").instalments]


def payments() -> list[tuple[str, int]]:
    return [(p.payment_ref, p.amount_minor) for p in loan(ACTOR, "L1").payments]


BOTH = [("P00001", DUE_MINOR), ("P00002", 7)]


def test_a_newer_schedule_stays(spoiled):
    part = {**spoiled.instalments[0], "seq": 5, "due_on": day(70)}
    take_in(ACTOR, spoiled.delta(17, instalments=[part]))
    mended("P00001", {"paid_on": day(9).isoformat()})
    assert schedule() == [(5, day(70))]
    assert payments() == BOTH


@pytest.mark.parametrize("pushed", [False, True])
def test_a_payment_that_came_again_in_good_order_stays(spoiled, pushed):
    """It is as stored before, to the letter, and yet it is the newer word of the lender."""
    if pushed:
        row = {k: v for k, v in spoiled.payments[0].items() if v is not None}
        push_payments(CORE, "push", rows=[row], book_on=day(17))
    else:
        take_in(ACTOR, spoiled.delta(17, payments=[spoiled.payments[0]]))
    mended("L1", {})
    assert payments() == BOTH
    assert schedule() == [(1, day(10)), (2, day(40))]


def test_a_payment_that_the_mended_tape_lacks_is_gone(spoiled):
    """Nothing newer brought it: the full tape is the record."""
    del spoiled.payments[1]
    spoiled.payments[0]["paid_on"] = "soon"
    take_in(ACTOR, spoiled.full(17))
    mended("P00001", {"paid_on": day(9).isoformat()})
    assert payments() == BOTH[:1]


def test_newer_terms_stay(spoiled):
    take_in(ACTOR, spoiled.delta(17, loans=[{**spoiled.loans["L1"], "grace_days": 3}]))
    mended("P00001", {"paid_on": day(9).isoformat()})
    assert loan(ACTOR, "L1").loan.grace_days == 3
    assert schedule() == [(1, day(10)), (2, day(40))]
    assert payments() == BOTH


def test_newer_parties_stay(spoiled):
    spoiled.loans["L1"]["parties"] = [{"person_id": "p2", "role": "guarantor"}]
    push_loans(CORE, "push", rows=[{**spoiled.loans["L1"]}], book_on=day(17))
    mended("P00001", {"paid_on": day(9).isoformat()})
    with transaction(ACTOR):
        assert LoanParty.objects.count() == 1


def test_a_newer_state_stays(committed_db, tmp_path):
    """Of a loan that is delivered as states: the tape's own is bad, and a newer one is there."""
    head = "loan_id,as_of,days_past_due,overdue_minor\n"
    loans = "loan_id,person_id,product,creditor_type,currency,grace_days\nL1,p1,other,bank,CNY,"

    def tape(number: int, kind: str, states: str, grace: str = "0") -> None:
        folder = tmp_path / f"states-{number}"
        folder.mkdir()
        if kind == "full":
            (folder / "persons.csv").write_text("person_id,jurisdiction\np1,CN\n")
            (folder / "loans.csv").write_text(f"{loans}{grace}\n")
        (folder / "snapshots.csv").write_text(head + states)
        (folder / "tape.json").write_text(
            f'{{"tape_id": "S{number}", "kind": "{kind}", "sequence": {number},'
            f' "book_on": "{day(number)}"}}'
        )
        take_in(ACTOR, folder)

    tape(15, "full", f"L1,{day(15)},5,100\n")
    tape(16, "full", f"L1,{day(15)},5,100\nL1,{day(16)},6,100\n", grace="none")
    tape(17, "delta", f"L1,{day(17)},7,90\n")
    mended("L1", {"grace_days": "2"})
    with transaction(ACTOR):
        found = Snapshot.objects.order_by("as_of").values_list("as_of", "days_past_due")
        assert list(found) == [(day(15), 5), (day(16), 6), (day(17), 7)]
