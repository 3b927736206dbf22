"""Settings that staff change: the outbound mode and the machine clients."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from arrears.console.shell import screen, show
from arrears.daily.actions import switch_mode
from arrears.daily.queries import checklist, mode_history, outbound_mode
from arrears.daily.rules import REASON_LENGTH
from arrears.kernel.errors import BadInput, Conflict
from arrears.kernel.ids import uuid7
from arrears.people.actions import create_client, revoke_client
from arrears.people.queries import machine_clients
from arrears.people.roles import CLIENT_SCOPES
from arrears.store import clock
from arrears.store.actor import Actor


@require_http_methods(["GET", "HEAD", "POST"])
@screen("data.read", "mode.switch")
def mode(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Whether anything may leave the house, who switched it and why, and the switch."""
    problems: list[str] = []
    posted = request.POST
    if request.method == "POST":
        actor.require("mode.switch")
        problems = _problems(request)
        if not problems:
            try:
                switch_mode(
                    actor,
                    posted.get("command_id", ""),
                    mode=posted.get("mode", ""),
                    reason=posted.get("reason", "").strip(),
                    checklist={item: item in posted.getlist("confirmed") for item in checklist()},
                )
            except (BadInput, Conflict) as error:
                problems = [error.message]
            else:
                messages.success(request, _("The mode was switched."))
                return redirect("console:mode")
    context = {
        "items": checklist(),
        "confirmed": posted.getlist("confirmed"),
        "reason": posted.get("reason", ""),
        "reason_length": REASON_LENGTH,
        "history": mode_history(actor),
        "problems": problems,
        "next_mode": "observe" if outbound_mode() == "live" else "live",
        "command_id": uuid7(clock.now()),
    }
    return show(request, actor, "settings/mode.html", context, status=422 if problems else 200)


def _problems(request: HttpRequest) -> list[str]:
    """What the form still lacks, in the reader's language; the action checks it again."""
    found = []
    if len(request.POST.get("reason", "").strip()) < REASON_LENGTH:
        found.append(
            _("Give a reason that others can follow: at least %(count)s characters.")
            % {"count": REASON_LENGTH}
        )
    missing = set(checklist()) - set(request.POST.getlist("confirmed"))
    if request.POST.get("mode") == "live" and missing:
        found.append(_("Confirm every item of the list before anything may leave."))
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@screen("clients.manage")
def clients(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The lender's programs that call the API; a new one's secret is shown once."""
    made, problem = None, ""
    name = request.POST.get("name", "").strip()
    scopes = [scope for scope in request.POST.getlist("scopes") if scope in CLIENT_SCOPES]
    if request.method == "POST":
        if not name:
            problem = _("Give the program a name.")
        elif not scopes:
            problem = _("Choose what the program may do.")
        else:
            try:
                made = create_client(actor, name, frozenset(scopes))
            except (BadInput, Conflict):
                problem = _("This name is taken or too long. Choose another.")
    context = {
        "clients": machine_clients(actor),
        "scopes": sorted(CLIENT_SCOPES),
        "chosen": scopes,
        "name": "" if made else name,
        "made": made,
        "problem": problem,
    }
    return show(request, actor, "settings/clients.html", context, status=422 if problem else 200)


@require_POST
@screen("clients.manage")
def revoke(request: HttpRequest, actor: Actor, client_id: UUID) -> HttpResponseBase:
    """Take a program's access away, at once and for good."""
    revoke_client(actor, client_id)
    messages.success(request, _("The program has no access any more."))
    return redirect("console:clients")
