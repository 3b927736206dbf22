"""Tapes taken in: once, in order, whole or not at all, and nothing of them is lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from lender import DUE_MINOR, LOANS, Lender, day

from arrears.kernel.errors import BadInput, Conflict, NotAllowed, TapeError
from arrears.kernel.ids import named
from arrears.loans.actions import TapeOptions, take_in
from arrears.loans.actions.lock import lock_book
from arrears.loans.models import (
    Instalment,
    KeptRow,
    Loan,
    LoanHold,
    LoanParty,
    Payment,
    Tape,
)
from arrears.loans.queries import book_status, each_set_aside, loan, tape, tapes
from arrears.people.models import Person
from arrears.store.actor import LENDER, Actor, system
from arrears.store.transactions import transaction

ACTOR = system("test")


@pytest.fixture
def lender(committed_db, tmp_path) -> Lender:
    return Lender(tmp_path)


def book() -> list[object]:
    """All rows of the book, to the letter, but for who brought them and when."""
    beside = {"tape", "tape_id", "updated_at", "received_at"}
    with transaction(ACTOR):
        return [
            list(
                model.objects.order_by("pk").values(
                    *[f.name for f in model._meta.concrete_fields if f.name not in beside]
                )
            )
            for model in (Person, Loan, LoanParty, Instalment, Payment, LoanHold, KeptRow)
        ]


def payments(loan_ref: str) -> list[tuple[str, int]]:
    return [(p.payment_ref, p.amount_minor) for p in loan(ACTOR, loan_ref).payments]


def two_loans(lender: Lender) -> None:
    lender.lend("L1", "p1", [10, 40])
    lender.lend("L2", "p2", [10])
    lender.pay("L1", 9)
    lender.pay("L2", 11)


def test_a_full_tape_is_stored_as_it_is(lender):
    two_loans(lender)
    taken = take_in(ACTOR, lender.full(15))
    assert (taken.effect, taken.book_version, taken.kind) == (True, 1, "full")
    assert taken.rows == {"received": 9, "accepted": 9, "set_aside": 0, "duplicates": 0}
    detail = loan(ACTOR, "L1")
    assert detail.loan.id == named("loan", "L1")
    assert detail.loan.person_id == named("person", "p1")
    assert detail.loan.accepted_book_on == day(15)
    assert [(i.seq, i.due_on) for i in detail.instalments] == [(1, day(10)), (2, day(40))]
    assert payments("L1") == [("P00001", DUE_MINOR)]
    assert tape(ACTOR, taken.tape_id).tape.tape_ref == "T1"
    status = book_status(ACTOR)
    assert (status.version, status.sequence, status.full_book_on) == (1, 1, day(15))
    assert (status.persons, status.loans) == (2, 2)


def test_the_same_tape_again_has_no_effect(lender):
    two_loans(lender)
    folder = lender.full(15)
    first = take_in(ACTOR, folder)
    before = book()
    again = take_in(ACTOR, folder)
    assert again.effect is False
    assert (again.tape_id, again.book_version, again.totals) == (
        first.tape_id,
        first.book_version,
        first.totals,
    )
    assert book() == before
    assert tapes(ACTOR).total == 1


def test_an_unchanged_full_tape_of_a_later_day_rewrites_no_schedule(lender):
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    later = take_in(ACTOR, lender.full(16))
    changes = later.totals["changes"]
    quiet = ("persons", "instalments", "instalments_gone", "payments", "payments_gone", "missing")
    assert {name: changes[name] for name in quiet} == dict.fromkeys(quiet, 0)
    assert loan(ACTOR, "L1").loan.accepted_book_on == day(16)


@pytest.mark.parametrize(
    ("envelope", "wrong"),
    [
        ({"tape_id": "T1"}, "id was taken in before"),
        ({"sequence": 1}, "older than the newest one"),
        ({"sequence": 0}, "older than the newest one"),
        ({"book_on": "2026-01-10"}, "older than the newest full tape"),
    ],
)
def test_a_tape_that_contradicts_the_book_is_refused_whole(lender, envelope, wrong):
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    before = book()
    lender.pay("L1", 12)
    with pytest.raises(Conflict, match=wrong) as refused:
        take_in(ACTOR, lender.full(16, **envelope))
    assert refused.value.remedy
    assert book() == before
    assert book_status(ACTOR).version == 1


def test_an_older_delta_is_refused_too(lender):
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    with pytest.raises(Conflict, match="older than the newest full tape"):
        take_in(ACTOR, lender.delta(14, payments=[lender.payments[0]]))


@pytest.mark.parametrize("missing", ["payments", "instalments"])
def test_a_full_tape_without_a_table_that_the_book_has_is_refused(lender, missing):
    """A forgotten file must not make debtors of everybody who paid."""
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    before = book()
    folder = lender.full(16)
    (folder / f"{missing}.csv").unlink()
    with pytest.raises(TapeError, match=missing):
        take_in(ACTOR, folder)
    assert book() == before


def test_an_envelope_that_does_not_fit_stops_the_tape(lender):
    two_loans(lender)
    promise = {"tables": {"payments": {"rows": 3}}}
    with pytest.raises(TapeError, match="rows of payments"):
        take_in(ACTOR, lender.full(15, **promise))
    assert book_status(ACTOR).version == 0
    promise = {"tables": {"payments": {"rows": 2, "money": {"CNY": 2 * DUE_MINOR}}}}
    assert take_in(ACTOR, lender.full(15, **promise)).effect


def test_options_stand_in_for_an_envelope_and_may_not_contradict_one(lender):
    two_loans(lender)
    folder = lender.full(15)
    with pytest.raises(TapeError, match="option book_on contradicts"):
        take_in(ACTOR, folder, options=TapeOptions(book_on=day(16)))
    (folder / "tape.json").unlink()
    assert take_in(ACTOR, folder).effect  # no day: nothing it brings can cure
    assert loan(ACTOR, "L1").loan.accepted_book_on is None
    assert take_in(ACTOR, folder).effect is False
    dated = take_in(ACTOR, folder, options=TapeOptions(book_on=day(15)))
    assert dated.effect
    assert loan(ACTOR, "L1").loan.accepted_book_on == day(15)
    with pytest.raises(TapeError, match="no such kind"):
        take_in(ACTOR, folder, options=TapeOptions(kind="half"))


def test_a_town_and_real_people_never_meet(lender):
    two_loans(lender)
    take_in(ACTOR, lender.full(15), options=TapeOptions(simulated=True))
    assert book_status(ACTOR).simulated
    with pytest.raises(Conflict, match="must not meet"):
        take_in(ACTOR, lender.full(16))


def test_the_permission_is_needed(lender):
    two_loans(lender)
    with pytest.raises(NotAllowed):
        take_in(Actor("staff", "1", LENDER, frozenset({"data.read"})), lender.full(15))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda folder: (folder / "loans.csv").write_bytes(b""),
        lambda folder: (folder / "payments.csv").write_bytes(b"\xff\xff\xff\xff,\n"),
        lambda folder: (folder / "instalments.csv").write_text("loan_id;seq;due_on\n"),
        lambda folder: (folder / "tape.json").write_text("{"),
        lambda folder: (folder / "persons.csv").unlink(),
    ],
)
def test_a_tape_that_cannot_be_read_leaves_the_book_as_it_was(lender, spoil: Callable):
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    before = book()
    folder = lender.full(16)
    spoil(folder)
    with pytest.raises((TapeError, BadInput)):
        take_in(ACTOR, folder)
    assert book() == before


def test_while_one_process_writes_another_is_told_so(lender, monkeypatch):
    two_loans(lender)
    folder = lender.full(15)
    writing, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction(ACTOR):
                lock_book()
                writing.set()
                done.wait(60)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    writing.wait(60)
    try:
        monkeypatch.setattr(
            "arrears.loans.actions.take.lock_book", lambda: lock_book(patience_seconds=1)
        )
        with pytest.raises(Conflict, match="another process is writing") as refused:
            take_in(ACTOR, folder)
        assert "database process" in (refused.value.found or "")
    finally:
        done.set()
        holder.join()
    assert take_in(ACTOR, folder).effect


def test_one_tape_taken_in_by_three_at_once_is_taken_in_once(lender):
    two_loans(lender)
    folder = lender.full(15)
    effects: list[bool] = []

    def run() -> None:
        try:
            effects.append(take_in(ACTOR, folder, memory_limit="300MB").effect)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(effects) == [False, False, True]
    assert book_status(ACTOR).version == 1


def test_row_security_shows_the_book_to_nobody_without_a_scope(lender):
    two_loans(lender)
    take_in(ACTOR, lender.full(15))
    nobody = Actor("staff", "1", "", frozenset({"data.read", "cases.read"}))
    assert book_status(nobody).loans == 0
    assert Loan.objects.count() == Person.objects.count() == Payment.objects.count() == 0
    with connection.cursor() as cursor, pytest.raises(Exception, match="must be owner"):
        cursor.execute("ALTER TABLE loans_loan DISABLE ROW LEVEL SECURITY")


def test_what_is_stored_of_a_tape_says_what_became_of_it(lender):
    two_loans(lender)
    lender.payments[0]["amount_minor"] = -1
    lender.payments.append(dict(lender.payments[1]))  # an identical duplicate
    taken = take_in(ACTOR, lender.full(15))
    with transaction(ACTOR):
        stored = Tape.objects.get(id=taken.tape_id)
    payments_of = stored.totals["tables"]["payments"]
    assert payments_of["rows"] == {
        "received": 2, "accepted": 1, "set_aside": 1, "duplicates": 1,
    }  # fmt: skip
    assert payments_of["money_minor"]["CNY"]["received"] == DUE_MINOR - 1
    assert json.dumps(stored.totals)
    row = tapes(ACTOR, kinds=("full",)).rows[0]
    assert row.received == row.accepted + row.set_aside
    assert tapes(ACTOR, kinds=("delta",)).total == 0
    assert set(LOANS) <= set(next(r.row for r in each_set_aside(ACTOR) if r.table == "loans"))
