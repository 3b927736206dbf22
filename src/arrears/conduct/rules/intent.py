"""What somebody is about to do, as they hand it to the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final
from uuid import UUID

from arrears.kernel.errors import BadInput
from arrears.rulebook.vocabulary import ACTS, FACTS, LISTS, Value

LENDER: Final = "lender"

OWNED: Final = frozenset(
    {
        "purpose", "reason", "channel", "local_minute", "local_minute_alt", "public_holiday",
        "age", "capacity", "deceased", "vulnerable", "self_harm_risk", "overdue", "days_past_due",
        "active_plan", "plan_prepared", "life_event",
        "hold_dispute", "hold_hardship", "hold_complaint", "hold_cease", "hold_bereavement",
        "hold_moratorium", "hold_doubt", "hold_other", "no_contact_order", "attorney_known",
        "attorney_released", "stopped", "observing", "in_charge", "agency_announced",
        "point_suppressed", "channel_opted_out",
        "calls_connected_today", "attempts_today_number", "attempts_today", "calls_7d_debt",
        "days_since_conversation", "messages_today", "messages_7d", "letters_30d",
        "contacts_today", "contacts_7d", "contacts_30d", "visits_7d", "visits_30d", "debits_7d",
        "locate_contacts", "first_communication", "days_since_first",
        "validation_sent", "validation_open", "creditor_type", "product",
    }
)  # fmt: skip
"""Facts that the gate finds itself; nobody may tell it another value."""


@dataclass(frozen=True, slots=True)
class Intent:
    """An act about to be done to one person.

    Parameters
    ----------
    person_id
        Whom it concerns; of ``locate``, the debtor whose contact data is asked for.
    act, purpose, reason, channel, actor, party
        Members of the rulebook's lists.
    organisation
        Who acts: ``lender``, or an agency's name; it must be in charge of the person.
    loan_ids
        The debts concerned; none: all of the person's.
    number
        Number, address or account that will be used, as written. Without one, whatever is
        counted by number is counted over all of them.
    officers
        Badge numbers of all who act; what the register says of them are the ``staff_*`` facts.
        Nobody named is nobody who may call or visit.
    template
        What stop switches may name, as they may name officers.
    facts
        Every further fact that the rules read: wording, appointment … One that is left out is
        *missing*, and refuses. The register's facts of staff and agency overrule them.
    """

    person_id: UUID
    act: str
    purpose: str
    channel: str
    reason: str = "none"
    actor: str = "lender"
    party: str = "borrower"
    organisation: str = LENDER
    loan_ids: tuple[UUID, ...] = ()
    number: str | None = None
    template: str | None = None
    officers: tuple[str, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _member("act", self.act, ACTS)
        for name, kind in (
            ("purpose", "Purpose"),
            ("channel", "Channel"),
            ("reason", "Reason"),
            ("actor", "Actor"),
            ("party", "Party"),
        ):
            _member(name, getattr(self, name), LISTS[kind])
        if not self.organisation.strip():
            raise BadInput("an act needs the organisation that acts", expected="a name")
        for fact, value in self.facts.items():
            _check(fact, value)
        object.__setattr__(self, "facts", MappingProxyType(dict(self.facts)))
        object.__setattr__(self, "loan_ids", tuple(sorted(set(self.loan_ids))))


def _member(name: str, given: object, members: Mapping[str, object]) -> None:
    if not isinstance(given, str) or given not in members:
        raise BadInput(
            f"unknown {name}", expected=", ".join(members), found=str(given)[:100], key=name
        )


def _check(fact: str, value: Value) -> None:
    if fact in OWNED:
        raise BadInput(
            "the gate finds this fact itself",
            expected="only facts that the gate cannot know",
            found=fact,
            remedy="leave it out",
        )
    known = FACTS.get(fact)
    if known is None:
        raise BadInput(
            "the vocabulary has no such fact",
            expected="a name that `arrears policy facts` lists",
            found=str(fact)[:100],
        )
    wrong = known.misfit(value)
    if wrong is not None:
        raise BadInput(
            "a fact has a value that it cannot have",
            expected=wrong,
            found=str(value)[:100],
            key=fact,
        )
