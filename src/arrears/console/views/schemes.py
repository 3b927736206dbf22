"""What agencies are paid for and staff are rated by: proposed by one, approved by another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from arrears.console.errors_told import acted, error_told
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.forms_read import bps, line, minor, month
from arrears.console.pay_told import bucket, component, percent, refusal_told, scheme_told, severity
from arrears.console.shell import screen, show
from arrears.kernel.errors import BadInput, Conflict
from arrears.placements.commission.actions import approve_scheme, propose_scheme, refuse_scheme
from arrears.placements.commission.queries import (
    HouseView,
    house,
    houses,
    proposal,
    proposals,
    schemes,
)
from arrears.placements.commission.rules.bounds import bounds
from arrears.placements.commission.rules.scheme import BUCKETS
from arrears.store.actor import Actor

CAPS = ("cap_payment", "cap_month")


@screen("statements.read")
def scheme_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Each organisation with its scheme, and what waits for a second person."""
    context = {
        "houses": houses(actor),
        "page": proposals(actor, number=page_of(request.GET), size=PAGE_SIZE),
    }
    return show(request, actor, "pay/schemes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@screen("statements.read")
def scheme_page(request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """The schemes of an organisation, and the form to propose the next."""
    whose = house(actor, ref)
    versions = schemes(actor, ref)
    problem = ""
    form: Mapping[str, str] = _as_form(versions[0].document if versions else {})
    if request.method == "POST":
        actor.require("statements.manage")
        form = {name: str(value) for name, value in request.POST.items()}
        problem = _propose(request, actor, whose)
        if not problem:
            return redirect("console:schemes")
    context = {
        "house": whose,
        "versions": [(each, scheme_told(each.document)) for each in versions],
        "problem": problem,
        "weights": [(f"w-{n}", component(n), form.get(f"w-{n}", "")) for n in bounds().components],
        "rates": [(f"r-{n}", bucket(n), form.get(f"r-{n}", "")) for n in BUCKETS],
        "deductions": [
            (f"d-{n}", severity(n), form.get(f"d-{n}", "")) for n in bounds().severities
        ],
        "form": form,
        "bounds": bounds(),
        "room_name": "schemes",
    }
    return show(request, actor, "pay/scheme.html", context, status=422 if problem else 200)


def _propose(request: HttpRequest, actor: Actor, whose: HouseView) -> str:
    """Propose what the form says; what is wrong with it, empty if nothing is."""
    form = request.POST
    try:
        propose_scheme(
            actor,
            form.get("command_id", ""),
            organisation=whose.ref,
            from_on=month(line(form, "from")),
            document=_document(form, pays=whose.kind == "agency"),
            reason=line(form, "reason"),
        )
    except (BadInput, Conflict) as error:
        return refusal_told(error) or error_told(error)
    acted(request, lambda: None, _("Proposed. A second person has to approve it."))
    return ""


def _document(form: Any, *, pays: bool) -> dict[str, Any]:
    weights = {name: bps(form, f"w-{name}") for name in bounds().components}
    document: dict[str, Any] = {"weights_bps": {n: share for n, share in weights.items() if share}}
    if not pays:
        return document
    document["rates_bps"] = {name: bps(form, f"r-{name}") for name in BUCKETS}
    document["deductions_bps"] = {name: bps(form, f"d-{name}") for name in bounds().severities}
    currency = line(form, "cap_currency").upper()
    caps = {
        f"{name.removeprefix('cap_')}_minor": minor(form, name, currency)
        for name in CAPS
        if line(form, name)
    }
    if caps:
        document["caps"] = {currency: caps}
    return document


def _as_form(document: Mapping[str, Any]) -> dict[str, str]:
    """The scheme in force, so that the next is written by what changes."""
    told = {}
    for letter, name in (("w", "weights_bps"), ("r", "rates_bps"), ("d", "deductions_bps")):
        for each, share in document.get(name, {}).items():
            told[f"{letter}-{each}"] = percent(share).removesuffix(" %")
    return told


@screen("statements.read")
def proposal_page(request: HttpRequest, actor: Actor, proposal_id: UUID) -> HttpResponseBase:
    """A proposal beside the scheme in force, to be approved or refused."""
    found = proposal(actor, proposal_id)
    now = next((each for each in schemes(actor, found.organisation)), None)
    compare = now.document if now is not None and found.state == "asked" else None
    context = {
        "proposal": found,
        "told": scheme_told(found.document, compare),
        "now": now,
        "room_name": "schemes",
    }
    return show(request, actor, "pay/proposal.html", context)


@require_POST
@screen("statements.approve")
def decide(request: HttpRequest, actor: Actor, proposal_id: UUID) -> HttpResponseBase:
    """Approve or refuse what another person proposed."""
    form = request.POST
    command_id, reason = form.get("command_id", ""), line(form, "reason")
    if form.get("decision") == "approve":
        acted(
            request,
            lambda: approve_scheme(actor, command_id, proposal=proposal_id,
                                   sha256=form.get("sha256", ""), reason=reason),
            _("Approved: it is in force from its first month on."),
        )  # fmt: skip
    else:
        acted(
            request,
            lambda: refuse_scheme(actor, command_id, proposal=proposal_id, reason=reason),
            _("Refused, with your reason."),
        )
    return redirect("console:schemes")
