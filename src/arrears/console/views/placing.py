"""Ask for placements: the form, and what an agency asks to keep."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from arrears.book.treat import TREATMENTS
from arrears.console import placements_told as told
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.placing import CURRENCIES, Planned
from arrears.console.shell import screen, show
from arrears.console.words import BUCKETS, PRODUCTS
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.placements import actions, queries
from arrears.placements.limits import limits
from arrears.placements.words import KINDS
from arrears.store import clock
from arrears.store.actor import Actor


@require_http_methods(["GET", "HEAD", "POST"])
@screen("placements.ask")
def new(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Say who is to be placed, recalled or left with an agency; the answer is a preview."""
    planned, problems = _planned(request, actor), []
    if request.method == "POST":
        problems = planned.problems(clock.business_day())
        if not problems:
            try:
                result = actions.preview(
                    actor,
                    request.POST.get("command_id", ""),
                    kind=planned.kind,
                    organisation=planned.organisation,
                    filter=planned.filter(),
                    reason=planned.reason,
                    term_until_on=planned.term_until_on(),
                )
            except (BadInput, Conflict, NotFound) as error:
                problems = [told.refusal(error)]
            else:
                return redirect("console:placement-batch", UUID(str(result["batch_id"])))
    context = {
        "planned": planned,
        "problems": problems,
        "agencies": queries.led(actor),
        "kinds": KINDS,
        "buckets": BUCKETS,
        "products": PRODUCTS,
        "treatments": list(TREATMENTS),
        "currencies": CURRENCIES,
        "good_for_hours": int(limits().good_for.total_seconds()) // 3600,
        "room_name": "placements",
    }
    return show(request, actor, "placements/new.html", context, status=422 if problems else 200)


def _planned(request: HttpRequest, actor: Actor) -> Planned:
    if request.method == "POST":
        return Planned.of(request.POST)
    earlier = request.GET.get("like", "")
    try:
        return Planned.of_batch(queries.batch(actor, UUID(earlier)))
    except (ValueError, NotFound):
        return Planned.of(request.GET)


@require_http_methods(["GET", "HEAD", "POST"])
@screen("placements.retain")
def keep(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """An agency asks to keep persons beyond their term; the lender decides."""
    (own,) = queries.led(actor)[:1] or (None,)
    if own is None:
        raise NotFound("no agency of yours is on the register")
    planned, problems = Planned.of(request.POST or request.GET), []
    if request.method == "POST":
        problems = _keep_problems(planned)
        if not problems:
            try:
                result: dict[str, Any] = actions.ask_to_keep(
                    actor,
                    request.POST.get("command_id", ""),
                    person_refs=planned.person_refs,
                    term_until_on=planned.term_until_on() or clock.business_day(),
                    reason=planned.reason,
                    organisation=own.organisation,
                )
            except (BadInput, Conflict, NotFound) as error:
                problems = [told.refusal(error)]
            else:
                messages.success(request, _("Asked for. The lender decides about it."))
                return redirect("console:placement-batch", UUID(str(result["batch_id"])))
    context = {
        "planned": planned,
        "chosen": set(planned.person_refs),
        "problems": problems,
        "own": own,
        "page": queries.placed_with(
            actor, own.organisation, number=page_of(request.GET), size=PAGE_SIZE
        ),
        "today": clock.business_day(),
        "room_name": "placement-keep",
    }
    return show(request, actor, "placements/keep.html", context, status=422 if problems else 200)


def _keep_problems(planned: Planned) -> list[str]:
    found = []
    if not planned.person_refs:
        found.append(_("Choose the persons whom you ask to keep."))
    term = planned.term_until_on()
    if term is None or term <= clock.business_day():
        found.append(_("The term ends on a day that lies ahead."))
    if not planned.reason:
        found.append(_("Give a reason that others can follow."))
    return found
