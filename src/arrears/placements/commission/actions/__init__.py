"""The only writers of schemes, targets, complaints that count, and statements."""

from arrears.placements.commission.actions.charges import adjust, enter_score, uphold_complaint
from arrears.placements.commission.actions.schemes import (
    approve_scheme,
    propose_scheme,
    refuse_scheme,
)
from arrears.placements.commission.actions.statements import (
    dispute,
    draw_up,
    drop_draft,
    issue,
    settle,
    uphold,
)
from arrears.placements.commission.actions.targets import set_target

__all__ = [
    "adjust",
    "approve_scheme",
    "dispute",
    "draw_up",
    "drop_draft",
    "enter_score",
    "issue",
    "propose_scheme",
    "refuse_scheme",
    "set_target",
    "settle",
    "uphold",
    "uphold_complaint",
]
