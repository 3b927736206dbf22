"""The access table on one screen, revealing a field, and who looked at a person's file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from arrears.console.access_told import access_told
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.shell import screen, show
from arrears.kernel.errors import BadInput, Conflict, NotAllowed
from arrears.people.access.actions import note_read, reveal
from arrears.people.access.queries import person_named, who_looked
from arrears.people.access.rules import REASON_LENGTH
from arrears.people.access.table import MACHINE, TABLE, Field, Resource
from arrears.store.actor import Actor


@dataclass(frozen=True)
class Line:
    """A line of the table: what it is about, and a cell for each role, in their order."""

    title: Promise
    cells: tuple[tuple[Promise | str, ...], ...]


@screen("access.read")
def table(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Every role against every resource and field, as the file has it."""
    columns = (*TABLE.roles, MACHINE)
    context = {
        "roles": [*(access_told(role.told) for role in TABLE.roles.values()), _("programs")],
        "resources": [_resource_line(each, columns) for each in TABLE.resources.values()],
        "fields": [_field_line(each, columns) for each in TABLE.fields.values()],
        "limits": [
            (access_told(TABLE.roles[role].told), limit)
            for role, limit in TABLE.reveals_a_day.items()
        ],
        "table": TABLE,
    }
    return show(request, actor, "access/table.html", context)


def _resource_line(resource: Resource, columns: tuple[str, ...]) -> Line:
    return Line(
        access_told(resource.told),
        tuple(
            tuple(access_told(a.told) for a in resource.actions.values() if role in a.by)
            for role in columns
        ),
    )


def _field_line(field: Field, columns: tuple[str, ...]) -> Line:
    words = {"shown": _("shown"), "masked": _("masked"), "hidden": ""}
    return Line(
        access_told(field.told),
        tuple(((words[field.seen[role]],) if words[field.seen[role]] else ()) for role in columns),
    )


@require_POST
@screen("people.reveal")
def reveal_field(request: HttpRequest, actor: Actor, person_id: UUID) -> HttpResponseBase:
    """Show one masked field of a person for some minutes, for a reason that goes on record."""
    field = request.POST.get("field", "")
    try:
        result: dict[str, Any] = reveal(
            actor,
            request.POST.get("command_id", ""),
            person_id=person_id,
            field=field,
            reason=request.POST.get("reason", ""),
        )
    except BadInput:
        told = _("Choose what to reveal, and give a reason of at least %(count)s characters.")
        messages.error(request, told % {"count": REASON_LENGTH})
    except NotAllowed:
        messages.error(request, _("This field is not for your role."))
    except Conflict:
        told = _("Your reveals of today are used up. Go on tomorrow, or ask your team lead.")
        messages.error(request, told)
    else:
        told = _("Shown for %(minutes)s minutes. It is on record. Left today: %(left)s.")
        left = result["left_today"]
        messages.success(request, told % {"minutes": TABLE.reveal_minutes, "left": left})
    return redirect("console:person", person_id)


@screen("reads.read")
def looked(request: HttpRequest, actor: Actor, person_id: UUID) -> HttpResponseBase:
    """Who looked at a person's file, when, at what and why."""
    page = who_looked(actor, person_id, page_of(request.GET), PAGE_SIZE)
    who = person_named(actor, person_id)
    note_read(actor, person_id, "reads")
    context = {"page": page, "person": who, "room_name": "cases"}
    return show(request, actor, "access/looked.html", context)
