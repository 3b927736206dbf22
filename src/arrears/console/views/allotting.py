"""The allotment of the day: what it would change and why, carried out as seen; one case's why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from arrears.console.errors_told import acted, error_told
from arrears.console.forms_read import an_id, line
from arrears.console.shell import screen, show
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.placements.allotment.actions import allot_now, hand_over
from arrears.placements.allotment.queries import begun_on, history, leads, plan, why
from arrears.store.actor import Actor


@require_http_methods(["GET", "HEAD", "POST"])
@screen("queues.manage")
def allotment(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """What an allotment would change now; the form carries it out, just that."""
    if not leads(actor):
        return show(request, actor, "work/unregistered.html", {"what": "board"})
    if request.method == "POST":
        form = request.POST
        try:
            done = allot_now(actor, form.get("command_id", ""), digest=form.get("digest", ""))
        except (Conflict, BadInput) as error:
            messages.error(request, error_told(error))
        else:
            messages.success(request, _allotted(done))
        return redirect("console:allotment")
    context = {"plan": plan(actor), "begun": begun_on(actor)}
    return show(request, actor, "work/allotment.html", context)


def _allotted(done: dict[str, Any]) -> str:
    changed = int(done["allotted"]) + int(done["moved"]) + int(done["let_go"])
    told = ngettext("Allotted: %(count)s case changed.", "Allotted: %(count)s cases changed.",
                    changed)  # fmt: skip
    return told % {"count": f"{changed:,}"}


@screen("queues.manage")
def why_page(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponseBase:
    """Why a case is with whom it is: everybody who could have it, and what keeps the others."""
    if not leads(actor):
        raise NotFound("there is no such case", key=case_id)
    found = why(actor, case_id)
    context = {
        "why": found,
        "history": history(actor, case_id),
        "takers": [c for c in found.candidates if not c.unfit and c.in_reach and not c.keeps],
        "room_name": "board",
    }
    return show(request, actor, "work/why.html", context)


@require_POST
@screen("queues.manage")
def hand_one_over(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponseBase:
    """Hand one case over to somebody."""
    form = request.POST
    acted(
        request,
        lambda: hand_over(
            actor,
            form.get("command_id", ""),
            case_id=case_id,
            to_staff=an_id(form.get("to", "")),
            reason=line(form, "reason"),
        ),
        _("Handed over, with what is due of it."),
    )
    return redirect("console:case-keeper", case_id)
