"""Batches in lists, and one in full with who is set aside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from arrears.kernel.errors import NotFound
from arrears.people.organisations import agency_of
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction

_BATCH: Final = """
SELECT b.id, b.kind, o.ref AS organisation, o.name AS organisation_name, b.filter::text AS filter,
  b.reason, b.term_until_on, b.persons_count, b.set_aside_count, b.money::text AS money, b.digest,
  b.second_because::text AS second_because, b.state, b.previewed_by, b.previewed_at,
  b.expires_at, b.asked_by, b.asked_at, b.decided_by, b.decided_at, b.decision_reason,
  b.carried_out_by, b.carried_out_at, b.carried_out_count, b.undone_by, b.undone_at,
  b.undo_reason
FROM placements_batch b JOIN people_organisation o ON o.id = b.organisation_id
"""
# An agency sees what it asked for itself and what was done, not what the lender only considers.
_WHERE: Final = """
WHERE (%(agency)s::uuid IS NULL OR b.second_because @> '["agency"]'
    OR b.state IN ('carried_out', 'undone'))
  AND (%(id)s::uuid IS NULL OR b.id = %(id)s)
  AND (%(state)s::text IS NULL OR b.state = %(state)s)
  AND (%(kind)s::text IS NULL OR b.kind = %(kind)s)
  AND (%(organisation)s::text IS NULL OR b.organisation_id IN (
    SELECT g.id FROM people_organisation g WHERE g.ref = %(organisation)s))
"""
_NEWEST: Final = (
    f"{_BATCH} {_WHERE} ORDER BY b.previewed_at DESC, b.id LIMIT %(limit)s OFFSET %(offset)s"
)
_LINES: Final = """
FROM placements_batch_line l JOIN people_person p ON p.id = l.person_id
WHERE l.batch_id = %(batch)s
"""
_ASIDE: Final = f"""{_LINES} AND (l.aside IS NOT NULL OR l.changed IS NOT NULL)
  AND (%(reason)s::text IS NULL OR coalesce(l.changed, l.aside) = %(reason)s)"""
_REASONS: Final = f"""
SELECT coalesce(l.changed, l.aside) AS reason, count(*) AS persons {_ASIDE}
GROUP BY 1 ORDER BY count(*) DESC, 1
"""


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch of placements; ``money`` is ``[{currency, persons, overdue_minor}]``."""

    id: UUID
    kind: str
    organisation: str
    organisation_name: str
    filter: dict[str, Any]
    reason: str
    term_until_on: date | None
    persons_count: int
    set_aside_count: int
    money: tuple[dict[str, Any], ...]
    digest: str
    second_because: tuple[str, ...]
    state: str
    previewed_by: str
    previewed_at: datetime
    expires_at: datetime
    asked_by: str | None
    asked_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    carried_out_by: str | None
    carried_out_at: datetime | None
    carried_out_count: int | None
    undone_by: str | None
    undone_at: datetime | None
    undo_reason: str | None

    @property
    def by(self) -> set[str]:
        """Who had to do with it, as actors are named on record."""
        had = (
            self.previewed_by,
            self.asked_by,
            self.decided_by,
            self.carried_out_by,
            self.undone_by,
        )
        return {each for each in had if each is not None}


@dataclass(frozen=True, slots=True)
class AsideView:
    """A person set aside from a batch.

    Parameters
    ----------
    reason, detail
        A key of ``words.ASIDE``, and which hold, product or agency it is about.
    changed
        Whether they were set aside only as the batch was carried out.
    """

    person_id: UUID
    person_ref: str
    reason: str
    detail: str | None
    changed: bool


def batches(
    actor: Actor,
    state: str | None = None,
    number: int = 1,
    size: int = 50,
    *,
    kind: str | None = None,
    organisation: str | None = None,
) -> Page[BatchView]:
    """A page of batches, the newest first; needs ``placements.read``.

    An agency finds those about its persons that were carried out, and what it asked for itself.
    """
    actor.require("placements.read")
    limit, offset = bounded(number, size)
    which = _which(actor, state=state, kind=kind, organisation=organisation)
    with transaction(actor):
        counted = select(f"SELECT count(*) AS n FROM placements_batch b {_WHERE}", which)
        rows = select(_NEWEST, {**which, "limit": limit, "offset": offset})
    return Page(tuple(_view(row) for row in rows), counted[0]["n"], number, size)


def batch(actor: Actor, batch_id: UUID) -> BatchView:
    """One batch; needs ``placements.read``; raises NotFound if there is none one may see."""
    actor.require("placements.read")
    with transaction(actor):
        return seen(actor, batch_id)


def seen(actor: Actor, batch_id: UUID) -> BatchView:
    """The batch if the actor may see it; inside a transaction."""
    rows = select(f"{_BATCH} {_WHERE}", _which(actor, id=batch_id))
    if not rows:
        raise NotFound("there is no such batch", key=batch_id)
    return _view(rows[0])


def set_aside_of(
    actor: Actor, batch_id: UUID, number: int = 1, size: int = 50, *, reason: str | None = None
) -> Page[AsideView]:
    """Who is set aside from a batch, by reference; needs ``placements.read``.

    Raises
    ------
    NotFound
        If there is no such batch, or none that the actor may see.
    """
    actor.require("placements.read")
    limit, offset = bounded(number, size)
    which = {"batch": batch_id, "reason": reason, "limit": limit, "offset": offset}
    with transaction(actor):
        seen(actor, batch_id)
        total = select(f"SELECT count(*) AS n {_ASIDE}", which)[0]["n"]
        rows = views(
            AsideView,
            "SELECT p.id AS person_id, p.person_ref, coalesce(l.changed, l.aside) AS reason,"
            f" l.aside_detail AS detail, l.changed IS NOT NULL AS changed {_ASIDE}"
            " ORDER BY p.person_ref, p.id LIMIT %(limit)s OFFSET %(offset)s",
            which,
        )
    return Page(rows, total, number, size)


def reasons_of(actor: Actor, batch_id: UUID) -> tuple[tuple[str, int], ...]:
    """Why persons are set aside from a batch, and how many each; needs ``placements.read``."""
    actor.require("placements.read")
    with transaction(actor):
        seen(actor, batch_id)
        rows = select(_REASONS, {"batch": batch_id, "reason": None})
    return tuple((row["reason"], row["persons"]) for row in rows)


def _which(actor: Actor, **given: object) -> dict[str, Any]:
    blank = dict.fromkeys(("id", "state", "kind", "organisation"))
    return {**blank, **given, "agency": agency_of(actor.scope)}


def _view(row: dict[str, Any]) -> BatchView:
    read = {name: tuple(json.loads(row[name])) for name in ("money", "second_because")}
    return BatchView(**(row | read | {"filter": json.loads(row["filter"])}))
