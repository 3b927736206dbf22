"""One's own work of today: the queue in its order, taking up, finishing, putting back."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from arrears.console.errors_told import acted
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.forms_read import day, line
from arrears.console.shell import screen, show
from arrears.people.models import User
from arrears.people.queries import staff_actor
from arrears.placements.allotment.actions import finish, put_back, take_up
from arrears.placements.allotment.queries import queue, registered_as, standing
from arrears.store.actor import Actor

FROM_WORK = "?from=work"


def start(request: HttpRequest) -> HttpResponseBase:
    """The first screen of whoever comes: their queue, where they work cases themselves."""
    if isinstance(request.user, User):
        actor = staff_actor(request.user)
        if "queues.take" in actor.permissions and registered_as(actor) is not None:
            return redirect("console:work")
        if "cases.read" not in actor.permissions:
            return redirect("console:account" if not actor.permissions else "console:rules")
    return redirect("console:today")


@screen("queues.read")
def queue_page(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """What the reader works on today, in order, and what is in their hands."""
    me = registered_as(actor)
    if me is None:
        return show(request, actor, "work/unregistered.html", {"what": "queue"})
    team = request.GET.get("team") == "1"
    context = {
        "queue": queue(actor, team=team, page=page_of(request.GET), size=PAGE_SIZE),
        "standing": standing(actor),
        "team": team,
        "me": me,
    }
    return show(request, actor, "work/queue.html", context)


@require_POST
@screen("queues.take")
def take(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponseBase:
    """Take a case up and open it."""
    command_id = request.POST.get("command_id", "")
    taken = acted(
        request,
        lambda: take_up(actor, command_id, case_id=case_id),
        _("It is in your hands until you finish it or put it back, or the day is over."),
    )
    if taken:
        return redirect(reverse("console:case", args=[case_id]) + FROM_WORK)
    return redirect("console:work")


@require_POST
@screen("queues.take")
def done(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponseBase:
    """Be done with it for now; it comes again as its next step says."""
    command_id = request.POST.get("command_id", "")
    acted(
        request,
        lambda: finish(actor, command_id, case_id=case_id),
        lambda told: _("Done for now; it comes again on %(day)s.") % {"day": told["due_on"]},
    )
    return redirect("console:work")


@require_POST
@screen("queues.take")
def back(request: HttpRequest, actor: Actor, case_id: UUID) -> HttpResponseBase:
    """Put it back, with the reason."""
    form = request.POST
    acted(
        request,
        lambda: put_back(
            actor,
            form.get("command_id", ""),
            case_id=case_id,
            reason=line(form, "reason"),
            until_on=day(form, "until_on"),
        ),
        _("Put back, with your reason."),
    )
    return redirect("console:work")
