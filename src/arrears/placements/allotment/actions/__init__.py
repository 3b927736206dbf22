"""The only writers of allotments."""

from arrears.placements.allotment.actions.allot import Done, allot_cases
from arrears.placements.allotment.actions.hand_over import hand_over, hand_over_all
from arrears.placements.allotment.actions.work import finish, put_back, take_up

__all__ = [
    "Done",
    "allot_cases",
    "finish",
    "hand_over",
    "hand_over_all",
    "put_back",
    "take_up",
]
