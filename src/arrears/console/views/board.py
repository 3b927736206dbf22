"""A lead's board: who is at work with how much, what falls between chairs, handing over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from arrears.console.errors_told import acted
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.forms_read import an_id, day, line
from arrears.console.shell import screen, show
from arrears.kernel.errors import BadInput, NotFound
from arrears.people.rules.kinds import ABSENCE_REASONS
from arrears.placements.allotment.actions import (
    back_again,
    enter_absence,
    hand_over_all,
    hand_over_some,
)
from arrears.placements.allotment.queries import leads, member, members, unkept
from arrears.store import clock
from arrears.store.actor import Actor


@screen("queues.manage")
def board(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Every member with capacity, load and what is due; and what nobody keeps."""
    if not leads(actor):
        return show(request, actor, "work/unregistered.html", {"what": "board"})
    people = members(actor)
    context = {
        "members": people,
        "at_work": sum(each.ready for each in people),
        "idle": [each for each in people if each.ready and each.capacity and not each.load],
        "load": sum(each.load for each in people),
        "capacity": sum(each.capacity for each in people if each.ready),
        "carried": sum(each.carried for each in people),
        "in_hand": sum(each.in_hand for each in people),
        "unkept": unkept(actor, page_of(request.GET), PAGE_SIZE),
    }
    return show(request, actor, "work/board.html", context)


@screen("queues.manage")
def member_page(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """One member: their cases, to be handed over, and when they are away."""
    if not leads(actor):
        raise NotFound("there is no such member of staff", key=staff_id)
    page = member(actor, staff_id, page_of(request.GET), PAGE_SIZE)
    context = {
        "page": page,
        "takers": [each for each in page.colleagues if each.ready and each.capacity],
        "reasons": ABSENCE_REASONS,
        "today": clock.business_day(),
        "room_name": "board",
    }
    return show(request, actor, "work/member.html", context)


@require_POST
@screen("queues.manage")
def hand_several_over(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """Hand over the chosen cases, or all that somebody keeps."""
    form = request.POST
    command_id, reason = form.get("command_id", ""), line(form, "reason")

    def act() -> dict[str, Any]:
        if form.get("which") == "all":
            return hand_over_all(actor, command_id, from_staff=staff_id, reason=reason)
        return hand_over_some(
            actor,
            command_id,
            case_ids=[an_id(each) for each in form.getlist("case")],
            to_staff=an_id(form["to"]) if form.get("to") else None,
            reason=reason,
        )

    acted(request, act, _handed_over)
    return redirect("console:member", staff_id)


def _handed_over(result: dict[str, Any]) -> str:
    count, stay = int(result["cases"]), int(result["stay"])
    told = ngettext("%(count)s case handed over.", "%(count)s cases handed over.", count)
    if stay:
        told += " " + ngettext(
            "%(stay)s stays: nobody else fits it.", "%(stay)s stay: nobody else fits them.", stay
        )
    return told % {"count": f"{count:,}", "stay": f"{stay:,}"}


@require_POST
@screen("queues.manage")
def away(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """Enter an absence; from its first day on, colleagues have the cases."""
    form = request.POST

    def act() -> dict[str, Any]:
        from_on = day(form, "from_on")
        if from_on is None:
            raise BadInput("this is no day", expected="as 2026-03-31", found="nothing")
        return enter_absence(
            actor,
            form.get("command_id", ""),
            staff_id=staff_id,
            from_on=from_on,
            until_on=day(form, "until_on"),
            reason=form.get("reason", ""),
        )

    acted(request, act, _away_told)
    return redirect("console:member", staff_id)


def _away_told(result: dict[str, Any]) -> str:
    kept = int(result["kept"])
    if not kept:
        return _("The absence stands. Colleagues have all of their cases.")
    told = ngettext(
        "The absence stands. They keep %(count)s case until it begins, or as nobody else fits.",
        "The absence stands. They keep %(count)s cases until it begins, or as nobody else fits.",
        kept,
    )
    return told % {"count": f"{kept:,}"}


@require_POST
@screen("queues.manage")
def back_at_work(
    request: HttpRequest, actor: Actor, staff_id: UUID, absence_id: UUID
) -> HttpResponseBase:
    """Let an absence end on a day: the first on which they are there."""
    form = request.POST
    acted(
        request,
        lambda: back_again(
            actor,
            form.get("command_id", ""),
            absence_id=absence_id,
            until_on=day(form, "until_on") or clock.business_day(),
        ),
        _("They are back; the next allotment gives them cases again."),
    )
    return redirect("console:member", staff_id)
