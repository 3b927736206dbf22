"""Rows set aside, mended in place: what comes in, what stays, and who did it."""

from __future__ import annotations

import json
import threading

import pytest
from django.db import connection
from lender import DUE_MINOR, Lender, day

from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.loans.actions import (
    TapeOptions,
    mend,
    push_loans,
    push_payments,
    push_persons,
    take_in,
)
from arrears.loans.models import Instalment, LoanHold, Payment, SetAsideRow, Tape
from arrears.loans.queries import SetAsideFilter, book_status, loan, set_aside, set_aside_row
from arrears.people.models import Person
from arrears.people.sealed import opened
from arrears.store.actor import LENDER, Actor, system
from arrears.store.transactions import transaction

ACTOR = system("test")
ENGINEER = Actor("staff", "7", LENDER, frozenset({"data.mend"}))
CORE = Actor("machine", "core", LENDER, frozenset({"people.push", "loans.push"}))


@pytest.fixture
def lender(committed_db, tmp_path) -> Lender:
    return Lender(tmp_path)


def open_rows(**which) -> dict[str, object]:
    """The open rows by table and key."""
    rows = set_aside(ACTOR, SetAsideFilter(**which), size=200).rows
    return {f"{row.table} {row.key}": row for row in rows}


def holds() -> list[tuple[str, str]]:
    with transaction(ACTOR):
        found = LoanHold.objects.filter(until_on=None).order_by("loan_ref", "kind")
        return list(found.values_list("loan_ref", "kind"))


def payments(loan_ref: str) -> list[tuple[str, int]]:
    return [(p.payment_ref, p.amount_minor) for p in loan(ACTOR, loan_ref).payments]


@pytest.fixture
def spoiled(lender) -> Lender:
    """A book whose second tape has one bad payment of L1."""
    lender.lend("L1", "p1", [10, 40])
    lender.lend("L2", "p2", [10])
    take_in(ACTOR, lender.full(12))
    lender.pay("L1", 13)
    lender.pay("L1", 14)
    lender.payments[0]["amount_minor"] = "ten"
    lender.payments[0]["channel"] = None
    lender.payments[0].pop("channel")
    take_in(ACTOR, lender.full(15))
    return lender


def test_a_row_of_a_simulated_town_is_mended_like_any_other(lender):
    town = TapeOptions(simulated=True)
    lender.lend("L1", "p1", [10])
    take_in(ACTOR, lender.full(12), options=town)
    lender.pay("L1", 13)
    lender.payments[0]["amount_minor"] = "ten"
    take_in(ACTOR, lender.full(15), options=town)
    bad = open_rows()["payments P00001"]
    assert mend(ENGINEER, "m-1", row_id=str(bad.id), row={"amount_minor": "10000"})["mended"]
    assert payments("L1") == [("P00001", 10_000)]
    assert book_status(ACTOR).simulated
    # Only real people from elsewhere stay out.
    with pytest.raises(Conflict, match="must not meet"):
        push_persons(CORE, "p-1", rows=[{"person_id": "p9", "jurisdiction": "CN"}])


def test_a_mended_row_brings_its_whole_loan_in(spoiled):
    rows = open_rows()
    bad = rows["payments P00001"]
    assert bad.reason == "type.invalid"
    assert {row.reason for key, row in rows.items() if key != "payments P00001"} == {
        "loan.incomplete"
    }
    assert holds() == [("L1", "data_doubt")]
    assert payments("L1") == []  # as the tape before had it

    answer = mend(ENGINEER, "m-1", row_id=str(bad.id), row={"amount_minor": str(DUE_MINOR)})

    assert answer["mended"] is True
    assert answer["accepted"] == len(rows)
    assert payments("L1") == [("P00001", DUE_MINOR), ("P00002", DUE_MINOR)]
    assert holds() == []
    assert open_rows() == {}
    detail = set_aside_row(ACTOR, bad.id)
    assert (detail.row.state, detail.mended_by) == ("mended", "staff:7")
    assert detail.mended_at is not None
    assert detail.row.row["amount_minor"] == "ten"  # as received, for ever
    assert detail.mended_row["amount_minor"] == str(DUE_MINOR)
    with transaction(ACTOR):
        tape = Tape.objects.get(id=answer["tape_id"])
        assert (tape.kind, tape.book_on) == ("mend", day(15))
    assert loan(ACTOR, "L1").loan.accepted_book_on == day(15)


def test_a_row_that_is_still_wrong_changes_nothing_and_says_what_is_wrong(spoiled):
    before = book_status(ACTOR)
    bad = open_rows()["payments P00001"]
    answer = mend(ENGINEER, "m-1", row_id=str(bad.id), row={"amount_minor": "-5"})
    assert answer["mended"] is False
    wrong = {row["table"]: row for row in answer["still_wrong"] if row["key"] == "P00001"}
    assert wrong["payments"]["reason"] == "range.low"
    assert wrong["payments"]["row_number"] == bad.row_number
    assert book_status(ACTOR) == before
    assert holds() == [("L1", "data_doubt")]
    detail = set_aside_row(ACTOR, bad.id)
    assert detail.row.state == "open"
    assert detail.mended_row["amount_minor"] == "-5"  # kept for the next try
    amount = next(column for column in detail.columns if column.name == "amount_minor")
    assert amount.value == "-5"


def test_the_same_command_again_returns_its_answer_and_another_finds_it_done(spoiled):
    bad = open_rows()["payments P00001"]
    request = {"row_id": str(bad.id), "row": {"amount_minor": str(DUE_MINOR)}}
    first = mend(ENGINEER, "m-1", **request)
    version = book_status(ACTOR).version
    assert mend(ENGINEER, "m-1", **request) == first
    assert book_status(ACTOR).version == version
    with pytest.raises(Conflict, match="row set aside that is 'mended'"):
        mend(ENGINEER, "m-2", **request)


def test_two_people_who_mend_the_same_row_at_once_mend_it_once(spoiled):
    bad = open_rows()["payments P00001"]
    outcomes: list[object] = []

    def try_it(command_id: str) -> None:
        try:
            row = {"amount_minor": str(DUE_MINOR)}
            outcomes.append(mend(ENGINEER, command_id, row_id=str(bad.id), row=row)["mended"])
        except Conflict as refused:
            outcomes.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it, args=[f"m-{n}"]) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == ["IllegalTransition", "True"]
    with transaction(ACTOR):
        assert Tape.objects.filter(kind="mend").count() == 1


def test_what_came_after_the_tape_that_is_mended_stays(spoiled):
    """The full tape lacked a payment that a delta brought later; mending does not erase it."""
    later = {"payment_id": "X1", "loan_id": "L1", "paid_on": day(16), "amount_minor": 500}
    take_in(ACTOR, spoiled.delta(16, payments=[later]))
    assert payments("L1") == [("X1", 500)]
    bad = open_rows()["payments P00001"]
    mend(ENGINEER, "m-1", row_id=str(bad.id), row={"amount_minor": str(DUE_MINOR)})
    assert payments("L1") == [("P00001", DUE_MINOR), ("P00002", DUE_MINOR), ("X1", 500)]


def test_a_payment_of_no_loan_finds_its_loan(lender):
    lender.lend("L1", "p1", [10])
    lender.pay("L9", 12)
    take_in(ACTOR, lender.full(15))
    (stray,) = open_rows().values()
    assert stray.reason == "reference.loan"
    assert holds() == []
    answer = mend(ENGINEER, "m-1", row_id=str(stray.id), row={"loan_id": "L1"})
    assert answer["mended"] is True
    assert payments("L1") == [("P00001", DUE_MINOR)]
    with transaction(ACTOR):
        assert Instalment.objects.count() == 1  # the schedule is as it was


def test_a_mended_person_brings_their_loans_in(lender):
    lender.lend("L1", "p1", [10])
    lender.lend("L2", "p1", [20])
    lender.pay("L2", 12)
    lender.persons["p1"]["jurisdiction"] = "China"
    lender.lend("L3", "p2", [10])
    take_in(ACTOR, lender.full(15))
    rows = open_rows()
    assert {"persons p1", "loans L1", "loans L2", "payments P00001"} <= set(rows)
    with pytest.raises(NotFound):
        loan(ACTOR, "L1")
    answer = mend(ENGINEER, "m-1", row_id=str(rows["persons p1"].id), row={"jurisdiction": "CN"})
    assert answer["mended"] is True
    assert loan(ACTOR, "L1").loan.person_ref == "p1"
    assert payments("L2") == [("P00001", DUE_MINOR)]
    assert open_rows() == {}


def test_two_faults_of_one_loan_are_mended_one_after_the_other(lender):
    lender.lend("L1", "p1", [10, 40])
    lender.instalments[1]["due_on"] = "soon"
    lender.pay("L1", 12)
    lender.payments[0]["amount_minor"] = ""
    take_in(ACTOR, lender.full(15))
    rows = open_rows()
    first, second = rows["payments P00001"], rows["instalments L1 / 2"]
    answer = mend(ENGINEER, "m-1", row_id=str(first.id), row={"amount_minor": "100"})
    assert answer["mended"] is False
    reasons = {(row["table"], row["key"]): row["reason"] for row in answer["still_wrong"]}
    assert reasons["instalments", "L1 / 2"] == "type.invalid"
    assert reasons["payments", "P00001"] == "loan.incomplete"
    # What was mended first is remembered.
    assert mend(ENGINEER, "m-2", row_id=str(second.id), row={"due_on": "2026-02-10"})["mended"]
    assert payments("L1") == [("P00001", 100)]


def test_of_two_rows_that_differ_one_can_be_made_like_the_other(lender):
    lender.lend("L1", "p1", [10])
    lender.pay("L1", 12)
    lender.payments.append({**lender.payments[0], "amount_minor": 777})
    take_in(ACTOR, lender.full(15))
    with transaction(ACTOR):
        row = SetAsideRow.objects.get(reason="duplicate.conflict", amount_minor=777)
    answer = mend(ENGINEER, "m-1", row_id=str(row.id), row={"amount_minor": str(DUE_MINOR)})
    assert answer["mended"] is True
    assert payments("L1") == [("P00001", DUE_MINOR)]
    assert open_rows() == {}


def test_an_unknown_row_column_or_actor(spoiled):
    bad = open_rows()["payments P00001"]
    with pytest.raises(NotFound):
        mend(ENGINEER, "m-1", row_id="00000000-0000-0000-0000-000000000000", row={})
    with pytest.raises(BadInput, match="no such column"):
        mend(ENGINEER, "m-2", row_id=str(bad.id), row={"colour": "red"})
    with pytest.raises(NotAllowed):
        mend(CORE, "m-3", row_id=str(bad.id), row={})
    with pytest.raises(BadInput, match="NUL"):
        mend(ENGINEER, "m-4", row_id=str(bad.id), row={"loan_id": "L\x001"})
    for hostile in ("x" * 10_000, "'; DROP TABLE loans_loan; --"):
        answer = mend(ENGINEER, f"m-{len(hostile)}", row_id=str(bad.id), row={"loan_id": hostile})
        assert answer["mended"] is False


PERSON = {"person_id": "q1", "name": "", "jurisdiction": "CN"}
LOAN = {
    "loan_id": "K1", "person_id": "q1", "product": "credit_card", "creditor_type": "bank",
    "currency": "CNY", "principal_minor": 1000, "annual_rate_bps": 100,
    "disbursed_on": "2026-01-01", "grace_days": 0,
    "instalments": [
        {"seq": 1, "due_on": "2026-02-01", "principal_minor": 1000, "interest_minor": 10,
         "fee_minor": 0},
    ],
}  # fmt: skip


def paid(payment_id: str, amount_minor: object = 10, **more: object) -> dict[str, object]:
    return {
        "payment_id": payment_id, "loan_id": "K1", "paid_on": "2026-03-01",
        "amount_minor": amount_minor, **more,
    }  # fmt: skip


@pytest.fixture
def pushed(committed_db) -> None:
    push_persons(CORE, "c-1", rows=[PERSON])
    push_loans(CORE, "c-2", rows=[LOAN])
    push_payments(CORE, "c-3", rows=[paid("Y1"), paid("Y2", 20)])


def test_what_is_pushed_lies_in_the_book(pushed):
    detail = loan(ACTOR, "K1")
    assert [i.principal_minor for i in detail.instalments] == [1000]
    assert payments("K1") == [("Y1", 10), ("Y2", 20)]
    assert book_status(ACTOR).version == 3


def test_a_push_of_the_loan_alone_keeps_its_schedule_and_one_with_it_replaces_it(pushed):
    bare = {k: v for k, v in LOAN.items() if k != "instalments"}
    push_loans(CORE, "c-4", rows=[{**bare, "status": "written_off"}])
    assert loan(ACTOR, "K1").loan.status == "written_off"
    assert [i.seq for i in loan(ACTOR, "K1").instalments] == [1]
    other = {**LOAN["instalments"][0], "seq": 7}
    push_loans(CORE, "c-5", rows=[{**LOAN, "instalments": [other]}])
    assert [i.seq for i in loan(ACTOR, "K1").instalments] == [7]
    assert payments("K1") == [("Y1", 10), ("Y2", 20)]


def test_a_changed_payment_is_set_aside_and_puts_the_loan_in_doubt(pushed):
    answer = push_payments(CORE, "c-4", rows=[paid("Y1", 11), paid("Y2", 20), paid("Y3", 30)])
    reasons = [row.get("reason") for row in answer["rows"]]
    assert reasons == ["duplicate.changed", "loan.incomplete", "loan.incomplete"]
    assert (answer["received"], answer["accepted"], answer["set_aside"]) == (3, 0, 3)
    assert payments("K1") == [("Y1", 10), ("Y2", 20)]
    assert holds() == [("K1", "data_doubt")]
    # The lender corrects itself: the same rows in good order end the doubt.
    answer = push_payments(CORE, "c-5", rows=[paid("Y1"), paid("Y2", 20), paid("Y3", 30)])
    assert answer["accepted"] == 3
    assert payments("K1") == [("Y1", 10), ("Y2", 20), ("Y3", 30)]
    assert holds() == []


def test_a_good_payment_does_not_end_a_doubt_about_another(pushed):
    push_payments(CORE, "c-4", rows=[paid("Y3", "many")])
    assert holds() == [("K1", "data_doubt")]
    push_payments(CORE, "c-5", rows=[paid("Y4", 40)])
    assert holds() == [("K1", "data_doubt")]
    push_payments(CORE, "c-6", rows=[paid("Y3", 30)])
    assert holds() == []


def test_a_stored_payment_is_taken_back_once(pushed):
    answer = push_payments(CORE, "c-4", rows=[paid("R1", 10, reverses="Y1")])
    assert answer["accepted"] == 1
    answer = push_payments(CORE, "c-5", rows=[paid("R2", 10, reverses="Y1")])
    assert answer["rows"][0]["reason"] == "reversal.twice"
    answer = push_payments(CORE, "c-6", rows=[paid("R3", 10, reverses="R1")])
    assert answer["rows"][0]["reason"] == "reversal.of_reversal"
    answer = push_payments(CORE, "c-7", rows=[paid("R1", 10, reverses="Y1")])
    assert answer["rows"][0]["state"] == "accepted"
    with transaction(ACTOR):
        assert Payment.objects.filter(reverses="Y1").count() == 1


def test_the_character_nul_is_kept_as_its_picture(committed_db):
    """PostgreSQL cannot hold it; one such cell must not stop a whole tape."""
    rows = [{**PERSON, "name": "a\0b"}, {**PERSON, "person_id": "q\0", "note": "\0"}, PERSON]
    rows[2] = {**PERSON, "person_id": "q2", "note": "kept \0 aside"}
    answer = push_persons(CORE, "c-1", rows=rows)
    assert [row["state"] for row in answer["rows"]] == ["set_aside", "set_aside", "accepted"]
    assert open_rows()["persons q␀"].person_ref == "q␀"
    with transaction(ACTOR):
        assert SetAsideRow.objects.get(person_ref="q1").row["name"] == "a␀b"
        beside = opened("q2", "extra", Person.objects.get(person_ref="q2").extra)
    assert json.loads(beside) == {"note": "kept ␀ aside"}


def test_what_a_push_refers_to_must_be_there(committed_db):
    answer = push_payments(CORE, "c-1", rows=[paid("Y1")])
    assert answer["rows"][0]["reason"] == "reference.loan"
    answer = push_loans(CORE, "c-2", rows=[LOAN])
    assert {row["reason"] for row in answer["rows"]} == {"reference.person", "loan.incomplete"}
    with pytest.raises(BadInput, match="too many rows"):
        push_payments(CORE, "c-3", rows=[])
