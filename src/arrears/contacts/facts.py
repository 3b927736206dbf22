"""What is read before a message is written: its person, address, figures and the lender's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from arrears.conduct.rules.persons import place_of
from arrears.contacts.models import Letterhead, Wording
from arrears.kernel.errors import ConfigError
from arrears.people.models import Person
from arrears.people.sealed import opened
from arrears.rulebook.vocabulary import Value
from arrears.store.pages import select

_ADDRESS: Final = {"sms": "phone", "chat": "phone", "email": "email", "post": "address"}
OWN_CHANNELS: Final = frozenset({"app", "mini_program", "push"})
"""Channels of the lender's own, which reach a person by who they are to the lender."""

_FIGURES: Final = """
SELECT c.id AS case_id, c.person_id, k.loan_id, l.loan_ref, k.currency, k.overdue_minor,
  k.days_past_due
FROM cases_case c JOIN cases_loan k ON k.case_id = c.id AND k.left_on IS NULL
JOIN loans_loan l ON l.id = k.loan_id
WHERE c.state = 'open' AND c.person_id = ANY(%s)
ORDER BY c.person_id, k.days_past_due DESC NULLS LAST, l.loan_ref
"""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message goes to.

    Parameters
    ----------
    language
        ``zh`` or ``en``; what the lender told, else the language of the place.
    jurisdiction
        Whose law applies, as the rulebook names it; None: not known, so every law does.
    addresses
        By column of the tape: phone, email, address.
    loans
        What is overdue, the longest first; as ``cases_loan`` has it.
    """

    person_id: UUID
    person_ref: str
    name: str | None
    language: str
    jurisdiction: str | None
    addresses: Mapping[str, str | None]
    loans: tuple[Mapping[str, Any], ...]

    def address(self, channel: str) -> str | None:
        """The number or address for a channel; None on the lender's own."""
        column = _ADDRESS.get(channel)
        return None if column is None else self.addresses[column]


def recipients(person_ids: Sequence[UUID]) -> dict[UUID, Recipient]:
    """Those persons by id; one query for them, one for their figures."""
    owed: dict[UUID, list[Mapping[str, Any]]] = {}
    for row in select(_FIGURES, [list(person_ids)]):
        owed.setdefault(row["person_id"], []).append(row)
    people = Person.objects.filter(id__in=list(person_ids)).order_by("id")
    placed = [(person, place_of(person.jurisdiction, person.time_zone)[0]) for person in people]
    return {
        person.id: Recipient(
            person.id,
            person.person_ref,
            person.name,
            language_of(person.language, place),
            place,
            {
                "phone": opened(person.person_ref, "phone", person.phone),
                "email": opened(person.person_ref, "email", person.email),
                "address": person.address,
            },
            tuple(owed.get(person.id, ())),
        )
        for person, place in placed
    }


def language_of(told: str | None, jurisdiction: str | None) -> str:
    """The language to write in: the one on record, else that of the place."""
    if told is not None and told.strip():
        return "zh" if told.strip().lower().startswith("zh") else "en"
    return "zh" if jurisdiction == "cn" else "en"


def letterhead() -> Letterhead:
    """What messages say of the lender.

    Raises
    ------
    ConfigError
        If nobody has written it down yet: then nothing is sent.
    """
    found = Letterhead.objects.order_by("-set_at", "id").first()
    if found is None:
        raise ConfigError(
            "messages lack the lender's address, hotline and whom to complain to",
            expected="a letterhead",
            found="none",
            remedy="enter it: `arrears messages letterhead`",
        )
    return found


def live_wordings() -> dict[tuple[str, str, str], Wording]:
    """The wordings in use by template, channel and language."""
    live = Wording.objects.filter(state="live").order_by("id")
    return {(each.template_id, each.channel, each.language): each for each in live}


def facts_of(wording: Wording, recipient: Recipient) -> dict[str, Value]:
    """The facts that whoever sends a message tells the gate.

    On the lender's own channels the person has signed in before they read; elsewhere nobody knows
    who looks, and the text must be one that may be seen.
    """
    own = wording.channel in OWN_CHANNELS
    # Behind a sign-in there is no number that could be somebody else's.
    point: dict[str, Value] = {"point_status": "verified"} if own else {}
    return {
        "others_may_see": False,
        **wording.facts,
        "wording_approved": wording.state == "live",
        "identity_established": own or wording.channel == "post",
        "language_understood": wording.language == recipient.language,
        "private_device": False,
        "private_device_consent": False,
        **_NOT_SO,
        **point,
    }


# The lender writes, not an agency or a buyer; no step is announced; whether a claim is barred by
# time, no stage records yet.
_NOT_SO: Final[Mapping[str, Value]] = {
    "agency_contract_valid": False,
    "agency_published": False,
    "agency_review_current": False,
    "impact_assessed": False,
    "share_consented": False,
    "transfer_notified": False,
    "liability_proven": False,
    "step_approved": False,
    "step_current": False,
    "letter_approved": False,
    "letter_complete": False,
    "letter_sealed": False,
    "limitation": "unknown",
}
