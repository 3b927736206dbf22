"""Which deliveries may change the book, decided on facts alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from arrears.kernel.errors import Conflict, TapeError

Kind = Literal["full", "delta", "push", "mend", "recall"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """What is known of a delivery before it is checked.

    Parameters
    ----------
    tape_ref
        The envelope's tape_id; without an envelope the digest.
    sha256
        Of all its tables; the same tape_ref with another digest is refused.
    book_on
        The day whose close it shows; None: not told, and nothing it brings can cure.
    sequence
        Of the envelope; None without one.
    replaces
        Whether it brings loans whole: schedule and payments it lacks are gone.
    replaces_before
        Only payments that came with a book version below this one are gone; None: all.
    """

    tape_ref: str
    kind: Kind
    source: str
    sha256: str
    book_on: date | None = None
    sequence: int | None = None
    made_at: datetime | None = None
    mapping_sha256: str | None = None
    simulated: bool = False
    replaces: bool = False
    replaces_before: int | None = None


@dataclass(frozen=True, slots=True)
class BookFacts:
    """What of the stored book decides whether a delivery may come in."""

    version: int = 0
    sequence: int | None = None
    full_book_on: date | None = None
    simulated: bool = False
    loans: int = 0


@dataclass(frozen=True, slots=True)
class Earlier:
    """A delivery of the same tape_ref that was taken in before."""

    sha256: str
    received_at: datetime


def is_repetition(delivery: Delivery, earlier: Earlier | None) -> bool:
    """Whether this very delivery was taken in before.

    Raises
    ------
    Conflict
        If its id was, with other contents.
    """
    if earlier is None:
        return False
    if earlier.sha256 != delivery.sha256:
        raise Conflict(
            "a tape of this id was taken in before, with other contents",
            expected=f"sha256 {earlier.sha256}, received {earlier.received_at:%Y-%m-%d %H:%M} UTC",
            found=f"sha256 {delivery.sha256}",
            remedy="have the lender send the changed tape under a new tape_id and sequence",
            tape=delivery.tape_ref,
        )
    return True


def require_newer(delivery: Delivery, book: BookFacts) -> None:
    """Refuse a tape that is older than what the book holds, or of another world.

    Raises
    ------
    Conflict
        With both sides and the way out.
    """
    # A mended row came with a tape of this very book: it brings nobody from elsewhere.
    if delivery.kind != "mend" and book.loans and delivery.simulated != book.simulated:
        worlds = {True: "a simulated town", False: "real people"}
        raise Conflict(
            "simulated and real people must not meet in one book",
            expected=worlds[book.simulated],
            found=worlds[delivery.simulated],
            remedy="use another ARREARS_HOME (or database) for this tape",
            tape=delivery.tape_ref,
        )
    late = None not in (delivery.sequence, book.sequence)
    if late and delivery.sequence <= book.sequence:  # type: ignore[operator]
        raise Conflict(
            "the tape is older than the newest one taken in",
            expected=f"a sequence above {book.sequence}",
            found=f"sequence {delivery.sequence}",
            remedy="take tapes in by sequence; if this one is a correction, have it sent anew with"
            " the next sequence",
            tape=delivery.tape_ref,
        )
    if (
        delivery.kind in ("full", "delta")
        and delivery.book_on is not None
        and book.full_book_on is not None
        and delivery.book_on < book.full_book_on
    ):
        raise Conflict(
            "the tape is older than the newest full tape taken in",
            expected=f"a book_on of {book.full_book_on} or later",
            found=f"book_on {delivery.book_on}",
            remedy="take tapes in by day; what this one says is superseded already",
            tape=delivery.tape_ref,
        )


def require_whole(
    delivery: Delivery, tables: Mapping[str, object], stored: Mapping[str, int]
) -> None:
    """Refuse a full tape that lacks a table of which the book holds rows.

    A forgotten file must not erase every payment and make debtors of those who paid.

    Raises
    ------
    TapeError
        With the table and how much of it is stored.
    """
    if not delivery.replaces or delivery.kind != "full":
        return
    for table, rows in stored.items():
        if rows and table not in tables:
            raise TapeError(
                f"the full tape has no {table}, but the book holds some",
                expected=f"the table {table}, as in the tapes before",
                found=", ".join(tables),
                remedy=f"add the file; if there really are none any more, hand in an empty {table}",
                table=table,
            )
