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
    SetAsideRow,
    Tape,
)
from arrears.loans.queries import SetAsideFilter, book_status, each_set_aside, loan, tape, tapes
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
        assert Loan.objects.get(loan_ref="L1").extra == {"colour": "red"}
        kept = {(k.table, k.key.split("\x1e")[0]): k.row for k in KeptRow.objects.all()}
    assert kept["contact_points", "p1"]["extra"] == {"mood": "calm"}
    assert kept["flags", "p2"]["kind"] == "dispute"

    # A later full tape without flags leaves them; one with contact points replaces those.
    folder = lender.full(16)
    (folder / "contact_points.csv").write_text("person_id,kind,value\np1,phone,+8613900139000\n")
    take_in(ACTOR, folder)
    with transaction(ACTOR):
        rows = KeptRow.objects.order_by("table").values_list("table", "row__value")
        assert list(rows) == [("contact_points", "+8613900139000"), ("flags", None)]


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
