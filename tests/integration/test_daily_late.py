"""The run of a day takes place after deliveries of later days: what they withdrew stays so."""

from __future__ import annotations

from datetime import date

import pytest
from diary import ACTOR, RECALLER, only_case, ran, told
from lender import DUE_MINOR, Lender, day

from arrears.loans.actions import TapeOptions, push_payments, recall, take_in
from arrears.store.actor import LENDER, Actor

CORE = Actor("machine", "core", LENDER, frozenset({"loans.push"}))


@pytest.fixture
def lender(committed_db, tmp_path) -> Lender:
    """Two persons, overdue and in a case since day 15; the book of day 16 is there."""
    lender = Lender(tmp_path)
    lender.lend("L1", "p1", [10, 40])
    lender.lend("L2", "p2", [10])
    lender.pay("L2", 11, 1)
    take_in(ACTOR, lender.full(15))
    ran(15)
    take_in(ACTOR, lender.full(16))
    return lender


def pushed(payment: dict[str, object], on: date) -> None:
    row = {name: value for name, value in payment.items() if value is not None}
    push_payments(CORE, f"push {row['amount_minor']}", rows=[row], book_on=on)


def test_a_loan_recalled_since_is_not_taken_up_again(lender):
    recall(RECALLER, "r-1", loan_ref="L1", recalled_on=day(17), reason="sold")
    counts = ran(16).counts
    assert (counts["cases"]["open"], counts["overdue_loans"]) == (1, 1)
    assert told(only_case("p1", state="withdrawn"))[-1][1] == "withdrawn"


def test_a_loan_recalled_since_opens_no_case(lender):
    lender.lend("L3", "p3", [10])
    take_in(ACTOR, lender.full(16))
    recall(RECALLER, "r-1", loan_ref="L3", recalled_on=day(17), reason="sold")
    assert ran(16).counts["cases"]["opened"] == 0


def test_a_doubt_that_came_up_since_holds(lender):
    """A payment of L2 came once more, with another amount: which of both is true is not known."""
    pushed({**lender.payments[0], "amount_minor": DUE_MINOR}, day(17))
    assert only_case("p2").case.hold == "data_doubt"
    assert ran(16).counts["overdue_loans"] == 1
    detail = only_case("p2")
    assert detail.case.hold == "data_doubt"
    assert detail.case.as_of == day(15)  # its figures are those from before the doubt
    assert told(detail)[-1][1] == "held"


def test_a_doubt_that_is_over_holds_to_its_last_day(lender):
    pushed({**lender.payments[0], "amount_minor": DUE_MINOR}, day(17))
    take_in(ACTOR, lender.full(19))
    assert ran(18).counts["overdue_loans"] == 1
    assert only_case("p2").case.hold == "data_doubt"
    assert ran(19).counts["overdue_loans"] == 2
    assert only_case("p2").case.hold is None


def test_a_doubt_that_is_over_says_nothing_of_the_days_before_it(lender):
    pushed({**lender.payments[0], "amount_minor": DUE_MINOR}, day(17))
    take_in(ACTOR, lender.full(19))
    assert ran(16).counts["overdue_loans"] == 2
    assert only_case("p2").case.hold is None


def test_a_recall_without_a_day_to_be_held_to_counts_at_once(lender, tmp_path):
    """Without an envelope nobody can say that its day is still to come."""
    folder = tmp_path / "recalls"
    folder.mkdir()
    (folder / "recalls.csv").write_text(f"loan_id,recalled_on,reason\nL1,{day(9999)},sold\n")
    take_in(ACTOR, folder, options=TapeOptions(kind="delta"))
    only_case("p1", state="withdrawn")
    assert ran(16).counts["cases"]["open"] == 1
