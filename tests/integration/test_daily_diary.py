"""A loan book worked day by day: what is opened, escalated, cured, reopened and linked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from lender import DUE_MINOR, Lender, day

from arrears.cases.models import BucketSpan, Case, CaseEvent, CaseLoan
from arrears.cases.queries import CaseDetail, CaseFilter, case, list_cases
from arrears.daily.actions import RunResult, run_day
from arrears.daily.models import ParkedCase, Run
from arrears.daily.queries import newest_run, run
from arrears.kernel.errors import BadInput, Conflict
from arrears.kernel.ids import named
from arrears.loans.actions import recall, take_in
from arrears.loans.models import LoanHold
from arrears.loans.queries import differences
from arrears.store.actor import LENDER, Actor, system
from arrears.store.transactions import transaction

ACTOR = system("test")
RECALLER = Actor("machine", "core", LENDER, frozenset({"loans.recall"}))


@pytest.fixture
def lender(committed_db, tmp_path) -> Lender:
    return Lender(tmp_path)


def ran(number: int) -> RunResult:
    return run_day(ACTOR, day(number))


def only_case(person: str = "p1", state: str | None = "open") -> CaseDetail:
    found = list_cases(ACTOR, CaseFilter(state=state, text=person)).rows
    assert len(found) == 1, found
    return case(ACTOR, found[0].id)


def number(on: date | None) -> int | None:
    return None if on is None else (on - day(0)).days


def told(detail: CaseDetail) -> list[tuple[int | None, str]]:
    return [(number(event.happened_on), event.kind) for event in detail.events]


def spans(loan: str) -> list[tuple[int | None, int | None, str]]:
    with transaction(ACTOR):
        return [
            (
                (s.from_on - day(0)).days,
                (s.until_on - day(0)).days if s.until_on else None,
                s.bucket,
            )
            for s in BucketSpan.objects.filter(loan_id=named("loan", loan)).order_by("from_on")
        ]


def everything() -> list[object]:
    """All rows of cases, to the letter."""
    with transaction(ACTOR):
        return [
            list(model.objects.order_by("pk").values_list())
            for model in (Case, CaseLoan, CaseEvent, BucketSpan, LoanHold)
        ]


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


def test_a_recall_during_a_run_is_not_undone_by_it(lender, monkeypatch):
    import sys

    from arrears.daily.actions import run_day as function

    lender.lend("L1", "p1", [10])
    lender.lend("L2", "p2", [10])
    take_in(ACTOR, lender.full(15))
    ran(15)
    module = sys.modules[function.__module__]
    book, age, *later = module.STEPS
    recalls = iter(["L1"])

    def disturbed(day):
        counts = age(day)
        for loan in recalls:
            recall(RECALLER, f"r-{loan}", loan_ref=loan, recalled_on=day.as_of, reason="sold")
        return counts

    disturbed.__name__ = "age"
    monkeypatch.setattr(module, "STEPS", (book, disturbed, *later))
    result = ran(16)
    assert result.counts["cases"]["open"] == 1
    assert only_case("p1", state="withdrawn").case.closed_on is not None
    with transaction(ACTOR):
        assert sorted(Run.objects.filter(as_of=day(16)).values_list("state", flat=True)) == [
            "failed",
            "finished",
        ]


def test_a_run_that_was_killed_gives_its_place_to_one_of_a_newer_book(lender):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(15))
    first = ran(15)
    Run.objects.filter(id=first.run_id).update(state="started")
    take_in(ACTOR, lender.full(16))
    ran(16)
    killed = Run.objects.get(id=first.run_id)
    assert (killed.state, killed.error) == (
        "failed",
        "it was stopped from outside before it was done",
    )


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


def test_the_same_day_run_twice_changes_nothing(lender):
    lender.lend("L1", "p1", [10, 40])
    lender.lend("L2", "p2", [5, 35])
    take_in(ACTOR, lender.full(60))
    ran(30)
    first = ran(41)
    before = everything()
    again = ran(41)
    assert (again.effect, again.aged_sha256, again.counts) == (
        False, first.aged_sha256, first.counts,
    )  # fmt: skip
    assert everything() == before

    # Also when it is worked anew in a fresh database: same book, same days, same rows.
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM daily_run")
        assert cursor.fetchone() == (2,)


def test_the_same_book_and_days_give_the_same_rows_anywhere(lender, database):
    lender.lend("L1", "p1", [10, 40])
    lender.lend("L2", "p2", [5, 35])
    lender.pay("L2", 50, 2 * DUE_MINOR)
    tape = lender.full(60)
    results = []
    for _ in range(2):
        take_in(ACTOR, tape)
        digests = [ran(number).aged_sha256 for number in (11, 41, 50, 60)]
        results.append((digests, everything()))
        database.empty()
    assert results[0] == results[1]


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


def test_an_earlier_day_is_refused_and_nothing_is_rewritten(lender):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(30))
    ran(20)
    before = everything()
    with pytest.raises(Conflict, match="history is not rewritten"):
        ran(19)
    assert everything() == before


def test_without_a_book_the_run_says_how_to_get_one(committed_db):
    with pytest.raises(BadInput, match="no loan book"):
        ran(1)
    with pytest.raises(BadInput, match="engine"):
        run_day(ACTOR, day(1), engine="abacus")


@pytest.mark.parametrize("at", ["book", "age", "cases", "differences", "summary"])
def test_a_run_that_fails_at_a_step_goes_on_from_there(lender, monkeypatch, at):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(15))
    import sys

    from arrears.daily.actions import run_day as module_name  # the function shadows its module

    module = sys.modules[module_name.__module__]
    steps = module.STEPS
    done: list[str] = []

    def counted(step: Callable, fails: bool) -> Callable:
        def work(day):
            done.append(step.__name__)
            result = step(day)
            if fails:
                raise RuntimeError("the power went")
            return result

        work.__name__ = step.__name__
        return work

    monkeypatch.setattr(module, "STEPS", tuple(counted(s, s.__name__ == at) for s in steps))
    with pytest.raises(RuntimeError):
        ran(15)
    failed = Run.objects.get()
    assert (failed.state, failed.error) == ("failed", "the power went")
    done.clear()
    monkeypatch.setattr(module, "STEPS", tuple(counted(s, False) for s in steps))
    result = ran(15)
    names = [step.__name__ for step in steps]
    assert done == names[names.index(at) :]
    assert (result.effect, result.counts["cases"]["open"]) == (True, 1)
    assert only_case().case.bucket == "M1"


def test_whoever_the_database_refuses_is_parked_and_the_others_go_on(lender, database):
    for number in range(9):
        lender.lend(f"L{number}", f"p{number}", [10])
    take_in(ACTOR, lender.full(15))
    with database.owner() as owner:
        owner.execute(
            "ALTER TABLE cases_case ADD CONSTRAINT refuse"
            f" CHECK (person_id <> '{named('person', 'p4')}')"
        )
    try:
        result = ran(15)
        assert (result.counts["parked"], result.counts["cases"]["open"]) == (1, 8)
        parked = run(ACTOR, result.run_id).parked
        assert [(p.person_ref, p.state) for p in parked] == [("p4", "parked")]
        assert "refuse" in parked[0].error
    finally:
        with database.owner() as owner:
            owner.execute("ALTER TABLE cases_case DROP CONSTRAINT refuse")
    assert ran(16).counts["cases"]["open"] == 9
    with transaction(ACTOR):
        assert ParkedCase.objects.get().state == "cleared"


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


def test_the_newest_run_is_the_latest_day(lender):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(30))
    ran(12)
    ran(13)
    newest = newest_run(ACTOR)
    assert newest is not None
    assert (newest.as_of, newest.state) == (day(13), "finished")
