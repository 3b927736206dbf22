"""What a tape means for what is stored: added, replaced, missing, in doubt, withdrawn, kept."""

from __future__ import annotations

import json

import pytest
from lender import DUE_MINOR, Lender, day

from arrears.loans.actions import take_in
from arrears.loans.models import (
    KeptRow,
    Loan,
    LoanHold,
    Payment,
    SetAsideRow,
)
from arrears.loans.queries import SetAsideFilter, each_set_aside, loan, tape
from arrears.loans.sealed import kept_cells
from arrears.store.actor import system
from arrears.store.sealed.place import opener
from arrears.store.transactions import transaction

ACTOR = system("test")


@pytest.fixture
def lender(committed_db, tmp_path) -> Lender:
    return Lender(tmp_path)


def holds() -> list[tuple[str, str, object, object]]:
    with transaction(ACTOR):
        rows = LoanHold.objects.order_by("loan_ref", "kind", "from_on")
        return list(rows.values_list("loan_ref", "kind", "from_on", "until_on"))


def payments(loan_ref: str) -> list[tuple[str, int]]:
    return [(p.payment_ref, p.amount_minor) for p in loan(ACTOR, loan_ref).payments]


def two_loans(lender: Lender) -> None:
    lender.lend("L1", "p1", [10, 40])
    lender.lend("L2", "p2", [10])
    lender.pay("L1", 9)
    lender.pay("L2", 11)


def test_a_delta_touches_only_what_it_names(lender):
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    lender.pay("L1", 16)
    new = {**lender.instalments[0], "seq": 5, "due_on": day(70)}
    moved = {**lender.loans["L1"], "grace_days": 3}
    taken = take_in(
        ACTOR,
        lender.delta(16, loans=[moved], instalments=[new], payments=[lender.payments[-1]]),
    )
    assert taken.rows["set_aside"] == 0
    detail = loan(ACTOR, "L1")
    assert [(i.seq, i.due_on) for i in detail.instalments] == [(5, day(70))]  # replaced whole
    assert payments("L1") == [("P00001", DUE_MINOR), ("P00003", DUE_MINOR)]
    assert detail.loan.grace_days == 3
    assert detail.loan.accepted_book_on == day(16)
    other = loan(ACTOR, "L2")
    assert (len(other.instalments), other.loan.accepted_book_on) == (1, day(15))
    assert holds() == []  # a delta makes nobody missing


def test_a_delta_may_bring_a_new_loan_of_a_stored_person(lender):
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    count = len(lender.instalments)
    lender.lend("L3", "p1", [50])
    delta = lender.delta(16, loans=[lender.loans["L3"]], instalments=lender.instalments[count:])
    assert take_in(ACTOR, delta).rows["set_aside"] == 0
    assert loan(ACTOR, "L3").loan.person_ref == "p1"


def test_a_changed_payment_in_a_delta_is_set_aside_with_its_loan(lender):
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    changed = {**lender.payments[0], "amount_minor": 1}
    taken = take_in(ACTOR, lender.delta(16, payments=[changed, lender.payments[1]]))
    assert taken.rows == {"received": 2, "accepted": 1, "set_aside": 1, "duplicates": 0}
    (row,) = each_set_aside(ACTOR)
    assert (row.reason, row.key) == ("duplicate.changed", "P00001")
    assert f"amount_minor {DUE_MINOR}" in row.text
    assert payments("L1") == [("P00001", DUE_MINOR)]
    assert holds() == [("L1", "data_doubt", day(16), None)]


def test_a_full_tape_is_the_record_of_payments(lender):
    """The lender's core no longer has a payment, and another was corrected."""
    two_loans(lender)
    lender.pay("L1", 12)
    take_in(ACTOR, lender.full(15))
    gone = lender.payments.pop(0)
    lender.payments[0]["amount_minor"] = 5
    assert gone["loan_id"] == "L1"
    taken = take_in(ACTOR, lender.full(16))
    assert taken.totals["changes"]["payments_gone"] == 1
    assert payments("L1") == [("P00003", DUE_MINOR)]
    assert payments("L2") == [("P00002", 5)]


def test_a_reversal_may_change_hands_between_full_tapes(lender):
    two_loans(lender)
    first = lender.pay("L1", 12, reverses="P00001")
    take_in(ACTOR, lender.full(15))
    lender.payments[-1]["reverses"] = None
    second = lender.pay("L1", 13, reverses="P00001")
    assert take_in(ACTOR, lender.full(16)).rows["set_aside"] == 0
    with transaction(ACTOR):
        assert Payment.objects.get(reverses="P00001").payment_ref == second
        assert Payment.objects.get(payment_ref=first).reverses is None


def test_a_loan_that_disappears_is_missing_until_it_is_back(lender):
    two_loans(lender)
    lender.lend("L3", "p3", [10], status="closed")
    take_in(ACTOR, lender.full(15))
    away = {name: lender.loans.pop(name) for name in ("L1", "L3")}
    lender.instalments = [row for row in lender.instalments if row["loan_id"] == "L2"]
    lender.payments = [row for row in lender.payments if row["loan_id"] == "L2"]
    assert take_in(ACTOR, lender.full(16)).totals["changes"]["missing"] == 1
    assert holds() == [("L1", "missing", day(16), None)]  # a closed one is not missed
    assert len(loan(ACTOR, "L1").instalments) == 2  # what was known of it stays
    take_in(ACTOR, lender.full(17))
    assert holds() == [("L1", "missing", day(16), None)]
    take_in(ACTOR, lender.delta(18, loans=[away["L1"]]))
    assert holds() == [("L1", "missing", day(16), day(18))]


def test_a_loan_set_aside_is_in_doubt_until_a_later_tape_has_it_in_good_order(lender):
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    lender.instalments[0]["due_on"] = "tomorrow"
    taken = take_in(ACTOR, lender.full(16))
    assert taken.rows["received"] == taken.rows["accepted"] + taken.rows["set_aside"]
    assert taken.rows["set_aside"] == 4  # the loan, two instalments, a payment
    assert holds() == [("L1", "data_doubt", day(16), None)]
    assert loan(ACTOR, "L1").loan.accepted_book_on == day(15)
    with transaction(ACTOR):
        stored = SetAsideRow.objects.filter(tape_id=taken.tape_id)
        assert stored.count() == 4
        bad = stored.get(reason="type.invalid")
        assert (bad.row["due_on"], bad.file, bad.row_number) == ("tomorrow", "instalments.csv", 1)
    take_in(ACTOR, lender.full(17))  # as bad as before
    with transaction(ACTOR):
        states = SetAsideRow.objects.order_by("tape__sequence").values_list("state", flat=True)
        assert list(states) == ["superseded"] * 4 + ["open"] * 4
    lender.instalments[0]["due_on"] = day(10)
    take_in(ACTOR, lender.full(18))
    assert holds() == [("L1", "data_doubt", day(16), day(18))]
    assert list(each_set_aside(ACTOR)) == []
    assert len(list(each_set_aside(ACTOR, SetAsideFilter(state=None), chunk=3))) == 8


def test_recalls_of_a_tape_withdraw_loans_also_of_a_full_one_that_lacks_them(lender):
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    sold = {"loan_id": "L1", "recalled_on": day(16), "reason": "sold"}
    del lender.loans["L1"]
    lender.instalments = [row for row in lender.instalments if row["loan_id"] == "L2"]
    lender.payments = [row for row in lender.payments if row["loan_id"] == "L2"]
    tables = (
        lender.persons.values(), lender.loans.values(), lender.instalments, lender.payments,
    )  # fmt: skip
    take_in(ACTOR, lender.tape("full", 16, *tables, [sold]))
    view = loan(ACTOR, "L1").loan
    assert (view.recalled_on, view.recall_reason) == (day(16), "sold")
    assert [(hold.kind, hold.from_on) for hold in view.holds] == [("recalled", day(16))]


def test_a_missing_loan_that_is_recalled_is_missed_no_more(lender):
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    del lender.loans["L1"]
    lender.instalments = [row for row in lender.instalments if row["loan_id"] == "L2"]
    lender.payments = [row for row in lender.payments if row["loan_id"] == "L2"]
    take_in(ACTOR, lender.full(16))
    sold = {"loan_id": "L1", "recalled_on": day(17), "reason": "sold"}
    take_in(ACTOR, lender.delta(17, recalls=[sold]))
    assert holds() == [
        ("L1", "missing", day(16), day(17)),
        ("L1", "recalled", day(17), None),
    ]


def test_what_the_contract_does_not_know_is_kept_aside_and_listed(lender):
    two_loans(lender)
    folder = lender.full(15)
    loans = folder / "loans.csv"
    head, *rows = loans.read_text().splitlines()
    colours = [f"{row},red" if "L1" in row else f"{row}," for row in rows]
    text = "\n".join([f"{head},colour", *colours])
    loans.write_text(text.replace("online_consumer", "pawn"))
    points = "person_id,kind,value,mood\np1,phone,+8613800138000,calm\n"
    (folder / "contact_points.csv").write_text(points)
    (folder / "flags.csv").write_text("person_id,kind,from_on\np2,dispute,2026-01-05\n")
    taken = take_in(ACTOR, folder)
    detail = tape(ACTOR, taken.tape_id)
    assert detail.unknown_columns == {"loans": ["colour"], "contact_points": ["mood"]}
    assert detail.unknown_codes == {"loans.product": {"pawn": 2}}
    with transaction(ACTOR):
        beside = opener().open("loans_loan.extra", "L1", Loan.objects.get(loan_ref="L1").extra)
        kept = {(k.table, k.key.split("\x1e")[0]): kept_cells(k) for k in KeptRow.objects.all()}
    assert json.loads(beside) == {"colour": "red"}
    assert kept["contact_points", "p1"]["extra"] == {"mood": "calm"}
    assert kept["flags", "p2"]["kind"] == "dispute"

    # A later full tape without flags leaves them; one with contact points replaces those.
    folder = lender.full(16)
    (folder / "contact_points.csv").write_text("person_id,kind,value\np1,phone,+8613900139000\n")
    take_in(ACTOR, folder)
    with transaction(ACTOR):
        rows = [(k.table, kept_cells(k).get("value")) for k in KeptRow.objects.order_by("table")]
        assert rows == [("contact_points", "+8613900139000"), ("flags", None)]


def test_parties_answer_for_a_loan_until_a_tape_drops_them(lender):
    two_loans(lender)
    folder = lender.full(15)
    (folder / "loan_parties.csv").write_text(
        "loan_id,person_id,role\nL1,p2,guarantor\nL1,p1,co_borrower\n"
    )
    take_in(ACTOR, folder)
    parties = [(p.person_ref, p.role) for p in loan(ACTOR, "L1").parties]
    assert parties == [("p1", "co_borrower"), ("p2", "guarantor")]
    folder = lender.full(16)
    (folder / "loan_parties.csv").write_text("loan_id,person_id,role\nL1,p2,guarantor\n")
    take_in(ACTOR, folder)
    assert [p.role for p in loan(ACTOR, "L1").parties] == ["guarantor"]
