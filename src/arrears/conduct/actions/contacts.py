"""Contacts that others report afterwards: always recorded, and judged by the rules of then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from arrears.conduct.actions.incidents import open_incident
from arrears.conduct.actions.reservations import close, judge_start, result_of
from arrears.conduct.gate import find
from arrears.conduct.keyed import key
from arrears.conduct.locks import lock_subject
from arrears.conduct.models import Contact, Incident, Reservation
from arrears.conduct.rules.intent import LENDER, OWNED, Intent
from arrears.conduct.rules.kinds import CALL_ACTS
from arrears.conduct.situation import situation
from arrears.journal.actions import of_person, record
from arrears.kernel.ids import uuid7
from arrears.loans.models import Loan, LoanParty
from arrears.people.models import Person
from arrears.rulebook.baseline import Baseline, read_baseline
from arrears.rulebook.vocabulary import Value
from arrears.store.commands import Result, command
from arrears.store.transactions import At

SOURCE: Final = "reported"


@command("contact.report", permission="contacts.report")
def report_contact(
    at: At,
    *,
    event_ref: str,
    person_ref: str,
    act: str,
    channel: str,
    started_at: datetime,
    actor: str,
    purpose: str = "collect",
    reason: str = "none",
    organisation: str = LENDER,
    initiator: str = "us",
    number: str | None = None,
    loan_refs: Sequence[str] = (),
    reservation_id: UUID | None = None,
    automated: bool | None = None,
    connected: bool | None = None,
    conversation: bool | None = None,
    duration_seconds: int | None = None,
    facts: Mapping[str, Value] | None = None,
) -> Result:
    """Record a contact that was made; it counts from now on, whatever the rules say of it.

    The verdict on it is kept as a finding: by the rules in force when it began, on what had
    happened before, and with the lawful value of each fact that nobody told. One that was not
    reserved, or that the rules forbid, is an incident; a person's own call or letter needs no
    reservation. The same ``event_ref`` of the same client is recorded once.

    Returns
    -------
    Result
        ``contact_id`` (null for a person whom the book does not know), ``incident_ids``.
    """
    before = Contact.objects.filter(
        source=SOURCE, recorded_by=at.actor.name, source_ref=event_ref
    ).first()
    if before is not None:
        return _told(before.id)
    told = {
        "event_ref": event_ref,
        "act": act,
        "channel": channel,
        "started_at": started_at.isoformat(),
        "organisation": organisation,
    }
    person_id = Person.objects.filter(person_ref=person_ref).values_list("id", flat=True).first()
    if person_id is None:
        incident = open_incident(at, "unknown_person", None, None, told)
        return {"contact_id": None, "incident_ids": [incident]}
    if reservation_id is not None and _fits(at, reservation_id, person_id, act):
        contact = close(at, reservation_id, True, connected, conversation, duration_seconds)
        judge_start(at, contact, started_at)
        return _told(contact.id)
    intent = Intent(
        person_id=person_id,
        act=act,
        purpose=purpose,
        channel=channel,
        reason=reason,
        actor=actor,
        organisation=organisation,
        loan_ids=_theirs(person_id, loan_refs),
        number=number,
        facts=_assumed(act, facts or {}),
    )
    contact_id = _record(
        at,
        intent,
        event_ref,
        started_at,
        initiator,
        automated,
        result_of(act, connected, conversation, duration_seconds),
        told,
        reserved=reservation_id is not None,
    )
    return _told(contact_id)


def _record(
    at: At,
    intent: Intent,
    event_ref: str,
    started_at: datetime,
    initiator: str,
    automated: bool | None,
    result: tuple[bool | None, bool | None, int | None],
    told: dict[str, Any],
    *,
    reserved: bool,
) -> UUID:
    subject_id = lock_subject(at, intent.person_id)
    verdict = finding = None
    if initiator != "person":
        stood = situation(started_at, intent, subject_id, before=started_at)
        finding, verdict = find(at, stood)
    connected, conversation, duration_seconds = result
    contact = Contact.objects.create(
        id=uuid7(at.now),
        person_id=intent.person_id,
        act=intent.act,
        purpose=intent.purpose,
        channel=intent.channel,
        party=intent.party,
        loan_ids=list(intent.loan_ids),
        number_hmac=key().of_number(intent.number) if intent.number is not None else None,
        organisation=intent.organisation,
        initiator=initiator,
        source=SOURCE,
        source_ref=event_ref,
        started_at=started_at,
        received_at=at.now,
        automated=intent.act == "call_automated" if intent.act in CALL_ACTS else automated,
        connected=connected,
        conversation=conversation,
        duration_seconds=duration_seconds,
        closed_at=at.now,
        recorded_by=at.actor.name,
        finding_id=finding,
    )
    record(
        at,
        of_person(intent.person_id),
        "conduct.contact_reported",
        {
            "contact": str(contact.id),
            "happened_at": started_at.isoformat(),
            "act": intent.act,
            "channel": intent.channel,
            "organisation": intent.organisation,
            "initiator": initiator,
            "connected": connected,
            "finding": None if finding is None else str(finding),
            "reasons": [] if verdict is None else [reason.id for reason in verdict.reasons],
        },
    )
    if verdict is not None:
        kind = "unfit" if reserved else "unasked"
        open_incident(at, kind, intent.person_id, contact.id, told)
        if not verdict.allowed:
            reasons = [reason.id for reason in verdict.reasons]
            breach = told | {"verdict": str(finding), "reasons": reasons}
            open_incident(at, "breach", intent.person_id, contact.id, breach)
    return contact.id


def _fits(at: At, reservation_id: UUID, person_id: UUID, act: str) -> bool:
    """Whether it is an open reservation of this client for this person and act."""
    return Reservation.objects.filter(
        contact_id=reservation_id,
        client=at.actor.name,
        state="open",
        contact__person_id=person_id,
        contact__act=act,
    ).exists()


def _theirs(person_id: UUID, loan_refs: Sequence[str]) -> tuple[UUID, ...]:
    """The loans named that are the person's; if any is not, the contact counts for all of theirs.

    A report is never refused for naming a loan wrongly.
    """
    loans = Loan.objects.filter(loan_ref__in=list(loan_refs))
    owed = set(loans.filter(person_id=person_id).values_list("id", flat=True))
    answered = LoanParty.objects.filter(person_id=person_id, loan__loan_ref__in=list(loan_refs))
    owed |= set(answered.values_list("loan_id", flat=True))
    return tuple(owed) if len(owed) == len(set(loan_refs)) else ()


def _assumed(act: str, facts: Mapping[str, Value]) -> dict[str, Value]:
    """What was told, and of everything else what is lawful: a finding accuses on facts alone."""
    lawful = _baseline()[act].facts
    return {name: value for name, value in {**lawful, **facts}.items() if name not in OWNED}


@cache
def _baseline() -> dict[str, Baseline]:
    return read_baseline()


def _told(contact_id: UUID) -> dict[str, Any]:
    incidents = Incident.objects.filter(contact_id=contact_id).order_by("id")
    return {
        "contact_id": contact_id,
        "incident_ids": list(incidents.values_list("id", flat=True)),
    }
