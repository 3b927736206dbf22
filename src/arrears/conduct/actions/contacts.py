"""Contacts that others report afterwards: always recorded, and judged by the rules of then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final
from uuid import UUID

from arrears.conduct.acting import require_own_name
from arrears.conduct.actions.incidents import open_incident
from arrears.conduct.actions.reservations import close, judge_start, result_of
from arrears.conduct.gate import find
from arrears.conduct.locks import lock_subject
from arrears.conduct.models import Contact, Incident, Reservation
from arrears.conduct.rules.intent import OWNED, Intent
from arrears.conduct.rules.kinds import CALL_ACTS
from arrears.conduct.rules.reports import ContactReport
from arrears.conduct.situation import situation
from arrears.journal.actions import of_person, record
from arrears.kernel.ids import uuid7
from arrears.loans.models import Loan, LoanParty
from arrears.people.models import Person
from arrears.rulebook.baseline import Baseline, read_baseline
from arrears.rulebook.vocabulary import Value
from arrears.store.commands import Result, command
from arrears.store.sealed.keyed import key
from arrears.store.transactions import At

SOURCE: Final = "reported"


@command("contact.report", permission="contacts.report")
def report_contact(at: At, *, contact: Mapping[str, Any]) -> Result:
    """Record a contact that was made; it counts from now on, whatever the rules say of it.

    The verdict on it is kept as a finding: by the rules in force when it began, on what had
    happened before, and with the lawful value of each fact that nobody told. One that was not
    reserved, or that the rules forbid, is an incident; a person's own call or letter needs no
    reservation.

    Parameters
    ----------
    contact
        The fields of :class:`~arrears.conduct.rules.reports.ContactReport`.

    Returns
    -------
    Result
        ``contact_id`` (null for a person whom the book does not know), ``incident_ids``.
    """
    report = ContactReport(**contact)
    before = Contact.objects.filter(
        source=SOURCE, recorded_by=at.actor.name, source_ref=report.event_ref
    ).first()
    if before is not None:
        return _told(before.id)
    person = Person.objects.filter(person_ref=report.person_ref).first()
    if person is None:
        incident = open_incident(at, "unknown_person", None, None, report.told())
        return {"contact_id": None, "incident_ids": [incident]}
    reserved = report.reservation_id
    if reserved is not None and _fits(at, reserved, person.id, report.act):
        result = (report.connected, report.conversation, report.duration_seconds)
        closed = close(at, reserved, True, *result)
        judge_start(at, closed, report.started_at)
        return _told(closed.id)
    return _told(_record(at, person.id, report))


def _record(at: At, person_id: UUID, report: ContactReport) -> UUID:
    """Write the contact with its finding, and open the incidents that it is."""
    intent = Intent(
        person_id=person_id,
        act=report.act,
        purpose=report.purpose,
        channel=report.channel,
        reason=report.reason,
        actor=report.actor,
        organisation=report.organisation,
        loan_ids=_theirs(person_id, report.loan_refs),
        number=report.number,
        officers=tuple(report.officers),
        facts=_assumed(report.act, report.facts),
    )
    require_own_name(at, intent)
    subject_id = lock_subject(at, person_id)
    verdict = finding = None
    if report.initiator != "person":
        stood = situation(report.started_at, intent, subject_id, before=report.started_at)
        finding, verdict = find(at, stood)
    contact = _write(at, intent, report, finding)
    reasons = [] if verdict is None else [reason.id for reason in verdict.reasons]
    _put_on_record(at, contact, reasons)
    if verdict is not None:
        kind = "unfit" if report.reservation_id is not None else "unasked"
        open_incident(at, kind, person_id, contact.id, report.told())
        if not verdict.allowed:
            breach = report.told() | {"verdict": str(finding), "reasons": reasons}
            open_incident(at, "breach", person_id, contact.id, breach)
    return contact.id


def _write(at: At, intent: Intent, report: ContactReport, finding: UUID | None) -> Contact:
    connected, conversation, duration_seconds = result_of(
        report.act, report.connected, report.conversation, report.duration_seconds
    )
    is_call = report.act in CALL_ACTS
    return Contact.objects.create(
        id=uuid7(at.now),
        person_id=intent.person_id,
        act=intent.act,
        purpose=intent.purpose,
        channel=intent.channel,
        party=intent.party,
        loan_ids=list(intent.loan_ids),
        number_hmac=key().of_number(report.number) if report.number is not None else None,
        organisation=intent.organisation,
        initiator=report.initiator,
        source=SOURCE,
        source_ref=report.event_ref,
        started_at=report.started_at,
        received_at=at.now,
        automated=report.act == "call_automated" if is_call else report.automated,
        connected=connected,
        conversation=conversation,
        duration_seconds=duration_seconds,
        closed_at=at.now,
        recorded_by=at.actor.name,
        finding_id=finding,
    )


def _put_on_record(at: At, contact: Contact, reasons: list[str]) -> None:
    record(
        at,
        of_person(contact.person_id),
        "conduct.contact_reported",
        {
            "contact": str(contact.id),
            "happened_at": contact.started_at.isoformat(),
            "act": contact.act,
            "channel": contact.channel,
            "organisation": contact.organisation,
            "initiator": contact.initiator,
            "connected": contact.connected,
            "finding": None if contact.finding_id is None else str(contact.finding_id),
            "reasons": reasons,
        },
    )


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
