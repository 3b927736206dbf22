"""The lists that the table of allotments knows."""

from typing import Final

BECAUSE: Final = ("allotted", "handed_over")
ENDED_BECAUSE: Final = (
    "moved",  # the day's allotment found a better keeper, as theirs was unfit or had too many
    "away",
    "left",
    "handed_over",
    "placed",  # another organisation is in charge
    "closed",
)
