"""The transition tables of an agency's statement, and of a scheme that is proposed."""

from arrears.kernel.transitions import Transitions

STATEMENT = Transitions(
    name="statement",
    initial="draft",
    table={
        ("draft", "issue"): "issued",
        ("draft", "drop"): "dropped",
        ("issued", "dispute"): "disputed",
        # Heard and found right as it is; what is wrong is put right by a statement of its own.
        ("disputed", "uphold"): "issued",
        ("issued", "settle"): "settled",
        ("disputed", "settle"): "settled",
    },
)

PROPOSAL = Transitions(
    name="scheme proposal",
    initial="asked",
    table={
        ("asked", "approve"): "adopted",
        ("asked", "refuse"): "refused",
    },
)
