"""Reads of conduct: lists for screens, facts for sweeps, and how a person stands."""

from arrears.conduct.queries.foresight import foreseen
from arrears.conduct.queries.frame import FactsFrame, facts_frame
from arrears.conduct.queries.holds import HoldView, StopView, holds_of, stopped_all, stops
from arrears.conduct.queries.incidents import (
    IncidentDetail,
    IncidentView,
    StepView,
    incident,
    incidents,
)
from arrears.conduct.queries.lists import (
    ContactView,
    VerdictView,
    contacts_of,
    rules_text,
    verdict,
    verdicts_of,
)

__all__ = [
    "ContactView",
    "FactsFrame",
    "HoldView",
    "IncidentDetail",
    "IncidentView",
    "StepView",
    "StopView",
    "VerdictView",
    "contacts_of",
    "facts_frame",
    "foreseen",
    "holds_of",
    "incident",
    "incidents",
    "rules_text",
    "stopped_all",
    "stops",
    "verdict",
    "verdicts_of",
]
