"""One member of a team: what they keep, when they are away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from arrears.kernel.errors import NotFound
from arrears.placements.allotment.actions.reach import OWN_TEAMS_ONLY, led, myself
from arrears.placements.allotment.facts import AWAY, keepers
from arrears.placements.allotment.queries.reasons import registered
from arrears.placements.allotment.queries.work import MemberView, members
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction

_KEPT: Final = """
FROM placements_allotment a JOIN cases_case c ON c.id = a.case_id
JOIN people_person q ON q.id = c.person_id
LEFT JOIN people_staff t ON t.id = a.taken_by_id AND a.taken_on = %(today)s
WHERE a.staff_id = %(staff)s AND a.until_at IS NULL AND c.state = 'open'
"""
_KEPT_ROWS: Final = f"""
SELECT c.id AS case_id, q.person_ref, q.name AS person_name, c.product, c.bucket, q.language,
  c.currency, c.overdue_minor, c.treatment, a.due_on, a.from_at, a.because,
  t.display_name AS taken_by
{_KEPT} ORDER BY a.due_on, c.bucket_rank DESC, c.id LIMIT %(limit)s OFFSET %(offset)s
"""
_ABSENCES: Final = """
SELECT w.id, w.from_on, w.until_on, w.reason FROM people_absence w
WHERE w.staff_id = %(staff)s AND (w.until_on IS NULL OR w.until_on > %(today)s)
ORDER BY w.from_on, w.id LIMIT 100
"""


@dataclass(frozen=True, slots=True)
class KeptView:
    """An open case that somebody keeps; ``taken_by``: who has it in hand today."""

    case_id: UUID
    person_ref: str
    person_name: str | None
    product: str
    bucket: str
    language: str | None
    currency: str
    overdue_minor: int | None
    treatment: str
    due_on: date
    from_at: datetime
    because: str
    taken_by: str | None


@dataclass(frozen=True, slots=True)
class AbsenceView:
    """When somebody is away, now or later, for ``[from_on, until_on)``."""

    id: UUID
    from_on: date
    until_on: date | None
    reason: str


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One member, their cases and absences, and the others of the board."""

    member: MemberView
    colleagues: tuple[MemberView, ...]
    absences: tuple[AbsenceView, ...]
    cases: Page[KeptView]


def member(actor: Actor, staff_id: UUID, page: int = 1, size: int = 50) -> MemberPage:
    """One member of the board with their cases; needs ``queues.manage``.

    Raises
    ------
    NotFound
        If there is nobody of that id on the actor's board.
    """
    board = members(actor)
    found = next((each for each in board if each.staff_id == staff_id), None)
    if found is None:
        raise NotFound("there is no such member of staff", key=staff_id)
    limit, offset = bounded(page, size)
    with transaction(actor) as at:
        given = {"today": at.today, "staff": staff_id, "limit": limit, "offset": offset}
        total = select(f"SELECT count(*) AS cases {_KEPT}", given)[0]["cases"]
        rows = views(KeptView, _KEPT_ROWS, given)
        absences = views(AbsenceView, _ABSENCES, given)
    colleagues = tuple(each for each in board if each.staff_id != staff_id)
    return MemberPage(found, colleagues, absences, Page(rows, total, page, size))


def registered_as(actor: Actor) -> UUID | None:
    """Which member of staff a user is; None: they are not on the register."""
    with transaction(actor):
        return registered(actor)


def leads(actor: Actor) -> bool:
    """Whether the actor has a board: a lead, if they lead a team; who sees all, always."""
    if "queues.manage" not in actor.permissions:
        return False
    if actor.role not in OWN_TEAMS_ONLY:
        return True
    with transaction(actor) as at:
        return registered(actor) is not None and bool(led(myself(actor), at.today))


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands themselves.

    Parameters
    ----------
    ready
        Whether they are at work and may act: badge and papers are in order.
    """

    display_name: str
    team: str | None
    capacity: int
    load: int
    away: bool
    ready: bool


def standing(actor: Actor) -> Standing | None:
    """How the reader stands today; None: they are not on the register."""
    actor.require("queues.read")
    with transaction(actor) as at:
        me = registered(actor)
        if me is None:
            return None
        (row,) = select(_STANDING, {"today": at.today, "me": me})
        ready = any(keeper.id == str(me) for keeper in keepers(at.today, []))
    return Standing(**row, ready=ready)


_STANDING: Final = f"""
SELECT s.display_name, t.name AS team, s.capacity, {AWAY} AS away,
  (SELECT count(*) FROM placements_allotment a
     WHERE a.staff_id = s.id AND a.until_at IS NULL) AS load
FROM people_staff s
LEFT JOIN people_team_member m ON m.staff_id = s.id AND m.from_on <= %(today)s
  AND (m.until_on IS NULL OR m.until_on > %(today)s)
LEFT JOIN people_team t ON t.id = m.team_id
WHERE s.id = %(me)s
"""
