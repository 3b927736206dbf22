"""The transition table of an agency."""

from arrears.kernel.transitions import Transitions

AGENCY = Transitions(
    name="agency",
    initial="proposed",
    table={
        ("proposed", "approve"): "approved",
        ("approved", "suspend"): "suspended",
        ("suspended", "resume"): "approved",
        # Both need an exit review and proof of deletion; the action looks.
        ("approved", "end"): "ended",
        ("suspended", "end"): "ended",
        # Nothing was ever handed to it.
        ("proposed", "drop"): "ended",
    },
)
