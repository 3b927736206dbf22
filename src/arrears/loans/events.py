"""What the loan book tells the stages above it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from arrears.store.reactions import event


@event
@dataclass(frozen=True, slots=True)
class HoldsChanged:
    """Loans were withdrawn, or doubts about them began or ended.

    Parameters
    ----------
    tape_id
        The delivery that did it.
    on
        The day from which it holds.
    loan_ids
        The loans; None: any of the book.
    """

    tape_id: UUID
    on: date
    loan_ids: tuple[UUID, ...] | None = None
