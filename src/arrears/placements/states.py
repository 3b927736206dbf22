"""The transition table of a batch of placements."""

from arrears.kernel.transitions import Transitions

BATCH = Transitions(
    name="placement batch",
    initial="previewed",
    table={
        ("previewed", "ask"): "asked",
        ("previewed", "expire"): "expired",
        ("asked", "approve"): "approved",
        ("asked", "refuse"): "refused",
        ("asked", "expire"): "expired",
        ("approved", "carry_out"): "carried_out",
        ("approved", "refuse"): "refused",  # the approver thinks again
        ("approved", "expire"): "expired",
        # Only while nobody has acted on it; the action looks.
        ("carried_out", "undo"): "undone",
    },
)
