"""Incidents: reported by anybody, looked into and closed by compliance, a second person for grave
ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from arrears.conduct.actions.incidents import (
    add_step,
    confirm_incident,
    report_incident,
    return_incident,
    settle_incident,
)
from arrears.conduct.queries import incident, incidents
from arrears.conduct.rules.kinds import REPORTED_KINDS
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.shell import part, screen, show, wants_part
from arrears.console.who_told import names
from arrears.console.words import ADDRESSEES, INCIDENT_KINDS, INCIDENT_STATES, INCIDENT_STEPS
from arrears.kernel.errors import BadInput, Conflict, IllegalTransition, NotAllowed, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.access.actions import note_read
from arrears.people.organisations import agency_of
from arrears.store import clock
from arrears.store.actor import Actor

STATES = ("unsettled", "settled", "all")


@dataclass(frozen=True)
class Asked:
    """What the address asks of the list; what is not known narrows nothing."""

    state: str
    kind: str

    @classmethod
    def of(cls, query: Any) -> Asked:
        """Read an address."""
        state, kind = query.get("state", ""), query.get("kind", "")
        return cls(
            state if state in STATES else "unsettled", kind if kind in INCIDENT_KINDS else ""
        )


@dataclass(frozen=True)
class Told:
    """The form of a report, as it was filled in."""

    kind: str
    what: str
    person: str
    happened: str
    done: str

    @classmethod
    def of(cls, form: Any) -> Told:
        """Read what was sent."""
        names = ("kind", "what", "person", "happened", "done")
        return cls(*(str(form.get(name, "")).replace("\x00", "").strip() for name in names))

    def problems(self, now: datetime) -> list[str]:
        """What the form still lacks, in the reader's language; the action checks it again."""
        found = []
        if self.kind not in REPORTED_KINDS:
            found.append(_("Choose what kind of incident it was."))
        if not self.what:
            found.append(_("Say what happened."))
        when, understood = _instant(self.happened)
        if not understood or (when is not None and when > now):
            found.append(_("Give a time that has passed, or leave it empty."))
        return found


@screen("conduct.read", "incidents.report")
def incident_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """All incidents, or for most roles those that one reported oneself."""
    asked = Asked.of(request.GET)
    page = incidents(
        actor,
        state=None if asked.state == "all" else asked.state,
        kind=asked.kind or None,
        number=page_of(request.GET),
        size=PAGE_SIZE,
    )
    context = {
        "page": page,
        "names": names(actor, (row.opened_by for row in page.rows)),
        "asked": asked,
        "narrowed": bool(asked.kind) or asked.state != "unsettled",
        "kinds": tuple(INCIDENT_KINDS.items()),
        "all": "conduct.read" in actor.permissions,
        "may": actor.permissions,
    }
    if wants_part(request):
        return part(request, "incidents/part.html", context)
    return show(request, actor, "incidents/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@screen("incidents.report")
def report(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Tell what went wrong, or may have."""
    told, now, problems = Told.of(request.POST), clock.now(), list[str]()
    if request.method == "POST":
        problems = told.problems(now)
        if not problems:
            try:
                made = report_incident(
                    actor,
                    request.POST.get("command_id", ""),
                    kind=told.kind,
                    what=told.what,
                    person_ref=told.person or None,
                    happened_at=_instant(told.happened)[0],
                    done=told.done,
                )
            except NotFound:
                problems = [_("There is no such person. Leave it empty if you do not know whom.")]
            except (BadInput, Conflict) as error:
                problems = [_refused(error, agency_of(actor.scope) is not None)]
            else:
                messages.success(request, _("Reported. Compliance sees it now."))
                return redirect("console:incident", made["incident_id"])
    context = {
        "told": told if request.method == "POST" else _begun(request.GET),
        "problems": problems,
        "kinds": [(kind, INCIDENT_KINDS[kind]) for kind in REPORTED_KINDS],
        "command_id": uuid7(now),
        "zone": settings.ARREARS.business_zone,
        "room_name": "incidents",
    }
    return show(request, actor, "incidents/report.html", context, status=422 if problems else 200)


def _begun(query: Any) -> Told:
    """An empty form, but for the person from whose page one comes."""
    return Told("", "", str(query.get("person", ""))[:100].replace("\x00", ""), "", "")


def _refused(error: Exception, is_agency: bool) -> str:
    if isinstance(error, Conflict):
        return _("This form was sent before with something else in it. Report anew.")
    if is_agency:
        return _("Say whom it touches: a person who is placed with you.")
    return _("This form was not filled in. Go back and try again.")


@screen("conduct.read", "incidents.report")
def incident_page(request: HttpRequest, actor: Actor, incident_id: UUID) -> HttpResponseBase:
    """One incident: what happened, whom it touches, who must be told, what was done."""
    detail = incident(actor, incident_id)
    if detail.incident.person_id is not None:
        note_read(actor, detail.incident.person_id, "incident")
    found = detail.incident
    acted = (found.opened_by, found.asked_by, found.settled_by)
    context = {
        "detail": detail,
        "names": names(actor, [*acted, *(each.entered_by for each in detail.steps)]),
        "incident": detail.incident,
        "steps": tuple(INCIDENT_STEPS.items()),
        "addressees": tuple(ADDRESSEES.items()),
        "states": INCIDENT_STATES,
        "zone": settings.ARREARS.business_zone,
        "me": actor.name,
        "room_name": "incidents",
    }
    return show(request, actor, "incidents/incident.html", context)


@require_POST
@screen("incidents.settle")
def step(request: HttpRequest, actor: Actor, incident_id: UUID) -> HttpResponseBase:
    """Put down what was done, or who was told."""
    form = request.POST
    when, understood = _instant(form.get("happened", ""))
    kind, told_to = form.get("step", ""), form.get("to", "") or None
    if kind not in INCIDENT_STEPS or not form.get("text", "").strip() or not understood:
        messages.error(request, _("Say what was done, or who was told of what."))
        return redirect("console:incident", incident_id)
    if kind != "done" and told_to is None:
        messages.error(request, _("Say who was told, or need not be told."))
        return redirect("console:incident", incident_id)
    return _acted(
        request,
        incident_id,
        lambda: add_step(
            actor,
            form.get("command_id", ""),
            incident_id=incident_id,
            kind=kind,
            text=form.get("text", ""),
            told_to=None if kind == "done" else told_to,
            happened_at=when,
        ),
        _("Put down."),
    )


@require_POST
@screen("incidents.settle")
def close(request: HttpRequest, actor: Actor, incident_id: UUID) -> HttpResponseBase:
    """Close it, or ask a second person to."""
    note = request.POST.get("note", "")
    if not note.strip():
        messages.error(request, _("Say what was found, for those who read this later."))
        return redirect("console:incident", incident_id)
    return _acted(
        request,
        incident_id,
        lambda: settle_incident(
            actor, request.POST.get("command_id", ""), incident_id=incident_id, note=note
        ),
        _("Done. The page shows how it stands."),
    )


@require_POST
@screen("incidents.confirm")
def confirm(request: HttpRequest, actor: Actor, incident_id: UUID) -> HttpResponseBase:
    """Close, as the second person, what another asked to close."""
    return _acted(
        request,
        incident_id,
        lambda: confirm_incident(
            actor, request.POST.get("command_id", ""), incident_id=incident_id
        ),
        _("Closed."),
    )


@require_POST
@screen("incidents.confirm")
def give_back(request: HttpRequest, actor: Actor, incident_id: UUID) -> HttpResponseBase:
    """Leave it open, with the reason."""
    reason = request.POST.get("reason", "")
    if not reason.strip():
        messages.error(request, _("Give a reason that others can follow."))
        return redirect("console:incident", incident_id)
    return _acted(
        request,
        incident_id,
        lambda: return_incident(
            actor, request.POST.get("command_id", ""), incident_id=incident_id, reason=reason
        ),
        _("It stays open."),
    )


def _acted(
    request: HttpRequest, incident_id: UUID, act: Callable[[], object], told: str
) -> HttpResponseBase:
    try:
        act()
    except NotAllowed:
        messages.error(request, _("Nobody closes a grave incident alone: ask a second person."))
    except IllegalTransition:
        messages.error(request, _("It was decided meanwhile; the page shows how it stands."))
    except Conflict:
        messages.error(
            request, _("Not yet: somebody must still be told, or it was closed meanwhile.")
        )
    except BadInput:
        messages.error(
            request,
            _("This cannot be put down so: the rule knows no exception, or the time lies ahead."),
        )
    else:
        messages.success(request, told)
    return redirect("console:incident", incident_id)


def _instant(given: str) -> tuple[datetime | None, bool]:
    """An instant by the wall clock of the business zone, and whether it was understood."""
    if not given.strip():
        return None, True
    try:
        wall = datetime.fromisoformat(given)
    except ValueError:
        return None, False
    if not 1970 < wall.year < 9999:
        return None, False
    if wall.tzinfo is None:
        wall = wall.replace(tzinfo=ZoneInfo(settings.ARREARS.business_zone))
    return wall.astimezone(UTC), True
