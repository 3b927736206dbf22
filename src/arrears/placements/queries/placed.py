"""Whose a person is and was, what an agency leads, and who is still to be told of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from arrears.people.organisations import agency_of
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction

# A contact that was reserved and not told of yet: open until its time is over, then unreported.
_HISTORY: Final = """
SELECT w.id, w.person_id, o.ref AS organisation, o.name AS organisation_name, w.from_at,
  w.until_at, w.term_until_on, w.placed_by, w.reason, w.ended_by, w.end_kind, w.end_reason,
  n.due_at AS tell_since_at, n.told_at, n.channel AS told_channel,
  c.reserved_until_at, coalesce(c.unreported, 0) AS unreported
FROM placements_placement w JOIN people_organisation o ON o.id = w.organisation_id
LEFT JOIN placements_notice n ON n.placement_id = w.id
LEFT JOIN LATERAL (
  SELECT max(r.expires_at) FILTER (WHERE r.expires_at > %(now)s) AS reserved_until_at,
    count(*) FILTER (WHERE r.expires_at <= %(now)s) AS unreported
  FROM conduct_contact k JOIN conduct_reservation r ON r.contact_id = k.id
  WHERE k.person_id = w.person_id AND k.organisation = o.ref AND r.state = 'open'
    AND r.reserved_at >= w.from_at AND (w.until_at IS NULL OR r.reserved_at < w.until_at)
) c ON true
WHERE w.person_id = %(person)s ORDER BY w.from_at DESC, w.id LIMIT 100
"""
# What is asked about a person and not over: few batches wait at any time.
_REQUESTS: Final = """
SELECT b.id, b.kind, o.ref AS organisation, o.name AS organisation_name, b.state, b.asked_by,
  b.asked_at, b.term_until_on, b.reason
FROM placements_batch b JOIN people_organisation o ON o.id = b.organisation_id
WHERE b.state IN ('asked', 'approved') AND b.expires_at > %(now)s
  AND (%(agency)s::uuid IS NULL OR b.second_because @> '["agency"]')
  AND EXISTS (SELECT 1 FROM placements_batch_line l
    WHERE l.batch_id = b.id AND l.person_id = %(person)s AND l.aside IS NULL)
ORDER BY b.asked_at, b.id LIMIT 20
"""
_PLACED: Final = """
FROM placements_placement w JOIN people_organisation o ON o.id = w.organisation_id
JOIN people_person p ON p.id = w.person_id
LEFT JOIN cases_case c ON c.person_id = w.person_id AND c.state = 'open'
LEFT JOIN placements_notice n ON n.placement_id = w.id
WHERE w.until_at IS NULL AND o.ref = %(organisation)s
  AND (NOT %(over)s OR w.term_until_on <= %(today)s)
"""
_LED: Final = """
SELECT o.ref AS organisation, o.name AS organisation_name, o.state, count(w.id) AS persons,
  count(w.id) FILTER (WHERE w.term_until_on <= %(today)s) AS over,
  count(n.placement_id) FILTER (WHERE n.told_at IS NULL) AS untold
FROM people_organisation o
LEFT JOIN placements_placement w ON w.organisation_id = o.id AND w.until_at IS NULL
LEFT JOIN placements_notice n ON n.placement_id = w.id
WHERE o.kind = 'agency' AND (%(agency)s::uuid IS NULL OR o.id = %(agency)s)
GROUP BY o.ref, o.name, o.state ORDER BY o.ref LIMIT 500
"""
_DUE: Final = """
FROM placements_notice n JOIN people_person p ON p.id = n.person_id
JOIN people_organisation o ON o.id = n.organisation_id
WHERE n.told_at IS NULL AND n.void_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class PlacementView:
    """A placement of one person; ``until_at`` None: it goes on.

    Parameters
    ----------
    tell_since_at, told_at, told_channel
        Since when they are to be told of the agency, and when and how they were.
    reserved_until_at
        Until when a contact that the agency reserved may begin; None: none is open.
    unreported
        Contacts that it reserved, whose time is over and of which it told nothing.
    """

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
    tell_since_at: datetime | None
    told_at: datetime | None
    told_channel: str | None
    reserved_until_at: datetime | None
    unreported: int


@dataclass(frozen=True, slots=True)
class RequestView:
    """A batch about a person that waits to be decided or carried out."""

    id: UUID
    kind: str
    organisation: str
    organisation_name: str
    state: str
    asked_by: str
    asked_at: datetime
    term_until_on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class PlacedView:
    """A person whom an agency leads, with their open case; without one nothing is known of it."""

    person_id: UUID
    person_ref: str
    case_id: UUID | None
    currency: str | None
    overdue_minor: int | None
    from_at: datetime
    term_until_on: date
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
    with transaction(actor) as at:
        return views(PlacementView, _HISTORY, {"person": person_id, "now": at.now})


def requests_about(actor: Actor, person_id: UUID) -> tuple[RequestView, ...]:
    """What is asked about a person and not over, the oldest first; needs ``placements.read``."""
    actor.require("placements.read")
    with transaction(actor) as at:
        given = {"person": person_id, "now": at.now, "agency": agency_of(actor.scope)}
        return views(RequestView, _REQUESTS, given)


def placed_with(
    actor: Actor, organisation: str, *, over: bool = False, number: int = 1, size: int = 50
) -> Page[PlacedView]:
    """Whom an agency leads now, those whose term is over first; needs ``placements.read``.

    Parameters
    ----------
    over
        Only those whose term is over.
    """
    actor.require("placements.read")
    limit, offset = bounded(number, size)
    with transaction(actor) as at:
        given = {"organisation": organisation, "over": over, "today": at.today}
        total = select(f"SELECT count(*) AS n {_PLACED}", given)[0]["n"]
        rows = views(
            PlacedView,
            "SELECT p.id AS person_id, p.person_ref, c.id AS case_id, c.currency, c.overdue_minor,"
            f" w.from_at, w.term_until_on, n.told_at {_PLACED}"
            " ORDER BY w.term_until_on, w.id LIMIT %(limit)s OFFSET %(offset)s",
            {**given, "limit": limit, "offset": offset},
        )
    return Page(rows, total, number, size)


def led(actor: Actor) -> tuple[LedView, ...]:
    """Every agency (for an agency, itself) with what it leads, by reference.

    Needs ``placements.read``.
    """
    actor.require("placements.read")
    with transaction(actor) as at:
        return views(LedView, _LED, {"today": at.today, "agency": agency_of(actor.scope)})


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
