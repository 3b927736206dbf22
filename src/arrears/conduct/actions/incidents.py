"""Incidents: what went wrong, what was done about it, who was told; one or two persons close it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from arrears.conduct.actions.named import person_named, required_text
from arrears.conduct.models import Incident, IncidentStep
from arrears.conduct.rules.incidents import duties, may_be_spared
from arrears.conduct.rules.kinds import GRAVE_KINDS, REPORTED_KINDS, STEP_KINDS
from arrears.conduct.rules.persons import place_of
from arrears.conduct.states import INCIDENT
from arrears.journal.actions import of_house, of_person, record
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.models import Person
from arrears.people.organisations import agency_of
from arrears.rulebook.notices import ADDRESSEES
from arrears.store.commands import Result, command
from arrears.store.transactions import At


def open_incident(
    at: At,
    kind: str,
    person_id: UUID | None,
    contact_id: UUID | None,
    report: Mapping[str, object],
    *,
    personal: Mapping[str, Any] | None = None,
) -> UUID:
    """Put an incident before compliance; returns its id.

    Parameters
    ----------
    kind
        Of ``rules.kinds.INCIDENT_KINDS``.
    report
        What is known of it, as plain JSON, without numbers and addresses.
    personal
        What of it the journal keeps apart, so that it can be erased.
    """
    incident = Incident.objects.create(
        id=uuid7(at.now),
        kind=kind,
        person_id=person_id,
        contact_id=contact_id,
        report=dict(report),
        jurisdiction=_jurisdiction(person_id),
        opened_by=at.actor.name,
        opened_at=at.now,
        state=INCIDENT.initial,
    )
    told = {
        "kind": kind,
        "contact": None if contact_id is None else str(contact_id),
        "reasons": list(report.get("reasons", [])),  # type: ignore[call-overload]
    }
    _put_down(at, incident, "conduct.incident_opened", told, personal)
    return incident.id


@command("incident.report", permission="incidents.report")
def report_incident(
    at: At,
    *,
    kind: str,
    what: str,
    person_ref: str | None = None,
    happened_at: datetime | None = None,
    done: str = "",
) -> Result:
    """Report what went wrong, or may have.

    Parameters
    ----------
    kind, what
        Of ``rules.kinds.REPORTED_KINDS``; what happened, in words.
    person_ref
        Whom it touches; None: not known, or nobody in particular.
    happened_at
        None: not known.
    done
        What was done at once.

    Raises
    ------
    BadInput
        If the kind is none of these, nothing is told, it is said to happen later, or an agency
        names nobody.
    NotFound
        If there is no such person.
    """
    if kind not in REPORTED_KINDS:
        raise BadInput(
            "this kind of incident is not reported by hand",
            expected=", ".join(REPORTED_KINDS),
            found=str(kind)[:100],
        )
    _require_past(at, happened_at)
    told: dict[str, str | None] = {"what": required_text("what happened", what)}
    told |= {"done": required_text("what was done", done)} if done.strip() else {}
    person_id = None if person_ref is None else person_named(person_ref)
    if person_id is None and agency_of(at.actor.scope) is not None:
        raise BadInput(
            "an agency says whom an incident touches",
            expected="a person who is placed with it",
            found="nobody",
        )
    at_that = {"happened_at": None if happened_at is None else happened_at.isoformat()}
    made = open_incident(at, kind, person_id, None, told | at_that, personal=told)
    return {"incident_id": made, "state": INCIDENT.initial}


@command("incident.step", permission="incidents.settle")
def add_step(
    at: At,
    *,
    incident_id: UUID,
    kind: str,
    text: str,
    told_to: str | None = None,
    happened_at: datetime | None = None,
) -> Result:
    """Put down what was done about an incident, or that somebody was told of it.

    Parameters
    ----------
    kind
        ``done``, ``told``, or ``spared``: nobody need be told, for the reason in ``text``.
    told_to
        Of what was told or spared: ``authority`` or ``person``.
    happened_at
        None: now.

    Raises
    ------
    NotFound
        If there is no such incident.
    Conflict
        If it is closed.
    BadInput
        If a duty without exception is to be spared, or a word is none that is known.
    """
    incident = _locked(incident_id)
    if incident.state == "settled":
        raise Conflict("the incident is closed", expected="an open one", key=incident_id)
    _require_step(incident, kind, told_to)
    _require_past(at, happened_at)
    when = happened_at or at.now
    step = IncidentStep.objects.create(
        id=uuid7(at.now),
        incident=incident,
        kind=kind,
        told_to=told_to,
        text=required_text("what was done or told", text),
        happened_at=when,
        entered_by=at.actor.name,
        entered_at=at.now,
    )
    told = {"step": kind, "to": told_to, "happened_at": when.isoformat()}
    _put_down(at, incident, "conduct.incident_step", told, {"text": step.text})
    return {"step_id": step.id}


@command("incident.settle", permission="incidents.settle")
def settle_incident(at: At, *, incident_id: UUID, note: str) -> Result:
    """Close an incident with a note on what was found; of a grave one, ask a second person to.

    Raises
    ------
    NotFound
        If there is no such incident.
    Conflict
        If somebody must still be told of it.
    IllegalTransition
        If it was closed, or its closing asked for, before.
    """
    told = required_text("what was found and done", note)
    incident = _locked(incident_id)
    grave = incident.kind in GRAVE_KINDS
    incident.state = INCIDENT.step(incident.state, "ask" if grave else "settle")
    _require_told(incident)
    incident.note = told
    if grave:
        incident.asked_at, incident.asked_by = at.now, at.actor.name
        kind = "conduct.incident_asked"
    else:
        incident.settled_at, incident.settled_by = at.now, at.actor.name
        kind = "conduct.incident_settled"
    incident.save()
    _put_down(at, incident, kind, {}, {"note": told})
    return {"incident_id": incident.id, "state": incident.state}


@command("incident.confirm", permission="incidents.confirm")
def confirm_incident(at: At, *, incident_id: UUID) -> Result:
    """Close, as the second person, what another asked to close.

    Raises
    ------
    NotFound
        If there is no such incident.
    NotAllowed
        If the same person asked for it.
    IllegalTransition
        If nobody asked for it, or it was decided before.
    """
    incident = _of_another(at, incident_id, "confirm")
    _require_told(incident)
    incident.settled_at, incident.settled_by = at.now, at.actor.name
    incident.save()
    _put_down(at, incident, "conduct.incident_settled", {"asked_by": incident.asked_by}, None)
    return {"incident_id": incident.id, "state": incident.state}


@command("incident.return", permission="incidents.confirm")
def return_incident(at: At, *, incident_id: UUID, reason: str) -> Result:
    """Leave an incident open that another asked to close; raises as :func:`confirm_incident`."""
    why = required_text("the reason", reason)
    incident = _of_another(at, incident_id, "return")
    incident.asked_at = incident.asked_by = incident.note = None
    incident.save()
    _put_down(at, incident, "conduct.incident_returned", {}, {"reason": why})
    return {"incident_id": incident.id, "state": incident.state}


def _require_past(at: At, happened_at: datetime | None) -> None:
    if happened_at is not None and happened_at > at.now:
        raise BadInput(
            "what is put down lies behind us",
            expected=f"an instant until {at.now:%Y-%m-%d %H:%M} UTC",
            found=str(happened_at),
        )


def _require_step(incident: Incident, kind: str, told_to: str | None) -> None:
    if kind not in STEP_KINDS or (kind == "done") != (told_to is None):
        raise BadInput(
            "this is no step about an incident",
            expected=f"{', '.join(STEP_KINDS)}; with whom, unless something was done",
            found=f"{kind} {told_to or ''}"[:100],
        )
    if told_to is not None and told_to not in ADDRESSEES:
        raise BadInput(
            "nobody of that name is told", expected=", ".join(ADDRESSEES), found=told_to[:100]
        )
    if kind == "spared" and not may_be_spared(incident.kind, incident.jurisdiction, told_to):
        raise BadInput(
            "the rule that wants them told knows no exception",
            expected="that they are told",
            found=f"{told_to} spared",
        )


def _of_another(at: At, incident_id: UUID, event: str) -> Incident:
    incident = _locked(incident_id)
    incident.state = INCIDENT.step(incident.state, event)
    if incident.asked_by == at.actor.name:
        raise NotAllowed(
            "nobody closes a grave incident alone",
            expected="another person than " + at.actor.name,
            found=at.actor.name,
        )
    return incident


def _require_told(incident: Incident) -> None:
    steps = incident.steps.values_list("kind", "told_to", "happened_at")
    owed = duties(incident.kind, incident.jurisdiction, incident.opened_at, steps)
    missing = sorted({duty.notice.to for duty in owed if duty.met_at is None})
    if missing:
        raise Conflict(
            "somebody must still be told of this incident",
            expected=f"told, or spared with the reason: {', '.join(missing)}",
            found="no such step",
            remedy="tell them and put it down, then close it",
            key=incident.id,
        )


def _locked(incident_id: UUID) -> Incident:
    incident = Incident.objects.select_for_update().filter(id=incident_id).first()
    if incident is None:
        raise NotFound("there is no such incident", key=incident_id)
    return incident


def _jurisdiction(person_id: UUID | None) -> str | None:
    if person_id is None:
        return None
    row = Person.objects.filter(id=person_id).values_list("jurisdiction", "time_zone").first()
    return None if row is None else place_of(*row)[0]


def _put_down(
    at: At,
    incident: Incident,
    kind: str,
    told: Mapping[str, Any],
    personal: Mapping[str, Any] | None,
) -> None:
    person_id = incident.person_id
    stream = of_house("incidents") if person_id is None else of_person(person_id)
    record(at, stream, kind, {"incident": str(incident.id), **told}, personal=personal)
