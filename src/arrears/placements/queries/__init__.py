"""Reads of placements."""

from arrears.placements.queries.batches import (
    AsideView,
    BatchView,
    batch,
    batches,
    set_aside_of,
)
from arrears.placements.queries.placed import (
    LedView,
    NoticeDueView,
    PlacementView,
    led,
    notices_due,
    placements_of,
)

__all__ = [
    "AsideView",
    "BatchView",
    "LedView",
    "NoticeDueView",
    "PlacementView",
    "batch",
    "batches",
    "led",
    "notices_due",
    "placements_of",
    "set_aside_of",
]
