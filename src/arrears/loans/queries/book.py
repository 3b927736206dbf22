"""Which state of the loan book is current, and how much it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from arrears.store.actor import Actor
from arrears.store.pages import select, views
from arrears.store.transactions import transaction


@dataclass(frozen=True, slots=True)
class BookStatus:
    """The book at a glance.

    Parameters
    ----------
    version
        Grows with every tape, push, mend and recall; 0 before the first.
    sequence, full_book_on
        Of the newest tape with an envelope; the day of the newest full tape.
    simulated
        Whether the people in it are a town's.
    missing, data_doubt, recalled
        Loans with that hold.
    set_aside
        Rows set aside that nobody has mended yet.
    """

    version: int
    sequence: int | None
    full_book_on: date | None
    simulated: bool
    persons: int
    loans: int
    missing: int
    data_doubt: int
    recalled: int
    set_aside: int


_STATUS = """
SELECT coalesce((SELECT version FROM loans_book), 0) AS version,
       (SELECT sequence FROM loans_book) AS sequence,
       (SELECT full_book_on FROM loans_book) AS full_book_on,
       coalesce((SELECT simulated FROM loans_book), false) AS simulated,
       (SELECT count(*) FROM people_person) AS persons,
       (SELECT count(*) FROM loans_loan) AS loans,
       count(*) FILTER (WHERE kind = 'missing') AS missing,
       count(*) FILTER (WHERE kind = 'data_doubt') AS data_doubt,
       count(*) FILTER (WHERE kind = 'recalled') AS recalled,
       (SELECT count(*) FROM loans_set_aside WHERE state = 'open') AS set_aside
FROM loans_hold WHERE until_on IS NULL
"""


def book_status(actor: Actor) -> BookStatus:
    """The book at a glance; any actor with a scope may ask."""
    with transaction(actor):
        return views(BookStatus, _STATUS)[0]


def is_simulated(actor: Actor) -> bool:
    """Whether the people in the book are a town's; any actor with a scope may ask."""
    with transaction(actor):
        found = select("SELECT simulated FROM loans_book")
    return bool(found and found[0]["simulated"])
