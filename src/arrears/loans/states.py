"""The transition tables of a tape and of a row that was set aside."""

from arrears.kernel.transitions import Transitions

TAPE = Transitions(
    name="tape",
    initial="received",
    table={
        ("received", "take_in"): "taken_in",
        ("received", "refuse"): "refused",
    },
)

SET_ASIDE = Transitions(
    name="row set aside",
    initial="open",
    table={
        ("open", "mend"): "mended",
        ("open", "supersede"): "superseded",  # a later tape brought the loan in good order
    },
)
