"""When this happened, then that: the one ordered table of effects between stages.

Read it top to bottom: the left side is what a stage told, the right side what later stages do
about it, in this order, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from arrears.cases.actions.settle import follow_holds
from arrears.conduct.actions.follow import follow_book
from arrears.conduct.events import HoldClosed, HoldOpened, StopOpened
from arrears.contacts.actions import let_go
from arrears.loans.events import HoldsChanged
from arrears.people.events import AgencyMoved, StaffAway, StaffLeft
from arrears.placements.actions.follow import require_nobody_placed
from arrears.placements.allotment.actions.follow import (
    follow_absence,
    follow_leaving,
    follow_placement,
)
from arrears.placements.events import PersonsPlaced, PersonsTakenBack
from arrears.store.reactions import Reaction, register

TABLE: Mapping[type, Sequence[Reaction]] = {
    # Placements end with their agency, allotments with their hand.
    AgencyMoved: (require_nobody_placed,),
    StaffLeft: (follow_leaving,),
    StaffAway: (follow_absence,),
    HoldsChanged: (follow_holds, follow_book),
    PersonsPlaced: (follow_placement,),
    PersonsTakenBack: (follow_placement,),
    # Queues of later stages let go here of what they had prepared.
    HoldOpened: (let_go,),
    HoldClosed: (),
    StopOpened: (),
}


def install() -> None:
    """Register the table; the site calls it once all apps are loaded."""
    register(TABLE)
