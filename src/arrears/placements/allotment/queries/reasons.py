"""Why a case is with whom it is, and who got what on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from arrears.kernel.errors import NotFound
from arrears.placements.allotment.actions.reach import OWN_TEAMS_ONLY, led, mates, myself
from arrears.placements.allotment.facts import HELD, IN_CHARGE, keepers
from arrears.placements.allotment.rules import unfit
from arrears.store.actor import Actor
from arrears.store.pages import select, views
from arrears.store.transactions import At, transaction

MOST: Final = 200

_CASE: Final = f"""
SELECT c.id AS case_id, c.person_id, q.person_ref, q.name AS person_name, c.state, c.product,
  c.bucket, q.language, {HELD} AS held, {IN_CHARGE} AS organisation_id,
  coalesce(o.name, 'lender') AS organisation,
  a.staff_id AS keeper_id, s.display_name AS keeper, a.from_at, a.because, a.due_on, a.worked_on,
  CASE WHEN a.taken_on = %(today)s THEN a.taken_at END AS taken_at,
  CASE WHEN a.taken_on = %(today)s THEN a.taken_by_id END AS taken_by,
  t.display_name AS taken_by_name
FROM cases_case c JOIN people_person q ON q.id = c.person_id
LEFT JOIN placements_placement p ON p.person_id = c.person_id AND p.until_at IS NULL
-- The lender may not be on the register yet.
LEFT JOIN people_organisation o ON o.id = {IN_CHARGE}
LEFT JOIN placements_allotment a ON a.case_id = c.id AND a.until_at IS NULL
LEFT JOIN people_staff s ON s.id = a.staff_id
LEFT JOIN people_staff t ON t.id = a.taken_by_id AND a.taken_on = %(today)s
WHERE c.id = %(case)s
"""
_CANDIDATES: Final = """
SELECT s.id AS staff_id, s.display_name, s.capacity, s.languages, s.skills, t.name AS team,
  (SELECT count(*) FROM placements_allotment a
     WHERE a.staff_id = s.id AND a.until_at IS NULL) AS load,
  EXISTS (SELECT FROM people_conflict k
     WHERE k.person_id = %(person)s AND k.staff_id = s.id) AS conflicted
FROM people_staff s
LEFT JOIN people_team_member m ON m.staff_id = s.id AND m.from_on <= %(today)s
  AND (m.until_on IS NULL OR m.until_on > %(today)s)
LEFT JOIN people_team t ON t.id = m.team_id
WHERE s.organisation_id = %(organisation)s AND s.joined_on <= %(today)s
  AND (s.left_on IS NULL OR s.left_on > %(today)s)
ORDER BY s.display_name, s.id LIMIT 500
"""
_BEGUN: Final = """
SELECT a.staff_id, s.display_name, s.badge_no, a.because, count(*) AS cases,
  count(*) FILTER (WHERE a.until_at IS NOT NULL) AS gone
FROM placements_allotment a JOIN people_staff s ON s.id = a.staff_id
WHERE a.from_at >= %(from_at)s AND a.from_at < %(until_at)s
GROUP BY a.staff_id, s.display_name, s.badge_no, a.because
ORDER BY s.display_name, a.staff_id, a.because LIMIT 500
"""


@dataclass(frozen=True, slots=True)
class CandidateView:
    """Somebody of the organisation in charge, and what keeps them from the case.

    Parameters
    ----------
    unfit
        One of ``words.UNFIT``; None: they could have it.
    in_reach
        Whether the reader may hand the case over to them.
    """

    staff_id: UUID
    display_name: str
    team: str | None
    capacity: int
    load: int
    unfit: str | None
    keeps: bool
    in_reach: bool

    @property
    def level_bps(self) -> int | None:
        """Cases by capacity, in basis points; None for who takes none."""
        return self.load * 10_000 // self.capacity if self.capacity else None


@dataclass(frozen=True, slots=True)
class WhyView:
    """A case as allotment sees it, and everybody who could have it, those who fit first."""

    case_id: UUID
    person_ref: str
    person_name: str | None
    product: str
    bucket: str
    language: str | None
    organisation: str
    state: str
    held: bool
    keeper: str | None
    from_at: datetime | None
    because: str | None
    candidates: tuple[CandidateView, ...]


@dataclass(frozen=True, slots=True)
class Keeping:
    """Who keeps a case, and what the reader may do with it now.

    Parameters
    ----------
    mine
        Whether it is in the reader's hands.
    may_take
        Whether they may take it up: their own or a team mate's, in nobody's hands, not on hold.
    """

    keeper: str | None
    from_at: datetime | None
    taken_at: datetime | None
    taken_by: str | None
    mine: bool
    may_take: bool


@dataclass(frozen=True, slots=True)
class BegunView:
    """How many cases somebody got on a day, and how many of these are gone again."""

    staff_id: UUID
    display_name: str
    badge_no: str
    because: str
    cases: int
    gone: int


def why(actor: Actor, case_id: UUID) -> WhyView:
    """Why a case is with whom it is; needs ``queues.manage``.

    Raises
    ------
    NotFound
        If there is no such case, or none that the actor may see.
    """
    actor.require("queues.manage")
    with transaction(actor) as at:
        found = _case(at, case_id)
        given = {"today": at.today, "person": found["person_id"],
                 "organisation": found["organisation_id"]}  # fmt: skip
        rows = select(_CANDIDATES, given)
        there = {keeper.id: keeper for keeper in keepers(at.today, [])}
        reach = led(myself(actor), at.today) if actor.role in OWN_TEAMS_ONLY else None
    candidates = []
    for row in rows:
        keeper = there.get(str(row["staff_id"]))
        asked = {name: found[name] for name in ("product", "bucket", "language")}
        obstacle = (
            "not_ready" if keeper is None else unfit(keeper, conflicted=row["conflicted"], **asked)
        )
        candidates.append(
            CandidateView(
                **{n: row[n] for n in ("staff_id", "display_name", "team", "capacity", "load")},
                unfit=obstacle,
                keeps=row["staff_id"] == found["keeper_id"],
                in_reach=reach is None or row["staff_id"] in reach,
            )
        )
    candidates.sort(
        key=lambda c: (c.unfit is not None, c.level_bps or 0, c.display_name, c.staff_id)
    )
    told = {name: found[name] for name in WhyView.__slots__ if name != "candidates"}
    return WhyView(**told, candidates=tuple(candidates[:MOST]))


def keeping(actor: Actor, case_id: UUID) -> Keeping | None:
    """Who keeps a case, for its page; None where the actor has no work queue."""
    if not {"queues.read", "queues.manage"} & actor.permissions:
        return None
    with transaction(actor) as at:
        found = _case(at, case_id)
        me = registered(actor)
        share = me is not None and found["keeper_id"] in mates(me, at.today)
    free = found["state"] == "open" and not found["held"] and found["taken_by"] is None
    return Keeping(
        keeper=found["keeper"],
        from_at=found["from_at"],
        taken_at=found["taken_at"],
        taken_by=found["taken_by_name"],
        mine=me is not None and found["taken_by"] == me,
        may_take="queues.take" in actor.permissions and share and free,
    )


def begun_on(actor: Actor) -> tuple[BegunView, ...]:
    """Who got how many cases today, by allotment or handed over; needs ``queues.manage``."""
    actor.require("queues.manage")
    zone = ZoneInfo(settings.ARREARS.business_zone)
    with transaction(actor) as at:
        start = datetime.combine(at.today, time(), zone)
        end = datetime.combine(at.today + timedelta(days=1), time(), zone)
        return views(BegunView, _BEGUN, {"from_at": start, "until_at": end})


def registered(actor: Actor) -> UUID | None:
    """The member of staff that a user is, if they are on the register; in a transaction."""
    rows = select(_MYSELF, [int(actor.ref)]) if actor.kind == "staff" else []
    return rows[0]["id"] if rows else None


_MYSELF: Final = "SELECT id FROM people_staff WHERE user_id = %s"


def _case(at: At, case_id: UUID) -> dict[str, Any]:
    rows = select(_CASE, {"case": case_id, "today": at.today, "now": at.now})
    if not rows:
        raise NotFound("there is no such case", key=case_id)
    return rows[0]
