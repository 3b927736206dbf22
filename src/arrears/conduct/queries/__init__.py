"""Reads of conduct: lists for screens, facts for sweeps, and how a person stands."""

from arrears.conduct.queries.foresight import foreseen
from arrears.conduct.queries.frame import FactsFrame, facts_frame
from arrears.conduct.queries.holds import HoldView, StopView, holds_of, stops
from arrears.conduct.queries.lists import (
    ContactView,
    IncidentView,
    VerdictView,
    contacts_of,
    incidents,
    rules_text,
    verdict,
    verdicts_of,
)

__all__ = [
    "ContactView",
    "FactsFrame",
    "HoldView",
    "IncidentView",
    "StopView",
    "VerdictView",
    "contacts_of",
    "facts_frame",
    "foreseen",
    "holds_of",
    "incidents",
    "rules_text",
    "stops",
    "verdict",
    "verdicts_of",
]
