"""The persons of a batch, and which agency somebody is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from arrears.people.organisations import agency_of
from arrears.placements.queries.batches import batch
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction

_LINES: Final = """
FROM placements_batch_line l JOIN people_person p ON p.id = l.person_id
WHERE l.batch_id = %(batch)s AND (%(aside)s::boolean IS NULL
  OR %(aside)s = (l.aside IS NOT NULL OR l.changed IS NOT NULL))
"""


@dataclass(frozen=True, slots=True)
class BatchLineView:
    """A person of a batch.

    Parameters
    ----------
    aside, detail
        A key of ``words.ASIDE``, None if taken, and which hold, product or agency it is about.
    changed
        Whether they were set aside only as the batch was carried out.
    """

    person_id: UUID
    person_ref: str
    currency: str | None
    overdue_minor: int | None
    aside: str | None
    detail: str | None
    changed: bool


def lines_of(
    actor: Actor, batch_id: UUID, aside: bool | None = None, number: int = 1, size: int = 50
) -> Page[BatchLineView]:
    """The persons of a batch by reference; needs ``placements.read``.

    Parameters
    ----------
    aside
        True: those set aside alone; False: those taken alone.

    Raises
    ------
    NotFound
        If there is no such batch, or none that the actor may see.
    """
    batch(actor, batch_id)
    limit, offset = bounded(number, size)
    given = {"batch": batch_id, "aside": aside, "limit": limit, "offset": offset}
    with transaction(actor):
        total = select(f"SELECT count(*) AS n {_LINES}", given)[0]["n"]
        rows = views(
            BatchLineView,
            "SELECT p.id AS person_id, p.person_ref, l.currency, l.overdue_minor,"
            " coalesce(l.changed, l.aside) AS aside, l.aside_detail AS detail,"
            f" l.changed IS NOT NULL AS changed {_LINES}"
            " ORDER BY p.person_ref, p.id LIMIT %(limit)s OFFSET %(offset)s",
            given,
        )
    return Page(rows, total, number, size)


def own_ref(actor: Actor) -> str | None:
    """The reference of the agency that the actor is of; None for the lender's."""
    mine = agency_of(actor.scope)
    if mine is None:
        return None
    with transaction(actor):
        rows = select("SELECT ref FROM people_organisation WHERE id = %s", [mine])
    return str(rows[0]["ref"]) if rows else None
