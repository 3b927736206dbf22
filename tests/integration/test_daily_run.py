"""A run of a day: once, on from where it stopped, on the newest book."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import pytest
from diary import ACTOR, RECALLER, everything, only_case, ran
from django.db import IntegrityError, connection
from django.db.transaction import atomic
from lender import DUE_MINOR, Lender, day

from arrears.cases.models import Case
from arrears.daily.actions import run_day
from arrears.daily.models import ParkedCase, Run
from arrears.daily.queries import newest_run, run
from arrears.kernel.errors import BadInput, Conflict
from arrears.kernel.ids import named
from arrears.loans.actions import recall, take_in
from arrears.store.transactions import transaction


@pytest.fixture
def lender(committed_db, tmp_path) -> Lender:
    return Lender(tmp_path)


def test_a_recall_during_a_run_is_not_undone_by_it(lender, monkeypatch):
    from arrears.daily.actions import run_day as function

    lender.lend("L1", "p1", [10])
    lender.lend("L2", "p2", [10])
    take_in(ACTOR, lender.full(15))
    ran(15)
    module = sys.modules[function.__module__]
    book, age, *later = module.STEPS
    recalls = iter(["L1"])

    def disturbed(day, at):
        counts = age(day, at)
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


@pytest.mark.parametrize("at", ["book", "age", "cases", "allot", "differences", "summary"])
def test_a_run_that_fails_at_a_step_goes_on_from_there(lender, monkeypatch, at):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(15))
    from arrears.daily.actions import run_day as module_name  # the function shadows its module

    module = sys.modules[module_name.__module__]
    steps = module.STEPS
    done: list[str] = []

    def counted(step: Callable, fails: bool) -> Callable:
        def work(day, at):
            done.append(step.__name__)
            result = step(day, at)
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


def test_the_newest_run_is_the_latest_day(lender):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(30))
    ran(12)
    ran(13)
    newest = newest_run(ACTOR)
    assert newest is not None
    assert (newest.as_of, newest.state) == (day(13), "finished")


def test_while_one_run_is_at_work_another_is_told_which(lender):
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(15))
    at_work, done = threading.Event(), threading.Event()

    def hold(step: str, *_: int) -> None:
        if step == "cases":
            at_work.set()
            done.wait(60)

    def first() -> None:
        try:
            run_day(ACTOR, day(15), progress=hold)
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert at_work.wait(60)
    try:
        with pytest.raises(Conflict, match="another run is at work") as told:
            ran(15)
        assert f"the run of {day(15)}" in (told.value.found or "")
    finally:
        done.set()
        thread.join()
    assert ran(15).effect is False


def test_a_person_has_at_most_one_open_case_whatever_writes(lender):
    """The database itself refuses a second one (V8)."""
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(15))
    ran(15)
    with transaction(ACTOR):
        first = Case.objects.get()
        first.pk = named("case", "p1", "another")
        with pytest.raises(IntegrityError, match="one_open"), atomic():
            first.save(force_insert=True)
