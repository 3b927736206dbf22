"""Absences as a lead enters them: of their own teams, by whoever moves work of all they see."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from arrears.kernel.errors import NotFound
from arrears.people.actions.teams import locked_absence, put_away, take_back
from arrears.people.models import Staff
from arrears.placements.allotment.actions.reach import require_reach
from arrears.placements.allotment.models import Allotment
from arrears.store.commands import Result, command
from arrears.store.transactions import At


@command("queue.absence", permission="queues.manage")
def enter_absence(
    at: At, *, staff_id: UUID, from_on: date, reason: str, until_on: date | None = None
) -> Result:
    """Put down that somebody is away for ``[from_on, until_on)``.

    If it has begun, their cases go to colleagues at once. Returns ``{"absence": id, "kept": n}``:
    how many cases they keep after it, because nobody fits or it begins later.

    Raises
    ------
    NotFound
        If there is no such member of staff.
    NotAllowed
        For a team lead, if they are not of the lead's teams.
    BadInput
        If the period holds no day.
    Conflict
        If they are away on one of these days already.
    """
    require_reach(at, staff_id)
    staff = Staff.objects.filter(id=staff_id).first()
    if staff is None:
        raise NotFound("there is no such member of staff", key=staff_id)
    done = put_away(at, staff, from_on, reason, until_on)
    kept = Allotment.objects.filter(staff_id=staff_id, until_at__isnull=True).count()
    return {**done, "kept": kept}


@command("queue.back", permission="queues.manage")
def back_again(at: At, *, absence_id: UUID, until_on: date) -> Result:
    """Let an absence end on a day, the first on which they are there again.

    Raises
    ------
    NotFound
        If there is no such absence.
    NotAllowed
        For a team lead, if it is not one of their teams.
    BadInput
        If it ends sooner already.
    """
    found = locked_absence(absence_id)
    require_reach(at, found.staff_id)
    return take_back(at, found, until_on)
