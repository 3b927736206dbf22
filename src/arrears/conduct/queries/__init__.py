"""Reads of conduct: lists for screens, facts for sweeps, and how a person stands."""

from arrears.conduct.queries.foresight import foreseen
from arrears.conduct.queries.frame import FactsFrame, facts_frame
from arrears.conduct.queries.lists import (
    ContactView,
    HoldView,
    IncidentView,
    StopView,
    VerdictView,
    contacts_of,
    holds,
    holds_of,
    incidents,
    rules_text,
    stops,
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
    "holds",
    "holds_of",
    "incidents",
    "rules_text",
    "stops",
    "verdict",
    "verdicts_of",
]
