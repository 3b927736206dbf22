"""Exports: asked for from the list of cases, approved by a second person, fetched once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from arrears.cases.exports.actions import approve, ask, fetch, refuse
from arrears.cases.exports.lists import kept
from arrears.cases.exports.models import FORMS, KINDS
from arrears.cases.exports.queries import exports
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.shell import screen, show
from arrears.console.views.cases import Asked, filter_of
from arrears.kernel.errors import BadInput, Conflict, NotAllowed
from arrears.people.access import TABLE
from arrears.people.access.rules import REASON_LENGTH
from arrears.store.actor import Actor


@require_http_methods(["GET", "HEAD", "POST"])
@screen("cases.export", "people.export", "exports.approve")
def export_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The exports one asked for, and for approvers everybody's; the form for a new one."""
    problem, posted = "", request.POST
    if request.method == "POST":
        which, errors = filter_of(Asked.of(posted))
        try:
            if errors:
                raise BadInput("the filter cannot be read")
            result: dict[str, Any] = ask(
                actor,
                posted.get("command_id", ""),
                kind=posted.get("kind", ""),
                form=posted.get("form", ""),
                which=kept(which),
                reason=posted.get("reason", ""),
            )
        except BadInput:
            told = _(
                "Give a reason of at least %(count)s characters, and a list of 1 to %(most)s rows."
            )
            problem = told % {"count": REASON_LENGTH, "most": f"{TABLE.most_rows:,}"}
        else:
            messages.success(request, asked_told(result))
            return redirect("console:exports")
    context = {
        "page": exports(actor, page_of(request.GET), PAGE_SIZE),
        "query": Asked.of(request.POST if problem else request.GET),
        "kinds": KINDS,
        "forms": FORMS,
        "problem": problem,
        "reason": posted.get("reason", "") if problem else "",
        "table": TABLE,
    }
    return show(request, actor, "access/exports.html", context, status=422 if problem else 200)


def asked_told(result: dict[str, Any]) -> str:
    """What became of asking for an export."""
    rows = int(result["rows"])
    if result["state"] == "approved":
        told = ngettext("%(count)s row, ready to fetch.", "%(count)s rows, ready to fetch.", rows)
    else:
        told = ngettext(
            "%(count)s row: a second person has to approve it.",
            "%(count)s rows: a second person has to approve it.",
            rows,
        )
    return told % {"count": f"{rows:,}"}


@require_POST
@screen("exports.approve")
def approve_export(request: HttpRequest, actor: Actor, export_id: UUID) -> HttpResponseBase:
    """Approve what somebody else asked for."""
    command_id = request.POST.get("command_id", "")
    return _decided(request, lambda: approve(actor, command_id, export_id=export_id))


@require_POST
@screen("exports.approve")
def refuse_export(request: HttpRequest, actor: Actor, export_id: UUID) -> HttpResponseBase:
    """Refuse what somebody else asked for."""
    command_id = request.POST.get("command_id", "")
    return _decided(request, lambda: refuse(actor, command_id, export_id=export_id))


def _decided(request: HttpRequest, act: Callable[[], object]) -> HttpResponseBase:
    try:
        act()
    except NotAllowed:
        messages.error(request, _("Nobody decides on their own export: ask a second person."))
    except Conflict:
        messages.error(request, _("It was decided meanwhile, or has expired."))
    except BadInput:
        messages.error(request, _("This form was not filled in. Go back and try again."))
    else:
        messages.success(request, _("Decided; it is on record."))
    return redirect("console:exports")


@require_POST
@screen("cases.export", "people.export")
def fetch_export(request: HttpRequest, actor: Actor, export_id: UUID) -> HttpResponseBase:
    """The file, once; a POST, so that nothing fetches it by looking ahead."""
    try:
        made = fetch(actor, export_id)
    except Conflict:
        told = _("It was fetched or has expired, or the list has changed. Ask for it anew.")
        messages.error(request, told)
        return redirect("console:exports")
    return HttpResponse(
        made.content,
        content_type=made.media_type,
        headers={"Content-Disposition": f'attachment; filename="{made.name}"'},
    )
