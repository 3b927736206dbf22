"""Whose a payment is: the agency's that led the person's case on the day it was paid.

Days are business days of the lender. A placement counts from the day it began to the day before
it ended, so that two agencies never share a day, and a payment on the day of a recall is nobody's.
A row that takes a payment back belongs to whom the payment belonged, whoever leads the case now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Led:
    """An agency led a person's case for the days ``[first_on, until_on)``; perhaps for none."""

    placement: UUID
    organisation: UUID
    person: UUID
    first_on: date
    until_on: date | None = None

    def contains(self, day: date) -> bool:
        """Whether the agency led the case on that day."""
        return self.first_on <= day and (self.until_on is None or day < self.until_on)


@dataclass(frozen=True, slots=True)
class Received:
    """A payment of a person, or the row that takes the payment ``reverses`` back."""

    payment_ref: str
    person: UUID
    paid_on: date
    reverses: str | None = None


def attribute(rows: Iterable[Received], led: Iterable[Led]) -> Mapping[str, Led]:
    """Under which placement each payment and each reversal counts; who is left out, under none.

    A reversal without the payment it reverses counts under none: there is nothing to take back.
    """
    listed = list(rows)
    by_person: dict[UUID, list[Led]] = {}
    for each in led:
        by_person.setdefault(each.person, []).append(each)
    found = {}
    for row in listed:
        if row.reverses is None:
            for each in by_person.get(row.person, ()):
                if each.contains(row.paid_on):
                    found[row.payment_ref] = each
    payments = dict(found)
    for row in listed:
        if row.reverses in payments:
            found[row.payment_ref] = payments[row.reverses]
    return found


def to_state(
    rows: Iterable[Received],
    led: Iterable[Led],
    stated: Collection[str] = (),
    elsewhere: Collection[str] = (),
) -> Mapping[str, UUID | None]:
    """Which rows of the book an agency's next statement brings, with the placement of each.

    Parameters
    ----------
    led
        The agency's placements.
    stated, elsewhere
        What its own statements and those of others have brought already. What was stated stays
        with whom it was stated for, and so does what reverses it.
    """
    listed = list(rows)
    there = {row.payment_ref for row in listed}
    found: dict[str, UUID | None] = {
        ref: each.placement for ref, each in attribute(listed, led).items()
    }
    for row in listed:
        original = row.reverses
        if original is not None and original in elsewhere:
            found.pop(row.payment_ref, None)
        elif original is not None and original in stated and original in there:
            found.setdefault(row.payment_ref, None)
    return {ref: at for ref, at in found.items() if ref not in stated and ref not in elsewhere}
