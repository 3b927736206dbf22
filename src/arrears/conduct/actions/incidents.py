"""Incidents: a contact that was never asked for, or against the rules; and how they are settled."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from arrears.conduct.actions.named import required_text
from arrears.conduct.models import Incident
from arrears.conduct.states import INCIDENT
from arrears.journal.actions import of_house, of_person, record
from arrears.kernel.errors import NotFound
from arrears.kernel.ids import uuid7
from arrears.store.commands import Result, command
from arrears.store.transactions import At


def open_incident(
    at: At,
    kind: str,
    person_id: UUID | None,
    contact_id: UUID | None,
    report: Mapping[str, object],
) -> UUID:
    """Put an incident before compliance; returns its id.

    Parameters
    ----------
    kind
        Of ``rules.kinds.INCIDENT_KINDS``.
    report
        What is known of it, as plain JSON, without numbers and addresses.
    """
    incident = Incident.objects.create(
        id=uuid7(at.now),
        kind=kind,
        person_id=person_id,
        contact_id=contact_id,
        report=dict(report),
        opened_by=at.actor.name,
        opened_at=at.now,
        state=INCIDENT.initial,
    )
    record(
        at,
        of_house("incidents") if person_id is None else of_person(person_id),
        "conduct.incident_opened",
        {
            "incident": str(incident.id),
            "kind": kind,
            "contact": None if contact_id is None else str(contact_id),
            "reasons": list(report.get("reasons", [])),  # type: ignore[call-overload]
        },
    )
    return incident.id


@command("incident.settle", permission="incidents.settle")
def settle_incident(at: At, *, incident_id: UUID, note: str) -> Result:
    """Close an incident with a note on what was found and done.

    Raises
    ------
    NotFound
        If there is no such incident.
    IllegalTransition
        If it was settled before.
    """
    told = required_text("what was found and done", note)
    incident = Incident.objects.select_for_update().filter(id=incident_id).first()
    if incident is None:
        raise NotFound("there is no such incident", key=incident_id)
    incident.state = INCIDENT.step(incident.state, "settle")
    incident.settled_at, incident.settled_by, incident.note = at.now, at.actor.name, told
    incident.save(update_fields=["state", "settled_at", "settled_by", "note"])
    person_id = incident.person_id
    record(
        at,
        of_house("incidents") if person_id is None else of_person(person_id),
        "conduct.incident_settled",
        {"incident": str(incident.id)},
        personal={"note": told},
    )
    return {"incident_id": incident.id, "state": incident.state}
