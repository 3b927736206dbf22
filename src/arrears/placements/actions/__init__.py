"""The only writers of placements."""

from arrears.placements.actions.carrying_out import carry_out, undo
from arrears.placements.actions.deciding import approve, ask, refuse
from arrears.placements.actions.notices import mark_told
from arrears.placements.actions.previewing import preview
from arrears.placements.actions.recalling import ask_to_keep, recall, return_over
from arrears.placements.actions.returning import return_all_over

__all__ = [
    "approve",
    "ask",
    "ask_to_keep",
    "carry_out",
    "mark_told",
    "preview",
    "recall",
    "refuse",
    "return_all_over",
    "return_over",
    "undo",
]
