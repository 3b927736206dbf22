"""Whose a badge is."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from arrears.kernel.errors import NotFound
from arrears.people.organisations import LENDER_ID, agency_of
from arrears.store.actor import Actor
from arrears.store.pages import select
from arrears.store.transactions import transaction

_OF_BADGE: Final = "SELECT id FROM people_staff WHERE badge_no = %s AND organisation_id = %s"


def of_badge(actor: Actor, badge_no: str) -> UUID:
    """The id of who has a badge in the actor's house, at work or not; needs ``queues.manage``.

    Raises
    ------
    NotFound
        If nobody has it there.
    """
    actor.require("queues.manage")
    with transaction(actor):
        rows = select(_OF_BADGE, [badge_no, agency_of(actor.scope) or LENDER_ID])
    if not rows:
        raise NotFound("nobody of the house has this badge", key=badge_no)
    found: UUID = rows[0]["id"]
    return found
