"""The transition tables of a reservation and of an incident."""

from arrears.kernel.transitions import Transitions

RESERVATION = Transitions(
    name="reservation",
    initial="open",
    table={
        ("open", "close"): "closed",  # the contact was made; also after the reservation expired
        ("open", "drop"): "dropped",  # it was never made: the budget is free again
    },
)

INCIDENT = Transitions(
    name="incident",
    initial="open",
    table={
        ("open", "settle"): "settled",  # one that a single person may close
        ("open", "ask"): "closing",
        ("closing", "confirm"): "settled",
        ("closing", "return"): "open",
    },
)
