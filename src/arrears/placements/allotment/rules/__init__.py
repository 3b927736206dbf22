"""Pure decisions: who keeps which case, and in which order a queue is worked."""

from arrears.placements.allotment.rules.allot import CASES, Allotted, allot
from arrears.placements.allotment.rules.fitness import REASONS, Keeper, unfit
from arrears.placements.allotment.rules.queue import Waiting, carried_days, due_on, in_order

__all__ = [
    "CASES",
    "REASONS",
    "Allotted",
    "Keeper",
    "Waiting",
    "allot",
    "carried_days",
    "due_on",
    "in_order",
    "unfit",
]
