"""Whose a person is: shown on their pages; recalled from there; told of their agency."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from arrears.console import placements_told as told
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.shell import screen, show
from arrears.console.views.placements import REFUSED, moved_told
from arrears.kernel.errors import BadInput, Conflict
from arrears.people.access import may
from arrears.people.organisations import LENDER_REF, agency_of
from arrears.people.queries import person as person_view
from arrears.placements import actions, queries
from arrears.placements.allotment.queries import history as keepers_of
from arrears.store.actor import Actor


def whose(actor: Actor, person_id: UUID, case_id: UUID | None = None) -> dict[str, Any]:
    """Who works for the lender on a person, since when, and what was before."""
    placements = queries.placements_of(actor, person_id)
    now = placements[0] if placements and placements[0].until_at is None else None
    of_agency = agency_of(actor.scope) is not None
    own = {each.organisation for each in placements}
    keepers = tuple(
        each
        for each in (keepers_of(actor, case_id) if case_id is not None else ())
        if not of_agency or each.organisation in own
    )
    leads = now.organisation if now else LENDER_REF
    kept = next((k for k in keepers if k.until_at is None and k.organisation == leads), None)
    requests = queries.requests_about(actor, person_id) if may(actor, "read", "placements") else ()
    acted = {each.placed_by for each in placements} | {each.ended_by for each in placements}
    return {
        "placements": placements,
        "placed": now,
        "keeper": kept,
        "keepers": keepers,
        "requests": requests,
        "names": told.named(actor, acted | {each.asked_by for each in requests}),
        "channels": told.channels(),
        "of_agency": of_agency,
        "person_id": person_id,
        "case_id": case_id,
    }


@require_POST
@screen("placements.recall")
def recall_one(request: HttpRequest, actor: Actor, person_id: UUID) -> HttpResponseBase:
    """Take a person back from their agency, at once."""
    form = request.POST
    ref = person_view(actor, person_id).person_ref
    try:
        result: dict[str, Any] = actions.recall(
            actor,
            form.get("command_id", ""),
            organisation=form.get("organisation", ""),
            person_refs=[ref],
            reason=form.get("reason", ""),
        )
    except REFUSED as error:
        if error.message == "this recall takes a second person":
            return _in_two(request, actor, person_id, ref)
        messages.error(request, _reason_or(request, error))
    else:
        messages.success(request, f"{_('Recalled.')} {moved_told(result)}")
    return _back(request, person_id)


def _in_two(request: HttpRequest, actor: Actor, person_id: UUID, ref: str) -> HttpResponseBase:
    """More money than one person decides about: a preview that a second one approves."""
    if not may(actor, "ask", "placements"):
        messages.error(
            request,
            _("It concerns more money than one may decide about alone. Who may ask: %(who)s.")
            % {"who": told.roles_that("ask")},
        )
        return _back(request, person_id)
    form = request.POST
    made = actions.preview(
        actor,
        f"{form.get('command_id', '')} two",
        kind="recall",
        organisation=form.get("organisation", ""),
        filter={"person_refs": [ref]},
        reason=form.get("reason", ""),
    )
    messages.warning(
        request,
        _("It concerns more money than one may decide about alone: ask for it here, and a second"
          " person decides."),
    )  # fmt: skip
    return redirect("console:placement-batch", UUID(str(made["batch_id"])))


@require_POST
@screen("placements.carry_out")
def tell_one(request: HttpRequest, actor: Actor, person_id: UUID) -> HttpResponseBase:
    """Note that a person was told of their agency: from then on it may contact them."""
    form = request.POST
    try:
        actions.mark_told(
            actor,
            form.get("command_id", ""),
            person_ref=person_view(actor, person_id).person_ref,
            channel=form.get("channel", ""),
            evidence=form.get("evidence", ""),
        )
    except BadInput:
        messages.error(request, _("Say how they were told, and by what it can be shown."))
    except Conflict as error:
        messages.error(request, told.refusal(error))
    else:
        messages.success(request, _("Noted: told of the agency, which may contact them now."))
    if form.get("back") == "notices":
        return redirect("console:placement-notices")
    return _back(request, person_id)


@screen("placements.read")
def notices(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Who is still to be told of their agency; until then it may not contact them."""
    context = {
        "page": queries.notices_due(actor, page_of(request.GET), PAGE_SIZE),
        "channels": told.channels(),
    }
    return show(request, actor, "placements/notices.html", context)


def _reason_or(request: HttpRequest, error: Any) -> str:
    if isinstance(error, BadInput) and not request.POST.get("reason", "").strip():
        return _("Give a reason that others can follow.")
    return told.refusal(error)


def _back(request: HttpRequest, person_id: UUID) -> HttpResponseBase:
    """To the case that the form stood on, else to the person."""
    try:
        return redirect("console:case", UUID(request.POST.get("case", "")))
    except ValueError:
        return redirect("console:person", person_id)
