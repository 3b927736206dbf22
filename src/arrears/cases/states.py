"""The transition table of a case."""

from arrears.kernel.transitions import Transitions

CASE = Transitions(
    name="case",
    initial="open",
    table={
        ("open", "cure"): "cured",  # nothing overdue on a book day at or after the run's day
        ("open", "withdraw"): "withdrawn",  # every loan recalled, sold or closed by the lender
    },
)
