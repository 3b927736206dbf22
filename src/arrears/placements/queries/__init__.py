"""Reads of placements."""

from arrears.placements.queries.batches import (
    AsideView,
    BatchView,
    batch,
    batches,
    reasons_of,
    set_aside_of,
)
from arrears.placements.queries.placed import (
    LedView,
    NoticeDueView,
    PlacedView,
    PlacementView,
    RequestView,
    led,
    notices_due,
    placed_with,
    placements_of,
    requests_about,
)
from arrears.placements.queries.prospects import Drift, Prospect, drift, prospect

__all__ = [
    "AsideView",
    "BatchView",
    "Drift",
    "LedView",
    "NoticeDueView",
    "PlacedView",
    "PlacementView",
    "Prospect",
    "RequestView",
    "batch",
    "batches",
    "drift",
    "led",
    "notices_due",
    "placed_with",
    "placements_of",
    "prospect",
    "reasons_of",
    "requests_about",
    "set_aside_of",
]
