"""Targets of a month and how far they were reached; the form sets one."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from arrears.console.errors_told import acted
from arrears.console.forms_read import an_id, bps, line, minor, month
from arrears.console.pay_told import component
from arrears.console.shell import screen, show
from arrears.kernel.errors import BadInput
from arrears.people.organisations import LENDER_REF
from arrears.placements.commission.actions import set_target
from arrears.placements.commission.queries import (
    HouseView,
    houses,
    over_months,
    schemes,
    subjects,
    targets,
)
from arrears.placements.commission.rules.bounds import MONEY, bounds
from arrears.store import clock
from arrears.store.actor import Actor


@require_http_methods(["GET", "HEAD", "POST"])
@screen("statements.read")
def target_page(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Targets of an organisation, its teams and its staff for a month."""
    every = houses(actor)
    if request.method == "POST":
        actor.require("statements.manage")
        _set(request, actor)
        asked = {name: line(request.POST, name) for name in ("organisation", "month")}
        return redirect(f"{reverse('console:targets')}?{urlencode(asked)}")
    whose = _whose(every, request.GET.get("organisation", LENDER_REF))
    when = _month(request.GET.get("month", ""))
    context = {
        "houses": every,
        "house": whose,
        "month": when,
        "targets": targets(actor, whose.ref, when) if whose else (),
        "components": _components(actor, whose, when) if whose else (),
        "subjects": subjects(actor, whose.ref, when) if whose else None,
    }
    return show(request, actor, "pay/targets.html", context)


@screen("statements.read")
def months(request: HttpRequest, actor: Actor, kind: str, subject: UUID) -> HttpResponseBase:
    """One organisation, team or member of staff, month by month."""
    found = over_months(actor, kind, subject)
    context = {"months": found, "whose": found[0][1], "room_name": "targets"}
    return show(request, actor, "pay/months.html", context)


def _whose(every: tuple[HouseView, ...], ref: str) -> HouseView | None:
    return next((each for each in every if each.ref == ref), every[0] if every else None)


def _month(given: str) -> date:
    try:
        return month(given)
    except BadInput:
        return clock.business_day().replace(day=1)


def _components(actor: Actor, whose: HouseView, when: date) -> list[tuple[str, str]]:
    """What the scheme in force asks for in that month."""
    for each in schemes(actor, whose.ref):
        if each.from_on <= when and (each.until_on is None or when < each.until_on):
            weights = each.document["weights_bps"]
            return [(name, component(name)) for name in bounds().components if weights.get(name)]
    return []


def _set(request: HttpRequest, actor: Actor) -> None:
    form = request.POST

    def act() -> Any:
        currency = line(form, "currency").upper()
        names = [name.removeprefix("a-") for name in form if name.startswith("a-")]
        aims: dict[str, Any] = {
            name: {currency: minor(form, f"a-{name}", currency)}
            if name == MONEY
            else bps(form, f"a-{name}")
            for name in names
        }
        kind, _colon, which = line(form, "whose").partition(":")
        return set_target(
            actor,
            form.get("command_id", ""),
            organisation=line(form, "organisation"),
            month=month(line(form, "month")),
            aims=aims,
            team=an_id(which) if kind == "team" else None,
            badge_no=which if kind == "staff" else None,
        )

    acted(request, act, _("The target stands."))
