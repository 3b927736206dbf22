"""Holds of a person: opened and closed by hand, each with its reason."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from arrears.conduct.actions.holds import close_hold, open_hold
from arrears.conduct.rules.kinds import CHANNEL_KINDS, NUMBER_KINDS
from arrears.console.shell import screen
from arrears.console.words import HOLD_KINDS, HOLD_SOURCES
from arrears.kernel.errors import BadInput, Conflict
from arrears.people.queries import person as person_view
from arrears.store.actor import Actor

# A number is named where it stands, and doubts come from the loan book.
BY_HAND = {
    kind: word
    for kind, word in HOLD_KINDS.items()
    if kind not in (*CHANNEL_KINDS, *NUMBER_KINDS, "doubt")
}
SOURCES = {source: word for source, word in HOLD_SOURCES.items() if source != "tape"}


@require_POST
@screen("holds.open")
def open_one(request: HttpRequest, actor: Actor, person_id: UUID) -> HttpResponseBase:
    """Stop collecting from a person."""
    form = request.POST
    kind, source, reason = (form.get(name, "").strip() for name in ("kind", "source", "reason"))
    until_at, understood = _instant(form.get("until", ""))
    if kind not in BY_HAND or source not in SOURCES or not reason or not understood:
        messages.error(request, _("A hold needs its kind, who asked for it, and a reason."))
        return redirect("console:person", person_id)
    try:
        open_hold(
            actor,
            form.get("command_id", ""),
            person_ref=person_view(actor, person_id).person_ref,
            kind=kind,
            source=source,
            reason=reason,
            until_at=until_at,
        )
    except (BadInput, Conflict):
        messages.error(request, _("The hold was not opened: its end must lie ahead."))
    else:
        messages.success(request, _("The hold stands, from this moment."))
    return redirect("console:person", person_id)


@require_POST
@screen("holds.close")
def close_one(
    request: HttpRequest, actor: Actor, person_id: UUID, hold_id: UUID
) -> HttpResponseBase:
    """End a hold, with the reason."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.error(request, _("Give a reason that others can follow."))
        return redirect("console:person", person_id)
    try:
        close_hold(actor, request.POST.get("command_id", ""), hold_id=hold_id, reason=reason)
    except (BadInput, Conflict):
        messages.error(request, _("It was closed meanwhile; the page shows how it stands."))
    else:
        messages.success(request, _("The hold has ended. What the rules allow may be done again."))
    return redirect("console:person", person_id)


def _instant(given: Any) -> tuple[datetime | None, bool]:
    """The planned end by the wall clock of the business zone, and whether it was understood."""
    if not given:
        return None, True
    try:
        wall = datetime.fromisoformat(str(given))
    except ValueError:
        return None, False
    if wall.tzinfo is None:
        wall = wall.replace(tzinfo=ZoneInfo(settings.ARREARS.business_zone))
    if not 1 < wall.year < 9999:
        return None, False
    return wall.astimezone(UTC), True
