"""Withdraw a loan from collection: its case lets go of it at once."""

from __future__ import annotations

import hashlib
from datetime import date

from arrears.journal.actions import of_person, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import named, uuid7
from arrears.loans.actions.lock import lock_book
from arrears.loans.events import HoldsChanged
from arrears.loans.models import Book, Loan, LoanHold, Tape
from arrears.loans.states import TAPE
from arrears.store.commands import Result, command
from arrears.store.reactions import react
from arrears.store.transactions import At


@command("loan.recall", permission="loans.recall")
def recall(at: At, *, loan_ref: str, recalled_on: date, reason: str) -> Result:
    """Withdraw one loan, as a row of the tape's table ``recalls`` would.

    Raises
    ------
    NotFound
        If the book has no such loan.
    Conflict
        If it was recalled before, on another day.
    BadInput
        If the day lies in the future, or there is no reason.
    """
    if recalled_on > at.today:
        raise BadInput(
            "a recall cannot lie in the future",
            expected=f"a day not after {at.today}",
            found=str(recalled_on),
        )
    if not reason.strip():
        raise BadInput("a recall needs a reason", expected="a text", found="nothing")
    lock_book()
    loan = Loan.objects.filter(loan_ref=loan_ref).first()
    if loan is None:
        raise NotFound("there is no such loan", key=loan_ref)
    if loan.recalled_on is not None and loan.recalled_on != recalled_on:
        raise Conflict(
            "the loan was recalled before",
            expected=f"recalled_on {loan.recalled_on}",
            found=str(recalled_on),
            key=loan_ref,
        )
    book = Book.objects.get(id=1)
    if loan.recalled_on is None:
        book.version += 1
        book.save(update_fields=["version"])
        _withdraw(at, loan, recalled_on, reason.strip(), book.version)
    return {"loan_ref": loan_ref, "recalled_on": recalled_on, "book_version": book.version}


def _withdraw(at: At, loan: Loan, recalled_on: date, reason: str, version: int) -> None:
    tape_ref = f"recall-{uuid7(at.now)}"
    counts = {"received": 1, "accepted": 1, "set_aside": 0, "duplicates": 0}
    tape = Tape.objects.create(
        id=named("tape", tape_ref),
        tape_ref=tape_ref,
        kind="recall",
        form="none",
        source=at.actor.name,
        sha256=hashlib.sha256(f"{loan.loan_ref}\x1f{recalled_on}\x1f{reason}".encode()).hexdigest(),
        book_on=recalled_on,
        received_at=at.now,
        book_version=version,
        state=TAPE.step(TAPE.initial, "take_in"),
        totals={"tables": {"recalls": {"rows": counts, "money_minor": {}, "reasons": {}}}},
    )
    loan.recalled_on, loan.recall_reason = recalled_on, reason
    loan.save(update_fields=["recalled_on", "recall_reason"])
    LoanHold.objects.create(
        id=named("hold", loan.loan_ref, "recalled", recalled_on.isoformat(), tape_ref),
        loan_ref=loan.loan_ref,
        loan=loan,
        kind="recalled",
        from_on=recalled_on,
        tape=tape,
    )
    told = {"loan": str(loan.id), "tape": str(tape.id), "recalled_on": recalled_on.isoformat()}
    record(at, of_person(loan.person_id), "loans.recalled", told, personal={"reason": reason})
    react(at, HoldsChanged(tape.id, at.today, (loan.id,)))
