"""For whom somebody works: people for themselves, programs for staff of their own house."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from arrears.kernel.errors import BadInput, NotAllowed, NotFound
from arrears.people.organisations import LENDER_ID, agency_of
from arrears.placements.allotment.actions.reach import myself
from arrears.store.actor import Actor
from arrears.store.pages import select

# Whoever may sign in no longer is not acted for either.
_AT_WORK: Final = """
SELECT s.id FROM people_staff s LEFT JOIN people_user u ON u.id = s.user_id
WHERE s.badge_no = %(badge)s AND s.joined_on <= %(today)s
  AND (s.left_on IS NULL OR s.left_on > %(today)s) AND (s.user_id IS NULL OR u.is_active)
  AND (%(house)s::uuid IS NULL OR s.organisation_id = %(house)s)
"""


def worker(actor: Actor, badge_no: str | None, today: date) -> UUID:
    """The member of staff who works: the one who acts, or for whom a program acts.

    Parameters
    ----------
    badge_no
        Of somebody of the program's own house who is at work; people act for themselves alone.

    Raises
    ------
    NotAllowed
        For a program without a badge number, and a user who names one or is not on the register.
    NotFound
        If nobody of this badge is at work, or nobody of the program's house.
    """
    if actor.kind == "staff" and badge_no is not None:
        raise NotAllowed(
            "people work in their own name",
            expected="no badge number of somebody else",
            found=badge_no[:80],
        )
    if badge_no is None:
        return myself(actor)
    if "\0" in badge_no:
        raise BadInput("no badge is numbered so", found=repr(badge_no[:80]), key="badge_no")
    house = None if actor.kind == "system" else agency_of(actor.scope) or LENDER_ID
    rows = select(_AT_WORK, {"badge": badge_no, "today": today, "house": house})
    if not rows:
        raise NotFound("nobody of this badge is at work", key=badge_no)
    found: UUID = rows[0]["id"]
    return found
