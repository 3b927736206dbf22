"""Facts that no stage records yet: what is taken for known until one does.

Each is what it is on the first day, when only the tape is in: nobody has consented or asked for
anything, nothing about a number is known but that the lender gave it. Whoever acts may say
better (it is kept with the verdict as theirs); a rule that needs more refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from arrears.rulebook.vocabulary import Value

CONSTANT: Final[Mapping[str, Value]] = {
    "hours_consent": False,
    "time_refused": False,
    "days_since_call_consent": None,
    "work_forbidden": False,
    "reply_owed": False,
    "electronic_permission": "unknown",
    "text_permission_days": None,
    "mandate_valid": False,
    # The lender answers for its own book; the legal stage will say where it is not so.
    "debt_lawful": True,
}

_POINT: Final[Mapping[str, Value]] = {"point_status": "unverified", "point_is_work": False}
ON_TAPE: Final[Mapping[str, Value]] = {**_POINT, "point_source": "contract"}
"""Of the number or address that the tape gives with the person itself, where it says no more
(``rules/points.py``)."""
ELSEWHERE: Final[Mapping[str, Value]] = {**_POINT, "point_source": "unknown"}
"""Of any other, or where none is said."""

LATER: Final[Mapping[str, tuple[str, ...]]] = {
    "contacts": (
        "collector_disclosure", "deceptive", "extra_charge", "grievance_shown",
        "initial_disclosure", "language_understood", "letter_approved",
        "letter_complete", "letter_sealed", "names_creditor", "opt_out_shown",
        "others_may_see", "overshadows", "poses_as_authority", "poses_as_lawyer",
        "reveals_debt", "says_automated", "threatening", "threatens_suit",
        "urges_new_debt", "wording_approved", "identity_established", "private_device",
        "private_device_consent", "hours_consent", "time_refused",
        "days_since_call_consent", "work_forbidden", "reply_owed",
        "electronic_permission", "text_permission_days",
    ),
    "calls": ("recording_ready", "recording_told"),
    "visits": (
        "agent_notice_days", "appointment", "confirmed_by_person", "crew_checked_in", "crew_size",
        "entry_consent", "film_consent", "identification_shown", "in_slot", "leave_requested",
        "missed_appointments", "no_place_choice", "notice_hours", "papers_shown", "place",
        "place_chosen", "place_consent", "place_refused", "present", "private_space",
        "proper_dress", "reason_told", "recording_kind", "seems_unable", "slot_consent",
        "slot_from_minute", "slot_holiday", "slot_until_minute", "visit_approved",
    ),
    "third persons": (
        "employer_unasked", "liability_proven", "locate_purpose", "lost", "lost_proven",
        "third_agreed_before", "third_refused",
    ),
    "payments": ("amount_matches", "debit_within_due", "mandate_valid"),
    "legal": (
        "amount_fixed", "debtor_reachable", "enforcement_days_left", "legal_step", "limitation",
        "preservation_requested", "settlement_open", "step_approved", "step_current",
        "venue_lawful", "debt_lawful",
    ),
    "bureau": (
        "bureau_notice_days", "bureau_notice_given", "dispute_marked", "years_since_bad_event",
    ),
    "sale of debts": ("share_consented", "transfer_notified"),
}  # fmt: skip
"""Facts that whoever acts tells until a stage owns them, and which stage will; a test holds it
whole."""

TAPE_COLUMNS: Final[Mapping[str, str]] = {
    "phone": "phone",
    "sms": "phone",
    "chat": "phone",
    "email": "email",
    "post": "address",
    "in_person": "address",
}
"""Where the tape has a person's number or address for a channel."""
OWN_CHANNELS: Final = frozenset({"app", "mini_program", "push", "none"})
"""Channels of the lender's own, which need no number: the contract is their source."""


def digital(product: str) -> bool:
    """Whether a loan counts as digital: those that are made online."""
    return product == "online_consumer"


def unowned(product: str, on_tape: bool) -> dict[str, Value]:
    """These facts for a person's loan and a number."""
    point = ON_TAPE if on_tape else ELSEWHERE
    return {**CONSTANT, **point, "digital_loan": digital(product)}
