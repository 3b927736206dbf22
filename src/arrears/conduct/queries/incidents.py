"""Incidents as screens and the command line show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from arrears.conduct.models import Incident, IncidentStep
from arrears.conduct.rules.incidents import Duty, duties
from arrears.conduct.rules.kinds import GRAVE_KINDS
from arrears.kernel.errors import NotFound
from arrears.people.access import may, require_any
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded
from arrears.store.transactions import transaction

NEEDS: Final = ("conduct.read", "incidents.report")


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident.

    Parameters
    ----------
    report
        What was known of it, without numbers and addresses.
    own
        Whether the reader opened it.
    grave
        Whether a second person closes it.
    duties
        Whom a pack wants to be told, by when, and whether they were.
    late
        Whether somebody should have been told by now.
    """

    id: UUID
    kind: str
    person_id: UUID | None
    person_ref: str | None
    contact_id: UUID | None
    report: Mapping[str, Any]
    opened_by: str
    opened_at: datetime
    state: str
    asked_by: str | None
    asked_at: datetime | None
    settled_at: datetime | None
    settled_by: str | None
    note: str | None
    own: bool
    grave: bool
    duties: tuple[Duty, ...]
    late: bool


@dataclass(frozen=True, slots=True)
class StepView:
    """What was done, or who was told; ``told_to`` is None for what was done."""

    id: UUID
    kind: str
    told_to: str | None
    text: str
    happened_at: datetime
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentDetail:
    """An incident with all its steps, the first one first."""

    incident: IncidentView
    steps: tuple[StepView, ...]


def incidents(
    actor: Actor,
    *,
    state: str | None = "open",
    kind: str | None = None,
    number: int = 1,
    size: int = 50,
) -> Page[IncidentView]:
    """Incidents, newest first: all with ``conduct.read``, else those that one reported oneself.

    Parameters
    ----------
    state
        ``open``, ``closing`` or ``settled``; ``unsettled`` is the first two; None: all.
    """
    require_any(actor, NEEDS)
    limit, offset = bounded(number, size)
    with transaction(actor) as at:
        rows = _seen(actor)
        if state is not None:
            states = ("open", "closing") if state == "unsettled" else (state,)
            rows = rows.filter(state__in=states)
        if kind is not None:
            rows = rows.filter(kind=kind)
        total = rows.count()
        page = rows.order_by("-opened_at", "id")[offset : offset + limit]
        found = tuple(_view(row, actor, at.now) for row in page.prefetch_related("steps"))
    return Page(found, total, number, size)


def incident(actor: Actor, incident_id: UUID) -> IncidentDetail:
    """One incident, seen as :func:`incidents` sees it; raises :class:`NotFound`."""
    require_any(actor, NEEDS)
    with transaction(actor) as at:
        row = _seen(actor).filter(id=incident_id).first()
        if row is None:
            raise NotFound("there is no such incident", key=incident_id)
        steps = row.steps.order_by("happened_at", "entered_at", "id")
        return IncidentDetail(_view(row, actor, at.now), tuple(map(_step, steps)))


def _seen(actor: Actor) -> QuerySet[Incident]:
    rows = Incident.objects.select_related("person")
    return rows if may(actor, "read", "conduct") else rows.filter(opened_by=actor.name)


def _view(row: Incident, actor: Actor, now: datetime) -> IncidentView:
    steps = [(step.kind, step.told_to, step.happened_at) for step in row.steps.all()]
    owed = duties(row.kind, row.jurisdiction, row.opened_at, steps)
    same = (
        "id", "kind", "person_id", "contact_id", "report", "opened_by", "opened_at", "state",
        "asked_by", "asked_at", "settled_at", "settled_by", "note",
    )  # fmt: skip
    return IncidentView(
        **{name: getattr(row, name) for name in same},
        person_ref=None if row.person is None else row.person.person_ref,
        own=row.opened_by == actor.name,
        grave=row.kind in GRAVE_KINDS,
        duties=owed,
        late=row.state != "settled" and any(duty.late(now) for duty in owed),
    )


def _step(row: IncidentStep) -> StepView:
    names = ("id", "kind", "told_to", "text", "happened_at", "entered_by", "entered_at")
    return StepView(**{name: getattr(row, name) for name in names})
