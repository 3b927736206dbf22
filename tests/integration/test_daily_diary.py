"""A loan book worked day by day: what is opened, escalated, cured, reopened and linked."""

from __future__ import annotations

import pytest
from diary import ACTOR, RECALLER, only_case, ran, spans, told
from lender import DUE_MINOR, Lender, day

from arrears.cases.queries import case
from arrears.loans.actions import recall, take_in
from arrears.loans.queries import differences


@pytest.fixture
def lender(committed_db, tmp_path) -> Lender:
    return Lender(tmp_path)


def test_a_loan_goes_overdue_escalates_is_paid_and_relapses(lender):
    lender.lend("L1", "p1", [10, 40, 70, 200])
    lender.pay("L1", 75, 3 * DUE_MINOR)
    take_in(ACTOR, lender.full(300))

    assert ran(10).counts["cases"] == {
        "opened": 0, "escalated": 0, "eased": 0, "cured": 0, "withdrawn": 0, "open": 0,
    }  # fmt: skip
    assert ran(11).counts["cases"]["opened"] == 1
    detail = only_case()
    assert (detail.case.bucket, detail.case.days_past_due) == ("M1", 1)
    assert detail.case.overdue_minor == DUE_MINOR
    assert detail.case.opened_on == day(11)

    assert ran(40).counts["cases"]["escalated"] == 0
    assert ran(41).counts["cases"]["escalated"] == 1
    assert only_case().case.overdue_minor == 2 * DUE_MINOR
    assert ran(74).counts["buckets"]["M3"] == {
        "loans": 1,
        "overdue_minor": {"CNY": 3 * DUE_MINOR},
    }

    cured = ran(75)
    assert (cured.counts["cases"]["cured"], cured.counts["cases"]["open"]) == (1, 0)
    first = only_case(state="cured")
    assert first.case.closed_on == day(75)
    assert first.worst_bucket == "M3"
    assert spans("L1") == [(11, 41, "M1"), (41, 74, "M2"), (74, 75, "M3")]

    ran(201)
    second = only_case()
    assert second.case.previous_id == first.case.id
    assert case(ACTOR, first.case.id).next_case_id == second.case.id
    kinds = [line for line in told(first) if line[1] != "treated"]
    assert kinds == [
        (11, "opened"), (41, "escalated"), (74, "escalated"), (75, "loan_left"), (75, "cured"),
    ]  # fmt: skip
    assert spans("L1")[-1] == (201, None, "M1")


def test_a_part_payment_eases_the_case(lender):
    lender.lend("L1", "p1", [0, 40])
    lender.pay("L1", 45, DUE_MINOR)
    take_in(ACTOR, lender.full(60))
    ran(44)
    assert only_case().case.bucket == "M2"
    assert ran(45).counts["cases"]["eased"] == 1
    detail = only_case()
    assert (detail.case.bucket, detail.case.overdue_minor) == ("M1", DUE_MINOR)
    assert detail.worst_bucket == "M2"


def test_two_loans_are_one_case_and_each_leaves_by_itself(lender):
    lender.lend("L1", "p1", [10])
    lender.lend("L2", "p1", [20])
    lender.pay("L1", 25)
    lender.pay("L2", 30)
    take_in(ACTOR, lender.full(60))
    ran(15)
    ran(21)
    detail = only_case()
    assert detail.case.loans_count == 2
    assert (21, "loan_joined") in told(detail)
    ran(25)
    detail = only_case()
    assert [(loan.loan.loan_ref, loan.left_because) for loan in detail.loans] == [
        ("L2", None),
        ("L1", "cured"),
    ]
    assert detail.case.overdue_minor == DUE_MINOR
    assert ran(30).counts["cases"]["cured"] == 1


def test_only_a_book_of_that_day_or_later_cures(lender):
    """Nothing overdue as far as the book knows, but the book is older than the day."""
    lender.lend("L1", "p1", [10])
    lender.lend("L2", "p2", [10])
    take_in(ACTOR, lender.full(15))
    ran(15)
    lender.pay("L1", 16)
    take_in(ACTOR, lender.delta(16, payments=[lender.payments[-1]]))
    assert ran(20).counts["cases"]["cured"] == 0
    detail = only_case()
    assert detail.case.as_of == day(15)  # the figures are of the day they were known
    take_in(ACTOR, lender.full(20))
    assert ran(20).counts["cases"]["cured"] == 1


def test_a_loan_that_disappears_is_held_and_never_cured(lender):
    lender.lend("L1", "p1", [10])
    lender.lend("L2", "p2", [10])
    take_in(ACTOR, lender.full(15))
    ran(15)
    gone, schedule = lender.loans.pop("L1"), list(lender.instalments)
    lender.instalments = [row for row in schedule if row["loan_id"] != "L1"]
    take_in(ACTOR, lender.full(20))
    assert ran(20).counts["cases"] == {
        "opened": 0, "escalated": 0, "eased": 0, "cured": 0, "withdrawn": 0, "open": 2,
    }  # fmt: skip
    detail = only_case()
    assert detail.case.hold == "missing"
    assert told(detail)[-1] == (20, "held")

    lender.loans["L1"] = gone
    lender.instalments = schedule
    take_in(ACTOR, lender.full(21))
    ran(21)
    detail = only_case()
    assert detail.case.hold is None
    assert detail.case.days_past_due == 11
    assert told(detail)[-1] == (21, "released")


def test_a_loan_with_a_faulty_row_is_held_until_it_comes_in_good_order(lender):
    """One lost payment must not make a debtor: nothing is aged on half of the facts."""
    lender.lend("L1", "p1", [10, 40])
    take_in(ACTOR, lender.full(15))
    ran(15)
    lender.pay("L1", 16)
    lender.payments[-1]["amount_minor"] = "ten"
    taken = take_in(ACTOR, lender.full(45))
    assert taken.rows["set_aside"] >= 1
    assert ran(45).counts["cases"]["escalated"] == 0
    assert only_case().case.hold == "data_doubt"
    lender.payments[-1]["amount_minor"] = DUE_MINOR
    take_in(ACTOR, lender.full(46))
    ran(46)
    detail = only_case()
    assert (detail.case.hold, detail.case.bucket) == (None, "M1")


def test_what_is_left_of_a_case_that_only_waits_has_its_own_figures(lender):
    lender.lend("L1", "p1", [10], currency="CNY")
    lender.lend("L2", "p1", [30])
    take_in(ACTOR, lender.full(45))
    ran(45)
    assert only_case().case.bucket == "M2"
    payment = lender.pay("L1", 46)
    lender.pay("L2", 47)
    lender.payments[-1]["amount_minor"] = "ten"
    take_in(ACTOR, lender.full(48))
    assert payment
    ran(48)
    detail = only_case()  # L1 is paid; L2 is in doubt, as it stood on day 45
    assert [(loan.loan.loan_ref, loan.left_because) for loan in detail.loans] == [
        ("L2", None),
        ("L1", "cured"),
    ]
    assert (detail.case.hold, detail.case.loans_count) == ("data_doubt", 1)
    assert (detail.case.bucket, detail.case.days_past_due) == ("M1", 15)
    assert detail.case.overdue_minor == DUE_MINOR


def test_a_recall_withdraws_the_loan_at_once(lender):
    lender.lend("L1", "p1", [10])
    lender.lend("L2", "p1", [10])
    take_in(ACTOR, lender.full(15))
    ran(15)
    recall(RECALLER, "r-1", loan_ref="L1", recalled_on=day(15), reason="sold")
    detail = only_case()
    assert [(loan.loan.loan_ref, loan.left_because) for loan in detail.loans] == [
        ("L2", None),
        ("L1", "recalled"),
    ]
    assert (detail.case.loans_count, detail.case.overdue_minor) == (1, DUE_MINOR)
    recall(RECALLER, "r-2", loan_ref="L2", recalled_on=day(15), reason="sold")
    assert only_case(state="withdrawn").case.hold is None
    assert recall(RECALLER, "r-2", loan_ref="L2", recalled_on=day(15), reason="sold")
    assert ran(16).counts["cases"]["open"] == 0


def test_what_the_lender_sold_or_closed_is_not_collected(lender):
    for number, status in enumerate(("open", "written_off", "sold", "closed")):
        lender.lend(f"L{number}", f"p{number}", [10], status=status)
    take_in(ACTOR, lender.full(15))
    assert ran(15).counts["cases"]["open"] == 2
    lender.loans["L0"]["status"] = "sold"
    take_in(ACTOR, lender.full(16))
    withdrawn = only_case("p0", state="withdrawn")  # with the tape, not only with the next run
    assert [loan.left_because for loan in withdrawn.loans] == ["sold"]
    assert ran(16).counts["cases"]["open"] == 1


def test_a_back_dated_payment_corrects_the_same_day(lender):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(15))
    first = ran(15)
    assert first.counts["cases"]["opened"] == 1
    lender.pay("L1", 9)
    take_in(ACTOR, lender.full(15))
    second = ran(15)
    assert second.effect
    assert second.run_id != first.run_id
    assert second.counts["cases"] == {
        "opened": 0, "escalated": 0, "eased": 0, "cured": 1, "withdrawn": 0, "open": 0,
    }  # fmt: skip
    assert spans("L1") == []  # it was never overdue, as is known now


def test_figures_of_the_lender_that_are_not_explained_are_shown(lender):
    late = round(9_000 * 5 * 1800 / 3_650_000)
    figures = {"payoff_minor": DUE_MINOR + 9_000, "lender_late_interest_minor": late}
    lender.lend("L1", "p1", [10, 40], **figures)
    lender.lend("L2", "p2", [10, 40], **{**figures, "payoff_minor": 1})
    lender.lend("L3", "p3", [10, 40], **{**figures, "lender_late_interest_minor": late + 1})
    take_in(ACTOR, lender.full(15))
    assert ran(15).counts["differences"] == 2
    found = {(row.loan_ref, row.measure): row for row in differences(ACTOR).rows}
    assert set(found) == {("L2", "payoff"), ("L3", "late_interest")}
    assert found["L2", "payoff"].ours_minor == DUE_MINOR + 9_000
    assert found["L3", "late_interest"].difference_minor == -1
