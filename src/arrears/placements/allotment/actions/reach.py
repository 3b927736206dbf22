"""Whose work somebody may take up or hand over."""

from __future__ import annotations

from datetime import date
from typing import Any, Final
from uuid import UUID

from arrears.kernel.errors import Conflict, NotAllowed, NotFound
from arrears.placements.allotment.facts import HELD, IN_CHARGE
from arrears.placements.allotment.models import Allotment
from arrears.store.actor import Actor
from arrears.store.pages import select
from arrears.store.transactions import At

OWN_TEAMS_ONLY: Final = frozenset({"team_lead"})
_MYSELF: Final = "SELECT id FROM people_staff WHERE user_id = %s"
_TEAM: Final = """
SELECT m.staff_id FROM people_team_member m JOIN people_team t ON t.id = m.team_id
WHERE m.from_on <= %(today)s AND (m.until_on IS NULL OR m.until_on > %(today)s)
  AND t.closed_on IS NULL AND {which}
"""
_MATES: Final = _TEAM.format(
    which="""m.team_id IN (
  SELECT o.team_id FROM people_team_member o WHERE o.staff_id = %(staff)s
    AND o.from_on <= %(today)s AND (o.until_on IS NULL OR o.until_on > %(today)s))"""
)
_LED: Final = _TEAM.format(which="t.lead_id = %(staff)s")
_FACTS: Final = f"""
SELECT c.state, {HELD} AS held, {IN_CHARGE} AS organisation, c.person_id,
  EXISTS (SELECT FROM people_conflict k
     WHERE k.person_id = c.person_id AND k.staff_id = %(staff)s) AS conflicted
FROM cases_case c
LEFT JOIN placements_placement p ON p.person_id = c.person_id AND p.until_at IS NULL
WHERE c.id = %(case)s
"""


def myself(actor: Actor) -> UUID:
    """The member of staff who acts.

    Raises
    ------
    NotAllowed
        For a machine, the system, and users who are not on the register of staff.
    """
    rows = select(_MYSELF, [int(actor.ref)]) if actor.kind == "staff" else []
    if not rows:
        raise NotAllowed(
            "only people on the register of staff have a queue",
            expected="a user who is on the register",
            found=actor.name,
            remedy="have them entered: `arrears staff add`",
        )
    found: UUID = rows[0]["id"]
    return found


def mates(staff: UUID, today: date) -> set[UUID]:
    """Who shares a team with somebody on a day, themselves too."""
    return {staff, *_ids(_MATES, staff, today)}


def led(staff: UUID, today: date) -> set[UUID]:
    """Who is in the teams that somebody leads."""
    return set(_ids(_LED, staff, today))


def require_reach(at: At, *staff: UUID) -> None:
    """A team lead moves the work of their own teams; others who may, that of all they see.

    Raises
    ------
    NotAllowed
        For a lead and somebody who is not in their teams.
    """
    if at.actor.role in OWN_TEAMS_ONLY and not set(staff) <= led(myself(at.actor), at.today):
        raise NotAllowed(
            "a team lead hands over the work of their own team",
            expected="members of a team that you lead",
            found="somebody else",
            remedy="ask the other team's lead, or who is above both",
        )


def locked(at: At, case_id: UUID) -> Allotment:
    """The allotment in force of a case, locked.

    Raises
    ------
    NotFound
        If there is no such case, or nobody keeps it.
    """
    found = (
        Allotment.objects.select_for_update(of=("self",))
        .filter(case_id=case_id, until_at__isnull=True)
        .first()
    )
    if found is None:
        raise NotFound(
            "nobody keeps such a case",
            expected="an open case that is allotted",
            remedy="cases without a keeper are listed; they are allotted daily",
            key=case_id,
        )
    return found


def workable(at: At, case_id: UUID, staff: UUID) -> dict[str, Any]:
    """The facts of a case that somebody wants to work on.

    Raises
    ------
    NotFound
        If there is no such case.
    Conflict
        If it is closed or on hold, or they have a conflict of interest with the person.
    """
    rows = select(_FACTS, {"case": case_id, "staff": staff, "now": at.now})
    if not rows:
        raise NotFound("there is no such case", key=case_id)
    facts = rows[0]
    if facts["state"] != "open":
        raise Conflict("the case is closed", expected="an open case", found=facts["state"])
    if facts["held"]:
        raise Conflict(
            "the case is on hold",
            expected="a case that is not on hold",
            remedy="it comes back into the queue once the hold has ended",
        )
    if facts["conflicted"]:
        raise Conflict(
            "a conflict of interest with this person is on the register",
            expected="somebody without one",
            remedy="leave the case to a colleague",
        )
    return facts


def _ids(sql: str, staff: UUID, today: date) -> list[UUID]:
    return [row["staff_id"] for row in select(sql, {"staff": staff, "today": today})]
