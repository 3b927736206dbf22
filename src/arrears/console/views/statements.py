"""Statements of agencies from draft to settled, and what else counts in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from arrears.cases.exports.actions import ask
from arrears.console.errors_told import acted
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.forms_read import bps, day, line, minor, month
from arrears.console.pay_told import component, scores_told, severity
from arrears.console.shell import screen, show
from arrears.kernel.errors import BadInput
from arrears.people.access.rules import REASON_LENGTH
from arrears.placements.commission import actions
from arrears.placements.commission.queries import (
    charges,
    entered,
    house,
    houses,
    statement,
    statement_lines,
    statements,
    unstated,
)
from arrears.placements.commission.queries.measures import MEASURES
from arrears.placements.commission.rules.bounds import MONEY, bounds
from arrears.store import clock
from arrears.store.actor import Actor

# Step → the action, and what it calls the text that it takes.
STEPS: Final[dict[str, tuple[Callable[..., Any], str | None]]] = {
    "issue": (actions.issue, None),
    "drop": (actions.drop_draft, None),
    "dispute": (actions.dispute, "reason"),
    "uphold": (actions.uphold, "answer"),
    "settle": (actions.settle, "note"),
}


@require_http_methods(["GET", "HEAD", "POST"])
@screen("statements.read")
def statement_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Every statement, the newest month first; the form draws one up."""
    if request.method == "POST":
        actor.require("statements.manage")
        form = request.POST
        drawn: list[str] = []

        def act() -> dict[str, Any]:
            made = actions.draw_up(
                actor,
                form.get("command_id", ""),
                organisation=line(form, "organisation"),
                month=month(line(form, "month")),
            )
            drawn.append(str(made["statement"]))
            return made

        if acted(request, act, _("Drawn up as a draft. The agency sees it once it is issued.")):
            return redirect("console:statement", drawn[0])
        return redirect("console:statements")
    ref = request.GET.get("organisation") or None
    context = {
        "page": statements(actor, ref, page_of(request.GET), PAGE_SIZE),
        "houses": [each for each in houses(actor) if each.kind == "agency"],
        "ref": ref,
        "month": f"{clock.business_day():%Y-%m}",
    }
    return show(request, actor, "pay/statements.html", context)


@screen("statements.read")
def statement_page(request: HttpRequest, actor: Actor, statement_id: UUID) -> HttpResponseBase:
    """One statement: sums, scores, lines, and the steps that it may take."""
    found = statement(actor, statement_id)
    context = {
        "statement": found,
        "scores": scores_told(found.scores),
        "page": statement_lines(actor, statement_id, page_of(request.GET), PAGE_SIZE),
        "mine": found.drawn_by == actor.name,
        "reason_length": REASON_LENGTH,
        "room_name": "statements",
    }
    return show(request, actor, "pay/statement.html", context)


@require_POST
@screen("statements.manage", "statements.approve", "statements.dispute")
def step(request: HttpRequest, actor: Actor, statement_id: UUID) -> HttpResponseBase:
    """Take a step of a statement; each asks for its own permission."""
    form = request.POST
    name = form.get("step", "")
    if name not in STEPS:
        raise Http404
    action, takes = STEPS[name]
    said = {takes: line(form, "text")} if takes else {}
    words = {
        "issue": _("Issued: the agency sees it, and nothing of it is rewritten."),
        "drop": _("Dropped; its lines are free for the next."),
        "dispute": _("Your objection is put down; the lender answers it."),
        "uphold": _("Answered: the statement stands."),
        "settle": _("Settled: it can be paid."),
    }
    acted(
        request,
        lambda: action(actor, form.get("command_id", ""), statement=statement_id, **said),
        words[name],
    )
    return redirect("console:statement", statement_id)


@require_POST
@screen("statements.read")
def export(request: HttpRequest, actor: Actor, statement_id: UUID) -> HttpResponseBase:
    """Ask for the lines as a file, by the rules of all exports."""
    form = request.POST
    try:
        made: dict[str, Any] = ask(
            actor,
            form.get("command_id", ""),
            kind="statement",
            form="csv",
            which={"statement": str(statement_id)},
            reason=line(form, "reason"),
        )
    except BadInput:
        told = _("Give a reason of at least %(count)s characters; a statement without lines"
                 " makes no file.")  # fmt: skip
        messages.error(request, told % {"count": REASON_LENGTH})
        return redirect("console:statement", statement_id)
    if made["state"] == "approved":
        messages.success(request, _("Ready: fetch it here, once."))
    else:
        messages.success(request, _("It is long: a second person has to approve it first."))
    return redirect("console:exports")


@require_http_methods(["GET", "HEAD", "POST"])
@screen("statements.read")
def charge_page(request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """Complaints upheld, adjustments and scores of an organisation, and their forms."""
    whose = house(actor, ref)
    if request.method == "POST":
        _charge(request, actor, ref)
        return redirect("console:charges", ref)
    names = [name for name in bounds().components if name not in MEASURES and name != MONEY]
    context = {
        "house": whose,
        "charges": charges(actor, whose.id),
        "scores": entered(actor, whose.id),
        "waiting": unstated(actor, ref),
        "components": [(name, component(name)) for name in names],
        "severities": [(name, severity(name)) for name in bounds().severities],
        "today": clock.business_day(),
        "room_name": "schemes",
    }
    return show(request, actor, "pay/charges.html", context)


def _charge(request: HttpRequest, actor: Actor, ref: str) -> None:
    form = request.POST
    told: dict[str, Any] = {"organisation": ref}
    badge = line(form, "badge_no") or None

    def act() -> Any:
        what, key = form.get("what"), form.get("command_id", "")
        if what == "complaint":
            upheld_on = day(form, "upheld_on") or clock.business_day()
            return actions.uphold_complaint(
                actor, key, **told, severity=form.get("severity", ""), upheld_on=upheld_on,
                reference=line(form, "reference"), finding=line(form, "reason"), badge_no=badge,
            )  # fmt: skip
        if what == "adjustment":
            currency = line(form, "currency").upper()
            return actions.adjust(
                actor, key, **told, currency=currency, reason=line(form, "reason"),
                commission_minor=minor(form, "amount", currency),
            )  # fmt: skip
        if what == "score":
            return actions.enter_score(
                actor, key, **told, component=form.get("component", ""), badge_no=badge,
                month=month(line(form, "month")), score_bps=bps(form, "score"),
                reason=line(form, "reason"),
            )  # fmt: skip
        raise BadInput("there is nothing of this kind", expected="complaint, adjustment or score",
                       found=str(what)[:40])  # fmt: skip

    acted(request, act, _("Put down."))
