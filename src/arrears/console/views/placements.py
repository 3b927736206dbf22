"""Batches of placements: listed, read, asked for, decided, carried out and undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from arrears.cases.exports.actions import ask as ask_export
from arrears.console import placements_told as told
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.shell import part, screen, show, wants_part
from arrears.kernel.errors import ArrearsError, BadInput, Conflict, NotAllowed
from arrears.people.access import TABLE
from arrears.people.access.rules import REASON_LENGTH
from arrears.people.organisations import agency_of
from arrears.placements import actions, queries
from arrears.placements.aside_list import KIND
from arrears.placements.queries import BatchView
from arrears.placements.queries.lines import lines_of
from arrears.placements.rules.kinds import BATCH_KINDS
from arrears.placements.states import BATCH
from arrears.placements.words import ASIDE, KINDS, STATES
from arrears.store.actor import Actor

REFUSED = (BadInput, Conflict, NotAllowed)


@screen("placements.read")
def placement_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """What each agency leads, and the batches that changed or will change it."""
    asked = {
        "state": _among(request.GET.get("state"), BATCH.states),
        "kind": _among(request.GET.get("kind"), BATCH_KINDS),
        "organisation": request.GET.get("organisation", "").replace("\x00", "")[:200],
    }
    page = queries.batches(
        actor,
        asked["state"] or None,
        page_of(request.GET),
        PAGE_SIZE,
        kind=asked["kind"] or None,
        organisation=asked["organisation"] or None,
    )
    context = {
        "page": page,
        "asked": asked,
        "led": queries.led(actor),
        "names": told.named(actor, {each for row in page.rows for each in row.by}),
        "states": STATES,
        "kinds": KINDS,
        "of_agency": agency_of(actor.scope) is not None,
        "approvers": told.roles_that("approve"),
        "narrowed": any(asked.values()),
        "me": actor.name,
    }
    return show(request, actor, "placements/list.html", context)


@screen("placements.read")
def batch_page(request: HttpRequest, actor: Actor, batch_id: UUID) -> HttpResponseBase:
    """One batch: what it is about, what comes next and who does it, who is set aside and why."""
    if wants_part(request):
        following = _state(actor, batch_id)
        answer = part(request, "placements/state.html", following)
        if not following["prospect"].busy:  # done: the whole page is new
            answer["HX-Refresh"] = "true"
        return answer
    around = _state(actor, batch_id)
    batch: BatchView = around["batch"]
    reasons = queries.reasons_of(actor, batch_id)
    show_aside = request.GET.get("list") == "aside" or (not batch.persons_count and reasons)
    number = page_of(request.GET)
    reason = _among(request.GET.get("reason"), ASIDE)
    context = {
        **around,
        "reasons": [(code, ASIDE.get(code, code), count) for code, count in reasons],
        "aside_count": sum(count for _code, count in reasons),
        "reason": reason,
        "show_aside": show_aside,
        "page": queries.set_aside_of(actor, batch_id, number, PAGE_SIZE, reason=reason or None)
        if show_aside
        else lines_of(actor, batch_id, False, number, PAGE_SIZE),
        "filter": told.filter_told(batch.filter),
        "file_rows": TABLE.second_person_above_rows,
        "room_name": "placements",
    }
    return show(request, actor, "placements/batch.html", context)


def _state(actor: Actor, batch_id: UUID) -> dict[str, Any]:
    batch = queries.batch(actor, batch_id)
    prospect = queries.prospect(actor, batch_id)
    led = {row.organisation: row.persons for row in queries.led(actor)}
    return {
        "batch": batch,
        "prospect": prospect,
        "second": told.second_told(batch.second_because),
        "unfit": told.unfit_told(prospect.unfit),
        "undo_obstacles": told.undo_told(prospect.undo_obstacles),
        "drift_aside": [
            (ASIDE.get(code, code), count)
            for code, count in (prospect.drift.aside if prospect.drift else ())
        ],
        "stayed": batch.persons_count - (batch.carried_out_count or 0),
        "leads": led.get(batch.organisation, 0),
        "names": told.named(actor, batch.by),
        "approvers": told.roles_that("approve"),
        "carriers": told.roles_that("carry_out"),
        "of_agency": agency_of(actor.scope) is not None,
        "me": actor.name,
        "may": actor.permissions,
    }


@require_POST
@screen("placements.ask")
def ask_batch(request: HttpRequest, actor: Actor, batch_id: UUID) -> HttpResponseBase:
    """Ask for what was previewed; if the book has moved on, preview it anew instead."""
    form = request.POST
    command_id, digest = form.get("command_id", ""), form.get("digest", "")
    try:
        batch = queries.batch(actor, batch_id)
        if batch.state == "previewed" and queries.drift(actor, batch_id) is not None:
            anew = _anew(actor, command_id, batch)
            messages.warning(
                request,
                _("The book has moved on since the preview, so this is a new one: look again."),
            )
            return redirect("console:placement-batch", anew)
        result: dict[str, Any] = actions.ask(actor, command_id, batch_id=batch_id, digest=digest)
    except REFUSED as error:
        messages.error(request, told.refusal(error))
        return redirect("console:placement-batch", batch_id)
    if result["state"] == "approved":
        messages.success(request, _("Asked for. It is within the limits: it can be carried out."))
    else:
        messages.success(request, _("Asked for. A second person decides about it."))
    return redirect("console:placement-batch", batch_id)


def _anew(actor: Actor, command_id: str, batch: BatchView) -> UUID:
    result = actions.preview(
        actor,
        command_id,
        kind=batch.kind,
        organisation=batch.organisation,
        filter=batch.filter,
        reason=batch.reason,
        term_until_on=batch.term_until_on,
    )
    return UUID(str(result["batch_id"]))


@require_POST
@screen("placements.approve")
def approve_batch(request: HttpRequest, actor: Actor, batch_id: UUID) -> HttpResponseBase:
    """Approve what another person asked for."""
    form = request.POST
    return _acted(
        request,
        batch_id,
        lambda: actions.approve(
            actor,
            form.get("command_id", ""),
            batch_id=batch_id,
            digest=form.get("digest", ""),
            reason=form.get("reason", ""),
        ),
        lambda _result: _("Approved. It can be carried out now."),
    )


@require_POST
@screen("placements.approve")
def refuse_batch(request: HttpRequest, actor: Actor, batch_id: UUID) -> HttpResponseBase:
    """Refuse it, with the reason."""
    form = request.POST
    return _acted(
        request,
        batch_id,
        lambda: actions.refuse(
            actor, form.get("command_id", ""), batch_id=batch_id, reason=form.get("reason", "")
        ),
        lambda _result: _("Refused. Nobody was moved."),
    )


@require_POST
@screen("placements.carry_out")
def carry_out_batch(request: HttpRequest, actor: Actor, batch_id: UUID) -> HttpResponseBase:
    """Move its persons, all in one step."""
    form = request.POST
    return _acted(
        request,
        batch_id,
        lambda: actions.carry_out(
            actor, form.get("command_id", ""), batch_id=batch_id, digest=form.get("digest", "")
        ),
        moved_told,
    )


@require_POST
@screen("placements.carry_out")
def undo_batch(request: HttpRequest, actor: Actor, batch_id: UUID) -> HttpResponseBase:
    """Take a placement back that nobody has acted on."""
    form = request.POST
    return _acted(
        request,
        batch_id,
        lambda: actions.undo(
            actor, form.get("command_id", ""), batch_id=batch_id, reason=form.get("reason", "")
        ),
        lambda _result: _("Undone. The lender leads its persons again; both steps stay on record."),
    )


def moved_told(result: dict[str, Any]) -> str:
    """What carrying a batch out did, in a sentence or three."""
    persons = int(result["persons"])
    stayed = sum(int(each["persons"]) for each in result["changed"])
    ended = int(result.get("reservations_ended", 0))
    done = ngettext("Done for %(n)s person.", "Done for %(n)s persons.", persons)
    told_all = [done % {"n": f"{persons:,}"}]
    if stayed:
        told_all.append(
            ngettext(
                "%(n)s stayed where they were, because something had changed.",
                "%(n)s stayed where they were, because something had changed.",
                stayed,
            )
            % {"n": f"{stayed:,}"}
        )
    if ended:
        told_all.append(
            ngettext(
                "%(n)s contact that had been reserved may not begin any more.",
                "%(n)s contacts that had been reserved may not begin any more.",
                ended,
            )
            % {"n": f"{ended:,}"}
        )
    return " ".join(told_all)


def _acted(
    request: HttpRequest,
    batch_id: UUID,
    act: Callable[[], dict[str, Any]],
    done: Callable[[dict[str, Any]], str],
) -> HttpResponseBase:
    try:
        result = act()
    except REFUSED as error:
        messages.error(request, _reason_or(request, error))
    else:
        messages.success(request, done(result))
    return redirect("console:placement-batch", batch_id)


def _reason_or(request: HttpRequest, error: ArrearsError) -> str:
    if isinstance(error, BadInput) and not request.POST.get("reason", "").strip():
        return _("Give a reason that others can follow.")
    return told.refusal(error)


@require_POST
@screen("placements.read")
def batch_file(request: HttpRequest, actor: Actor, batch_id: UUID) -> HttpResponseBase:
    """Ask for the list of who is set aside as a file, by the rules of all exports."""
    queries.batch(actor, batch_id)
    form = request.POST
    try:
        ask_export(
            actor,
            form.get("command_id", ""),
            kind=KIND,
            form="csv",
            which={"batch": str(batch_id)},
            reason=form.get("reason", ""),
        )
    except (BadInput, Conflict):
        told_why = _("Give a reason of at least %(count)s characters.") % {"count": REASON_LENGTH}
        messages.error(request, told_why)
        return redirect("console:placement-batch", batch_id)
    messages.success(request, _("The list of who is set aside is asked for: fetch it here."))
    return redirect("console:exports")


def _among(value: str | None, known: Any) -> str:
    return value if value is not None and value in known else ""
