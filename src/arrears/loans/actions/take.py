"""The heart of every delivery: check it and write what stands, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from arrears.book.check import Checked, check
from arrears.book.envelope import Envelope, verify
from arrears.book.read.tape import Tape as OpenTape
from arrears.book.totals import Totals
from arrears.journal.actions import of_house, record
from arrears.kernel.ids import named
from arrears.loans.actions.follow import follow
from arrears.loans.actions.known import known
from arrears.loans.actions.lock import lock_book
from arrears.loans.actions.stage import KEPT, stage_accepted, stage_kept, stage_rejected
from arrears.loans.actions.write import write
from arrears.loans.events import HoldsChanged
from arrears.loans.models import Book, Instalment, Loan, Payment, Snapshot, Tape
from arrears.loans.rules import (
    BookFacts,
    Delivery,
    Earlier,
    is_repetition,
    require_newer,
    require_whole,
)
from arrears.loans.states import TAPE
from arrears.store.pages import select
from arrears.store.reactions import react
from arrears.store.transactions import At

Progress = Callable[[str, int, int], None]
TAPES: Final = of_house("tapes")


def silent(step: str, done: int, of: int) -> None:
    """A progress report that nobody reads."""


@dataclass(frozen=True)
class TakenIn:
    """What became of a delivery.

    Parameters
    ----------
    effect
        False if this very delivery had been taken in before; the rest is then as it was.
    totals
        As :meth:`arrears.book.totals.Totals.as_json`, and ``changes``: rows written by kind.
    """

    tape_id: UUID
    tape_ref: str
    kind: str
    book_version: int
    effect: bool
    totals: dict[str, Any]
    checked: Checked | None = field(default=None, compare=False, repr=False)

    @property
    def rows(self) -> dict[str, int]:
        """Rows of all tables: received, accepted, set_aside, duplicates."""
        tables = self.totals["tables"].values()
        names = ("received", "accepted", "set_aside", "duplicates")
        return {name: sum(table["rows"][name] for table in tables) for name in names}


def repeated(delivery: Delivery) -> TakenIn | None:
    """The first result of this very delivery, if it was taken in before.

    Raises
    ------
    Conflict
        If its id was, with other contents.
    """
    earlier = Tape.objects.filter(id=named("tape", delivery.tape_ref)).first()
    facts = Earlier(earlier.sha256, earlier.received_at) if earlier else None
    if not is_repetition(delivery, facts) or earlier is None:
        return None
    return TakenIn(
        tape_id=earlier.id,
        tape_ref=earlier.tape_ref,
        kind=earlier.kind,
        book_version=earlier.book_version or 0,
        effect=False,
        totals=earlier.totals,
    )


def take(
    at: At,
    con: Any,
    tape: OpenTape,
    delivery: Delivery,
    *,
    envelope: Envelope | None = None,
    progress: Progress = silent,
    keep: Callable[[Checked], None] = lambda checked: None,
    settle: Callable[[UUID], None] | None = None,
) -> TakenIn:
    """Check an opened tape against the stored book, and write what stands of it.

    Parameters
    ----------
    con
        The engine that has the tape open.
    envelope
        What the tape is held to.
    keep
        Told what was checked, before anything is written; may raise to stop it.
    settle
        For rows that were set aside before: marks those that stand now, given the delivery's
        id; the others stay where they are and are not set aside a second time.

    Raises
    ------
    Conflict
        If another process writes, or the tape is older than the book, or its id is taken.
    TapeError
        If it is not what its envelope says, or lacks a table that the book has.
    """
    lock_book()
    first = repeated(delivery)
    if first is not None:
        return first
    book = _book()
    require_newer(delivery, book)
    require_whole(delivery, tape.tables, _stored())
    progress("check", 0, 1)
    checked = check(tape, delivery.book_on, _earlier(con, tape, delivery))
    if envelope is not None:
        verify(envelope, tape, checked.totals)
    keep(checked)
    progress("stage", 0, 1)
    stage_accepted(con, checked)
    tape_id = named("tape", delivery.tape_ref)
    stage_kept(con, checked, tape_id)
    stage_rejected(con, checked if settle is None else None, tape_id)
    return _write(at, tape, delivery, book, checked, progress, settle)


def _earlier(con: Any, tape: OpenTape, delivery: Delivery) -> dict[str, Any] | None:
    """What the rows may refer to beside each other; None for a full tape."""
    if delivery.kind == "full":
        return None
    earlier = known(con, tape)
    if delivery.replaces and "loans" in tape.tables:
        # Rows that replace a loan whole are not held to the payments they replace.
        payments, loans = earlier["payments"], tape.tables["loans"]
        earlier["payments"] = payments.anti_join(loans, "loan_id")
    return earlier


def _write(
    at: At,
    tape: OpenTape,
    delivery: Delivery,
    book: BookFacts,
    checked: Checked,
    progress: Progress,
    settle: Callable[[UUID], None] | None,
) -> TakenIn:
    row = _record(at, tape, delivery, book.version + 1, checked.totals)
    on = delivery.book_on or at.today
    given = {
        "tape": row.id,
        "ref": row.tape_ref,
        "now": at.now,
        "on": on,
        "book_on": delivery.book_on,
        "full": delivery.kind == "full",
        "replaces": delivery.replaces,
        "before": delivery.replaces_before,
        "tables": [name for name in KEPT if name in tape.tables],
    }
    changes = write(given, progress)
    if settle is not None:
        settle(row.id)
    changes |= follow(given)
    row.totals = checked.totals.as_json() | {"changes": changes}
    row.save(update_fields=["totals"])
    _advance(delivery, book)
    record(at, TAPES, "loans.taken_in", _told(row, checked.totals, changes))
    few = delivery.kind not in ("full", "delta")
    react(at, HoldsChanged(row.id, on, _touched() if few else None))
    progress("write", 1, 1)
    return TakenIn(
        tape_id=row.id,
        tape_ref=row.tape_ref,
        kind=row.kind,
        book_version=book.version + 1,
        effect=True,
        totals=row.totals,
        checked=checked,
    )


def _told(row: Tape, totals: Totals, changes: dict[str, int]) -> dict[str, object]:
    """What goes on record: digests and counts, no row of the tape."""
    tables: Any = totals.as_json()["tables"]
    return {
        "tape": str(row.id),
        "kind": row.kind,
        "sha256": row.sha256,
        "mapping_sha256": row.mapping_sha256,
        "book_on": row.book_on and row.book_on.isoformat(),
        "book_version": row.book_version,
        "rows": {name: dict(table["rows"]) for name, table in tables.items()},
        "changes": changes,
    }


def _record(at: At, tape: OpenTape, delivery: Delivery, version: int, totals: Totals) -> Tape:
    told = totals.as_json()
    return Tape.objects.create(
        id=named("tape", delivery.tape_ref),
        tape_ref=delivery.tape_ref,
        kind=delivery.kind,
        form=tape.form,
        source=delivery.source,
        sha256=delivery.sha256,
        mapping_sha256=delivery.mapping_sha256,
        book_on=delivery.book_on,
        sequence=delivery.sequence,
        made_at=delivery.made_at,
        received_at=at.now,
        book_version=version,
        state=TAPE.step(TAPE.initial, "take_in"),
        totals={},
        unknown_columns=told["unknown_columns"],
        unknown_codes=told["unknown_codes"],
        outcome=told["outcomes"],
    )


def _book() -> BookFacts:
    book = Book.objects.filter(id=1).first()
    if book is None:
        return BookFacts()
    return BookFacts(
        version=book.version,
        sequence=book.sequence,
        full_book_on=book.full_book_on,
        simulated=book.simulated,
        loans=int(Loan.objects.exists()),
    )


def _stored() -> dict[str, int]:
    """Of which tables the book has rows at all."""
    stored = {
        "instalments": Instalment.objects,
        "payments": Payment.objects,
        "snapshots": Snapshot.objects,
    }
    return {name: int(rows.exists()) for name, rows in stored.items()}


def _advance(delivery: Delivery, book: BookFacts) -> None:
    full = delivery.kind == "full"
    Book.objects.update_or_create(
        id=1,
        defaults={
            "version": book.version + 1,
            "sequence": delivery.sequence if delivery.sequence is not None else book.sequence,
            "full_book_on": (delivery.book_on or book.full_book_on) if full else book.full_book_on,
            "simulated": delivery.simulated or book.simulated,
        },
    )


def _touched() -> tuple[UUID, ...]:
    """The loans that the staged rows name, accepted or set aside."""
    rows = select(
        "SELECT l.id FROM loans_loan l WHERE l.loan_ref IN ("
        " SELECT loan_id FROM t_loans UNION SELECT loan_id FROM t_instalments"
        " UNION SELECT loan_id FROM t_payments UNION SELECT loan_id FROM t_snapshots"
        " UNION SELECT loan_id FROM t_loan_parties UNION SELECT loan_id FROM t_rejected)"
    )
    return tuple(row["id"] for row in rows)
