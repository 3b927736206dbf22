"""Who is at work under a badge."""

from __future__ import annotations

from uuid import UUID

from arrears.placements.allotment.actions.workers import worker
from arrears.store.actor import Actor
from arrears.store.transactions import transaction


def at_work(actor: Actor, badge_no: str) -> UUID:
    """The id of who is at work under a badge, of the actor's house; needs ``queues.manage``.

    Raises
    ------
    NotFound
        If nobody is.
    """
    actor.require("queues.manage")
    with transaction(actor) as at:
        return worker(actor, badge_no, at.today)
