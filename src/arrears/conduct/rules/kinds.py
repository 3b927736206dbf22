"""The closed lists of conduct, and which fact of the rulebook each kind of hold makes true."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arrears.rulebook.notices import KINDS

HOLD_FACTS: Final[Mapping[str, str]] = {
    "dispute": "hold_dispute",
    "hardship": "hold_hardship",
    "complaint": "hold_complaint",
    "cease": "hold_cease",
    "bereavement": "hold_bereavement",
    "moratorium": "hold_moratorium",
    "doubt": "hold_doubt",
    "other": "hold_other",
    "no_contact_order": "no_contact_order",
    "attorney": "attorney_known",
    "self_harm": "self_harm_risk",
    "vulnerable": "vulnerable",
    "deceased": "deceased",
    "life_event": "life_event",
    "opt_out": "channel_opted_out",
    "suppressed": "point_suppressed",
}
"""Kind of hold → fact that it makes true while it lasts, within its scope."""

HOLD_KINDS: Final = tuple(HOLD_FACTS)
CHANNEL_KINDS: Final = ("opt_out",)
"""Kinds that must name a channel."""
NUMBER_KINDS: Final = ("suppressed",)
"""Kinds that must name a number or address."""

FLAG_KINDS: Final[Mapping[str, str]] = {
    **{kind: kind for kind in HOLD_KINDS if kind not in ("opt_out", "suppressed")},
    "no_contact": "cease",
    "stop_contact": "cease",
    "lawyer": "attorney",
    "insolvency": "moratorium",
    "breathing_space": "moratorium",
    "illness": "life_event",
    "vulnerability": "vulnerable",
    "death": "deceased",
}
"""Kind of a flag on the tape → kind of hold. Any other is a hold of kind ``other``."""

HOLD_SOURCES: Final = ("person", "representative", "staff", "tape", "court", "authority")

STOP_SCOPES: Final = ("all", "agency", "template", "channel", "officer", "product", "district")

CONTACT_SOURCES: Final = ("own", "reserved", "reported", "tape")
INITIATORS: Final = ("us", "person", "unknown")

INCIDENT_KINDS: Final = KINDS
REPORTED_KINDS: Final = ("manner", "disclosed", "leak", "unasked", "breach", "other")
"""What somebody may report by hand; the rest only the gate can know."""
GRAVE_KINDS: Final = ("breach", "manner", "disclosed", "leak")
"""One person asks to close them, another one closes."""
STEP_KINDS: Final = ("done", "told", "spared")
"""Something was done; somebody was told; somebody need not be told, for the reason given."""

CALL_ACTS: Final = ("call_human", "call_automated")
CONTACT_ACTS: Final = ("message", *CALL_ACTS, "letter", "visit_arrival")
"""Acts by which a person is contacted; each counts in ``contacts_…``."""

REPORT_ACTS: Final = (*CONTACT_ACTS, "debit", "locate")
"""Acts that an outside system may reserve or report."""
