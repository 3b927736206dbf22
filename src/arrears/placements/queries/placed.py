"""Whose a person is and was, what an agency leads, and who is still to be told of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction

_HISTORY: Final = """
SELECT w.id, w.person_id, o.ref AS organisation, o.name AS organisation_name, w.from_at,
  w.until_at, w.term_until_on, w.placed_by, w.reason, w.ended_by, w.end_kind, w.end_reason,
  n.told_at
FROM placements_placement w JOIN people_organisation o ON o.id = w.organisation_id
LEFT JOIN placements_notice n ON n.placement_id = w.id
WHERE w.person_id = %s ORDER BY w.from_at DESC, w.id LIMIT 100
"""
_LED: Final = """
SELECT o.ref AS organisation, o.name AS organisation_name, o.state, count(w.id) AS persons,
  count(w.id) FILTER (WHERE w.term_until_on <= %s) AS over,
  count(n.placement_id) FILTER (WHERE n.told_at IS NULL) AS untold
FROM people_organisation o
LEFT JOIN placements_placement w ON w.organisation_id = o.id AND w.until_at IS NULL
LEFT JOIN placements_notice n ON n.placement_id = w.id
WHERE o.kind = 'agency' GROUP BY o.ref, o.name, o.state ORDER BY o.ref LIMIT 500
"""
_DUE: Final = """
FROM placements_notice n JOIN people_person p ON p.id = n.person_id
JOIN people_organisation o ON o.id = n.organisation_id
WHERE n.told_at IS NULL AND n.void_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class PlacementView:
    """A placement of one person; ``until_at`` None: it goes on."""

    id: UUID
    person_id: UUID
    organisation: str
    organisation_name: str
    from_at: datetime
    until_at: datetime | None
    term_until_on: date
    placed_by: str
    reason: str
    ended_by: str | None
    end_kind: str | None
    end_reason: str | None
    told_at: datetime | None


@dataclass(frozen=True, slots=True)
class LedView:
    """What an agency leads now: persons, those whose term is over, those not told of it yet."""

    organisation: str
    organisation_name: str
    state: str
    persons: int
    over: int
    untold: int


@dataclass(frozen=True, slots=True)
class NoticeDueView:
    """A person who is still to be told of their agency."""

    placement_id: UUID
    person_id: UUID
    person_ref: str
    organisation: str
    due_at: datetime


def placements_of(actor: Actor, person_id: UUID) -> tuple[PlacementView, ...]:
    """The placements of a person, the newest first, 100 at most; needs ``cases.read``."""
    actor.require("cases.read")
    with transaction(actor):
        return views(PlacementView, _HISTORY, [person_id])


def led(actor: Actor) -> tuple[LedView, ...]:
    """Every agency with what it leads, by reference; needs ``placements.read``."""
    actor.require("placements.read")
    with transaction(actor) as at:
        return views(LedView, _LED, [at.today])


def notices_due(actor: Actor, number: int = 1, size: int = 50) -> Page[NoticeDueView]:
    """Who is still to be told of their agency, the oldest first; needs ``placements.read``."""
    actor.require("placements.read")
    limit, offset = bounded(number, size)
    with transaction(actor):
        total = select(f"SELECT count(*) AS n {_DUE}")[0]["n"]
        rows = views(
            NoticeDueView,
            "SELECT n.placement_id, p.id AS person_id, p.person_ref, o.ref AS organisation,"
            f" n.due_at {_DUE} ORDER BY n.due_at, n.placement_id LIMIT %s OFFSET %s",
            [limit, offset],
        )
    return Page(rows, total, number, size)
