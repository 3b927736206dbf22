"""The transition table of an export."""

from arrears.kernel.transitions import Transitions

EXPORT = Transitions(
    name="export",
    initial="asked",
    table={
        ("asked", "approve"): "approved",
        ("asked", "refuse"): "refused",
        # Small enough that no second person is asked.
        ("asked", "let"): "approved",
        ("approved", "fetch"): "fetched",
    },
)
