"""The only writers of allotments."""

from arrears.placements.allotment.actions.absences import back_again, enter_absence
from arrears.placements.allotment.actions.allot import Done, allot_cases, allot_now
from arrears.placements.allotment.actions.hand_over import (
    hand_over,
    hand_over_all,
    hand_over_some,
)
from arrears.placements.allotment.actions.work import finish, put_back, take_up

__all__ = [
    "Done",
    "allot_cases",
    "allot_now",
    "back_again",
    "enter_absence",
    "finish",
    "hand_over",
    "hand_over_all",
    "hand_over_some",
    "put_back",
    "take_up",
]
