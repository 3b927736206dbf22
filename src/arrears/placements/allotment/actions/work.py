"""Take up a case, put it back, finish it for today."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from arrears.cases.models import Case
from arrears.journal.actions import of_case, record
from arrears.kernel.errors import BadInput, Conflict, NotAllowed
from arrears.people.actions.checks import text
from arrears.placements.allotment.actions.reach import locked, mates, workable
from arrears.placements.allotment.actions.workers import worker
from arrears.placements.allotment.models import Allotment
from arrears.placements.allotment.rules.queue import MOST_DAYS, again_on, cadence
from arrears.store.commands import Result, command
from arrears.store.transactions import At

_REASON: Final = 500
_TAKEN: Final = ["taken_by", "taken_on", "taken_at"]


@command("queue.take_up", permission="queues.take")
def take_up(at: At, *, case_id: UUID, badge_no: str | None = None) -> Result:
    """Take up a case for today: one's own, or one that a team mate keeps.

    It is in one's hands until it is finished or put back, or the day is over. Of two who take
    it up at once, one wins.

    Parameters
    ----------
    badge_no
        For whom a program acts, here and in what follows; people act for themselves.

    Raises
    ------
    NotFound
        If there is no such case, or nobody keeps it.
    NotAllowed
        If it is another team's.
    Conflict
        If somebody else has taken it up today, it is on hold, or a conflict of interest is known.
    """
    me = worker(at.actor, badge_no, at.today)
    allotment = locked(at, case_id)
    if allotment.staff_id not in mates(me, at.today):
        raise NotAllowed(
            "this case is in another team's queue",
            expected="a case of your own or of a team mate",
            remedy="ask the team's lead to hand it over",
            key=case_id,
        )
    workable(at, case_id, me)
    if allotment.taken_on == at.today and allotment.taken_by_id != me:
        raise Conflict(
            "somebody else has taken this case up already",
            expected="a case that is in nobody's hands today",
            found=f"taken up at {allotment.taken_at:%H:%M} UTC",
            remedy="take the next one",
            key=case_id,
        )
    if allotment.taken_on != at.today:
        allotment.taken_by_id, allotment.taken_on, allotment.taken_at = me, at.today, at.now
        allotment.save(update_fields=_TAKEN)
        record(at, of_case(case_id), "placements.taken_up", {"staff": str(me)})
    return {"case": str(case_id), "staff": str(me)}


@command("queue.put_back", permission="queues.take")
def put_back(
    at: At,
    *,
    case_id: UUID,
    reason: str,
    until_on: date | None = None,
    badge_no: str | None = None,
) -> Result:
    """Put a case back that one has taken up: at once, or to be seen again on a later day.

    Put back at once it keeps its place: what it was left over for still counts.

    Raises
    ------
    BadInput
        Without a reason, or for a day that is past or more than a year away.
    Conflict
        If one has not taken it up today.
    """
    because = text("reason", reason, _REASON)
    me = worker(at.actor, badge_no, at.today)
    allotment = _in_hand(at, case_id, me)
    if until_on is not None:
        if not 0 <= (until_on - at.today).days <= MOST_DAYS:
            raise BadInput(
                "a case cannot be put off to this day",
                expected=f"today or a day within {MOST_DAYS} days",
                found=str(until_on),
                key="until_on",
            )
        allotment.due_on, allotment.worked_on = until_on, None
    _let_go(allotment)
    told = {"due_on": allotment.due_on.isoformat(), "staff": str(me)}
    record(at, of_case(case_id), "placements.put_back", told, personal={"reason": because})
    return {"case": str(case_id), "due_on": allotment.due_on}


@command("queue.finish", permission="queues.take")
def finish(at: At, *, case_id: UUID, badge_no: str | None = None) -> Result:
    """Be done with a case that one has taken up; it comes again as its treatment says.

    Raises
    ------
    Conflict
        If one has not taken it up today.
    """
    me = worker(at.actor, badge_no, at.today)
    allotment = _in_hand(at, case_id, me)
    treatment = Case.objects.values_list("treatment", flat=True).get(id=case_id)
    allotment.due_on = again_on(treatment, at.today, cadence())
    allotment.worked_on = at.today
    _let_go(allotment)
    told = {"due_on": allotment.due_on.isoformat(), "staff": str(me)}
    record(at, of_case(case_id), "placements.finished", told)
    return {"case": str(case_id), "due_on": allotment.due_on}


def _in_hand(at: At, case_id: UUID, me: UUID) -> Allotment:
    allotment = locked(at, case_id)
    if allotment.taken_by_id != me or allotment.taken_on != at.today:
        raise Conflict(
            "this case is not in your hands",
            expected="a case that you have taken up today",
            remedy="take it up first",
            key=case_id,
        )
    return allotment


def _let_go(allotment: Allotment) -> None:
    allotment.taken_by = allotment.taken_on = allotment.taken_at = None
    allotment.save(update_fields=[*_TAKEN, "due_on", "worked_on"])
