"""Reads of allotments: a queue, a team at work, cases without a keeper, who kept a case when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from arrears.kernel.errors import NotFound
from arrears.placements.allotment.actions.reach import led, mates, myself
from arrears.placements.allotment.actions.workers import worker
from arrears.placements.allotment.facts import (
    AWAY,
    HELD,
    IN_CHARGE,
    conflicts,
    keepers,
    open_cases,
)
from arrears.placements.allotment.rules import allot
from arrears.placements.allotment.rules.queue import (
    Waiting,
    cadence,
    carried_days,
    due_on,
    in_order,
)
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import At, transaction

MOST_MEMBERS: Final = 500


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A case in a queue.

    Parameters
    ----------
    carried_days
        For how many days it has been left over.
    taken_at
        When the reader took it up; None: it is in nobody's hands.
    """

    case_id: UUID
    person_ref: str
    person_name: str | None
    bucket: str
    days_past_due: int | None
    currency: str
    overdue_minor: int | None
    treatment: str
    due_on: date
    carried_days: int
    keeper_id: UUID
    keeper_name: str
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class Queue:
    """What somebody works on today.

    Parameters
    ----------
    in_hand
        What they have taken up, the first taken first.
    lines
        What comes next, in order; one page of it.
    carried
        How many of the whole list were left over.
    """

    in_hand: tuple[QueueLine, ...]
    lines: Page[QueueLine]
    carried: int


@dataclass(frozen=True, slots=True)
class MemberView:
    """A keeper in figures of today.

    Parameters
    ----------
    load, capacity
        Open cases that they keep, and how many persons they can work on at one time.
    away_until_on
        If they are away: the first day on which they are back; absent and unknown: ``away`` alone.
    ready
        Whether they are at work and may act: badge and papers are in order.
    due, carried, in_hand
        Cases to work today, those of them left over, and those somebody has taken up.
    """

    staff_id: UUID
    display_name: str
    badge_no: str
    team: str | None
    capacity: int
    load: int
    away: bool
    away_until_on: date | None
    ready: bool
    due: int
    carried: int
    in_hand: int


@dataclass(frozen=True, slots=True)
class UnkeptView:
    """An open case, not on hold, that nobody at work keeps.

    ``why`` is nobody, placed (its keeper's organisation is not in charge any more), left or away;
    ``reason`` one of the rules' if nobody fits, None if the next allotment will place it.
    """

    case_id: UUID
    person_ref: str
    bucket: str
    product: str
    why: str
    since_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class AllotmentView:
    """Who kept a case for ``[from_at, until_at)``."""

    number: int
    staff_id: UUID
    display_name: str
    organisation: str
    from_at: datetime
    until_at: datetime | None
    because: str
    ended_because: str | None


_LINES: Final = f"""
SELECT c.id AS case_id, q.person_ref, q.name AS person_name, c.bucket, c.bucket_rank,
  c.days_past_due, c.currency, c.overdue_minor, c.treatment, c.treated_since, a.due_on,
  a.worked_on, a.taken_on, a.taken_at, a.taken_by_id, a.staff_id AS keeper_id,
  s.display_name AS keeper_name
FROM placements_allotment a JOIN cases_case c ON c.id = a.case_id
JOIN people_person q ON q.id = c.person_id JOIN people_staff s ON s.id = a.staff_id
LEFT JOIN placements_placement p ON p.person_id = c.person_id AND p.until_at IS NULL
WHERE a.until_at IS NULL AND c.state = 'open' AND a.organisation_id = {IN_CHARGE}
  AND NOT {HELD} AND (a.staff_id = ANY(%(keepers)s) OR a.taken_by_id = ANY(%(takers)s))
"""
# Cases that are alike to the rules of the queue: a house has hundreds of thousands, but of these
# there are few for each keeper.
_ALIKE: Final = f"""
SELECT a.staff_id AS keeper_id, c.treatment, c.treated_since, a.due_on, a.worked_on, a.taken_on,
  count(*) AS cases
FROM placements_allotment a JOIN cases_case c ON c.id = a.case_id
LEFT JOIN placements_placement p ON p.person_id = c.person_id AND p.until_at IS NULL
WHERE a.until_at IS NULL AND c.state = 'open' AND a.organisation_id = {IN_CHARGE}
  AND NOT {HELD} AND a.staff_id = ANY(%(keepers)s)
GROUP BY a.staff_id, c.treatment, c.treated_since, a.due_on, a.worked_on, a.taken_on
"""
_MEMBERS: Final = f"""
SELECT s.id AS staff_id, s.display_name, s.badge_no, t.name AS team, s.capacity,
  {AWAY} AS away,
  (SELECT w.until_on FROM people_absence w WHERE w.staff_id = s.id AND w.from_on <= %(today)s
     AND (w.until_on IS NULL OR w.until_on > %(today)s)) AS away_until_on,
  (SELECT count(*) FROM placements_allotment a
     WHERE a.staff_id = s.id AND a.until_at IS NULL) AS load
FROM people_staff s
LEFT JOIN people_team_member m ON m.staff_id = s.id AND m.from_on <= %(today)s
  AND (m.until_on IS NULL OR m.until_on > %(today)s)
LEFT JOIN people_team t ON t.id = m.team_id
WHERE s.joined_on <= %(today)s AND (s.left_on IS NULL OR s.left_on > %(today)s
    OR EXISTS (SELECT FROM placements_allotment a WHERE a.staff_id = s.id AND a.until_at IS NULL))
  AND {{which}}
ORDER BY t.name NULLS LAST, s.display_name, s.id LIMIT {MOST_MEMBERS}
"""
_UNKEPT: Final = f"""
FROM cases_case c
LEFT JOIN placements_placement p ON p.person_id = c.person_id AND p.until_at IS NULL
LEFT JOIN placements_allotment a ON a.case_id = c.id AND a.until_at IS NULL
LEFT JOIN people_staff s ON s.id = a.staff_id
WHERE c.state = 'open' AND NOT {HELD} AND (
  a.case_id IS NULL OR a.organisation_id <> {IN_CHARGE}
  OR s.left_on <= %(today)s OR {AWAY})
"""
_UNKEPT_ROWS: Final = f"""
WITH found AS MATERIALIZED (
  SELECT c.id AS case_id, c.person_id, c.bucket, c.product, CASE
    WHEN a.case_id IS NULL THEN 'nobody'
    WHEN a.organisation_id <> {IN_CHARGE} THEN 'placed'
    WHEN s.left_on <= %(today)s THEN 'left' ELSE 'away' END AS why
  {_UNKEPT} ORDER BY c.id LIMIT %(limit)s OFFSET %(offset)s
)
SELECT f.case_id, q.person_ref, f.bucket, f.product, f.why,
  (SELECT max(l.until_at) FROM placements_allotment l WHERE l.case_id = f.case_id) AS since_at
FROM found f JOIN people_person q ON q.id = f.person_id ORDER BY f.case_id
"""
_HISTORY: Final = """
SELECT a.number, a.staff_id, s.display_name, o.ref AS organisation, a.from_at, a.until_at,
  a.because, a.ended_because
FROM placements_allotment a JOIN people_staff s ON s.id = a.staff_id
JOIN people_organisation o ON o.id = a.organisation_id
WHERE a.case_id = %s ORDER BY a.number DESC LIMIT 200
"""


def queue(
    actor: Actor,
    *,
    team: bool = False,
    page: int = 1,
    size: int = 50,
    badge_no: str | None = None,
) -> Queue:
    """What the actor works on today, what was left over first; needs ``queues.read``.

    Parameters
    ----------
    team
        With the cases of team mates, which one may take up too.
    badge_no
        For whom a program asks; people ask for themselves.

    Raises
    ------
    NotAllowed
        For who is not on the register of staff.
    NotFound
        If nobody of this badge is at work.
    """
    actor.require("queues.read")
    limit, offset = bounded(page, size)
    with transaction(actor) as at:
        me = worker(actor, badge_no, at.today)
        whose = mates(me, at.today) if team else {me}
        rows = _rows(at, whose, {me})
    today = at.today
    mine = [r for r in rows if r["taken_by_id"] == me and r["taken_on"] == today]
    waiting = {row["case_id"]: row for row in rows if row["keeper_id"] in whose}
    order = in_order((_waiting(row) for row in waiting.values()), today, cadence())
    shown = tuple(_line(waiting[each.case_id], today) for each in order[offset : offset + limit])
    in_hand = sorted(mine, key=lambda row: (row["taken_at"], row["case_id"]))
    return Queue(
        in_hand=tuple(_line(row, today) for row in in_hand),
        lines=Page(shown, len(order), page, size),
        carried=sum(carried_days(each, today) > 0 for each in order),
    )


def members(actor: Actor) -> tuple[MemberView, ...]:
    """Who keeps cases, and how it stands with them; 500 at most, needs ``queues.manage``.

    A team lead sees the teams that they lead, others all that their scope shows. Whoever is gone
    and still keeps cases is among them.
    """
    actor.require("queues.manage")
    with transaction(actor) as at:
        given: dict[str, Any] = {"today": at.today}
        which = "true"
        if actor.role == "team_lead":
            which, given["led"] = "s.id = ANY(%(led)s)", sorted(led(myself(actor), at.today))
        rows = select(_MEMBERS.format(which=which), given)
        ready = {keeper.id for keeper in keepers(at.today)}
        alike = select(_ALIKE, {"now": at.now, "keepers": sorted(row["staff_id"] for row in rows)})
    figures = _figures(alike, at.today)
    nothing = {"due": 0, "carried": 0, "in_hand": 0}
    return tuple(
        MemberView(
            **{**row, **figures.get(row["staff_id"], nothing)}, ready=str(row["staff_id"]) in ready
        )
        for row in rows
    )


def unkept(actor: Actor, page: int = 1, size: int = 50) -> Page[UnkeptView]:
    """A page of the open cases that fell between two chairs; needs ``queues.manage``."""
    actor.require("queues.manage")
    limit, offset = bounded(page, size)
    with transaction(actor) as at:
        total = count_unkept(at)
        given = {"now": at.now, "today": at.today, "limit": limit, "offset": offset}
        rows = select(_UNKEPT_ROWS, given)
        reasons = _reasons(at, [row["case_id"] for row in rows])
    return Page(
        tuple(UnkeptView(**row, reason=reasons.get(row["case_id"])) for row in rows),
        total,
        page,
        size,
    )


def count_unkept(at: At) -> int:
    """How many open cases, not on hold, nobody at work keeps; inside a transaction."""
    given = {"now": at.now, "today": at.today}
    found: int = select(f"SELECT count(*) AS cases {_UNKEPT}", given)[0]["cases"]
    return found


def history(actor: Actor, case_id: UUID) -> tuple[AllotmentView, ...]:
    """Who kept a case when, the latest first, 200 at most; needs ``cases.read``.

    Raises
    ------
    NotFound
        If there is no such case, or none that the actor may see.
    """
    actor.require("cases.read")
    with transaction(actor):
        if not select("SELECT 1 FROM cases_case WHERE id = %s", [case_id]):
            raise NotFound("there is no such case", key=case_id)
        return views(AllotmentView, _HISTORY, [case_id])


def _rows(at: At, keeping: Iterable[UUID], taking: Iterable[UUID]) -> list[dict[str, Any]]:
    given = {"now": at.now, "keepers": sorted(keeping), "takers": sorted(taking)}
    return select(_LINES, given)


def _reasons(at: At, cases: list[UUID]) -> dict[UUID, str]:
    """Why nobody fits, of these cases."""
    if not cases:
        return {}
    decided = allot(open_cases(at.now, cases), keepers(at.today, cases), conflicts())
    rows = decided.rows.filter(decided.rows["reason"].is_valid()).to_pylist()
    return {UUID(row["case_id"]): row["reason"] for row in rows}


def _figures(rows: list[dict[str, Any]], today: date) -> dict[UUID, dict[str, int]]:
    found: dict[UUID, dict[str, int]] = {}
    for row in rows:
        theirs = found.setdefault(row["keeper_id"], {"due": 0, "carried": 0, "in_hand": 0})
        each = _waiting(row | {"case_id": row["keeper_id"], "bucket_rank": 0, "overdue_minor": 0})
        if row["taken_on"] == today:
            theirs["in_hand"] += row["cases"]
        elif in_order([each], today, cadence()):
            theirs["due"] += row["cases"]
            theirs["carried"] += row["cases"] if carried_days(each, today) > 0 else 0
    return found


def _waiting(row: dict[str, Any]) -> Waiting:
    return Waiting(**{name: row[name] for name in Waiting.__slots__})


def _line(row: dict[str, Any], today: date) -> QueueLine:
    waiting = _waiting(row)
    taken_at = row["taken_at"] if row["taken_on"] == today else None
    told: dict[str, Any] = {name: row.get(name) for name in QueueLine.__slots__}
    told |= {"due_on": due_on(waiting), "carried_days": carried_days(waiting, today)}
    return QueueLine(**{**told, "taken_at": taken_at})
