"""The only writers of schemes, targets, complaints that count, and statements."""

from arrears.placements.commission.actions.charges import adjust, enter_score, uphold_complaint
from arrears.placements.commission.actions.schemes import adopt_scheme
from arrears.placements.commission.actions.statements import (
    dispute,
    draw_up,
    drop_draft,
    issue,
    settle,
    uphold,
)

__all__ = [
    "adjust",
    "adopt_scheme",
    "dispute",
    "draw_up",
    "drop_draft",
    "enter_score",
    "issue",
    "settle",
    "uphold",
    "uphold_complaint",
]
