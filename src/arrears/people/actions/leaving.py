"""Leavers: from their last day on they can neither sign in nor show a badge."""

from __future__ import annotations

from datetime import date
from typing import Final

from arrears.journal.actions import of_house, record
from arrears.journal.evidence.actions import mark
from arrears.kernel.errors import BadInput, Conflict
from arrears.people.actions.checks import text
from arrears.people.actions.papers import of_badge
from arrears.people.actions.teams import leave_teams
from arrears.people.events import StaffLeft
from arrears.people.models import Staff, Team
from arrears.people.sign_in.accounts import let_in
from arrears.store.commands import Result, command
from arrears.store.reactions import react
from arrears.store.transactions import At

MANAGE: Final = "register.manage"


@command("staff.leave", permission=MANAGE)
def leave(at: At, *, badge_no: str, left_on: date, reason: str) -> Result:
    """Let somebody leave: ``left_on`` is the first day on which they are gone.

    Of today or before, it holds at once; of later, on that day (:func:`carry_out_leaving`). A
    later call may name another day while they are not gone yet. Returns ``{"gone": bool}``.

    Raises
    ------
    BadInput
        If it is before they joined.
    Conflict
        If they are gone already, or it would leave no administrator.
    """
    staff = of_badge(badge_no)
    if staff.badge_revoked_on is not None and staff.left_on is not None:
        raise Conflict("they are gone already", found=f"{staff.left_on}", key=badge_no)
    if left_on < staff.joined_on:
        raise BadInput("nobody leaves before they join", expected=f"{staff.joined_on} or after",
                       found=f"{left_on}", key="left_on")  # fmt: skip
    said = text("reason", reason)
    staff.left_on = left_on
    staff.save(update_fields=["left_on"])
    told = {"staff": str(staff.id), "left_on": f"{left_on}", "reason": said}
    record(at, of_house(f"staff {staff.id}"), "people.staff_leaving", told)
    if left_on <= at.today:
        _go(at, staff, left_on)
    return {"gone": left_on <= at.today}


def carry_out_leaving(at: At) -> int:
    """Let all be gone whose last day is over; returns how many. The daily run does it."""
    due = Staff.objects.select_for_update().filter(
        left_on__lte=at.today, badge_revoked_on__isnull=True
    )
    leavers = list(due.order_by("id"))
    for staff in leavers:
        assert staff.left_on is not None  # the filter
        _go(at, staff, staff.left_on)
    return len(leavers)


def _go(at: At, staff: Staff, left_on: date) -> None:
    staff.badge_revoked_on = left_on
    staff.save(update_fields=["badge_revoked_on"])
    if staff.user_id is not None:
        let_in(at, staff.user_id, False)
    leave_teams(staff.id, left_on)
    if staff.photo is not None:
        mark(at, of_house(f"staff {staff.id}"), "closed", left_on)
    Team.objects.filter(lead=staff).update(lead=None)
    record(at, of_house(f"staff {staff.id}"), "people.staff_left",
           {"staff": str(staff.id), "left_on": f"{left_on}", "user": staff.user_id})  # fmt: skip
    react(at, StaffLeft(staff.id, staff.organisation_id, left_on))
