"""When this happened, then that: the one ordered table of effects between stages.

Read it top to bottom: the left side is what a stage told, the right side what later stages do
about it, in this order, in the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from arrears.cases.actions.settle import follow_holds
from arrears.loans.events import HoldsChanged
from arrears.store.reactions import Reaction, register

TABLE: Mapping[type, Sequence[Reaction]] = {
    HoldsChanged: (follow_holds,),
}


def install() -> None:
    """Register the table; the site calls it once all apps are loaded."""
    register(TABLE)
