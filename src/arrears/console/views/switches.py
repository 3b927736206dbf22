"""Stop switches: what is held back, why and until when; set, confirmed by a second, lifted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from arrears.conduct.actions.stops import LONGEST, approve_stop, lift_stop, open_stop
from arrears.conduct.queries.holds import stops
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.rules_told import language
from arrears.console.shell import screen, show
from arrears.console.who_told import names
from arrears.console.words import STOP_SCOPES
from arrears.kernel.errors import BadInput, Conflict, NotAllowed
from arrears.kernel.ids import uuid7
from arrears.rulebook import telling
from arrears.rulebook.vocabulary import LISTS
from arrears.store import clock
from arrears.store.actor import Actor

# Scopes whose values are a closed list; the others are named in words.
LISTED = {"channel": "Channel", "product": "Product"}


@dataclass(frozen=True)
class Asked:
    """The form for a new stop switch, as it was filled in."""

    scope: str
    channel: str
    product: str
    named: str
    reason: str
    until: str

    @classmethod
    def of(cls, form: Any) -> Asked:
        """Read what was sent."""
        names = ("scope", "channel", "product", "named", "reason", "until")
        return cls(*(str(form.get(name, "")).replace("\x00", "").strip() for name in names))

    @property
    def value(self) -> str | None:
        """What of the scope is stopped; None for all outbound."""
        if self.scope == "all":
            return None
        return getattr(self, self.scope) if self.scope in LISTED else self.named

    def until_at(self) -> datetime | None:
        """The planned end, of the wall clock of the business zone; None if it is none."""
        try:
            wall = datetime.fromisoformat(self.until)
        except ValueError:
            return None
        if wall.tzinfo is None:
            wall = wall.replace(tzinfo=ZoneInfo(settings.ARREARS.business_zone))
        return wall.astimezone(UTC) if 1 < wall.year < 9999 else None

    def problems(self, now: datetime) -> list[str]:
        """What the form still lacks, in the reader's language; the action checks it again."""
        found = []
        if self.scope not in STOP_SCOPES:
            found.append(_("Choose what is to be stopped."))
        elif self.scope != "all" and not self.value:
            found.append(_("Say which one is to be stopped."))
        if not self.reason:
            found.append(_("Give a reason that others can follow."))
        until = self.until_at()
        if until is None or not now < until <= now + LONGEST:
            found.append(_("Give a planned end that lies ahead, within a year."))
        return found


@require_http_methods(["GET", "HEAD", "POST"])
@screen("conduct.read", "stops.open")
def switch_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Every stop switch, and the form for a new one."""
    problems: list[str] = []
    asked, now = Asked.of(request.POST), clock.now()
    if request.method == "POST":
        actor.require("stops.open")
        problems = asked.problems(now)
        until_at = asked.until_at()
        if not problems and until_at is not None:
            try:
                open_stop(
                    actor,
                    request.POST.get("command_id", ""),
                    scope=asked.scope,
                    value=asked.value,
                    reason=asked.reason,
                    until_at=until_at,
                )
            except (BadInput, Conflict) as error:
                problems = [error.message]
            else:
                messages.success(request, _("Stopped, at once. A second person should confirm it."))
                return redirect("console:switches")
    zone = ZoneInfo(settings.ARREARS.business_zone)
    page = stops(actor, page_of(request.GET), PAGE_SIZE)
    acted = (who for row in page.rows for who in (row.asked_by, row.approved_by, row.lifted_by))
    context = {
        "page": page,
        "names": names(actor, acted),
        "asked": asked,
        "problems": problems,
        "scopes": tuple(STOP_SCOPES.items()),
        "channels": _members("Channel"),
        "products": _members("Product"),
        "suggested": f"{now.astimezone(zone) + timedelta(days=1):%Y-%m-%dT%H:%M}",
        "zone": settings.ARREARS.business_zone,
        "command_id": uuid7(now),
        "me": actor.name,
    }
    return show(request, actor, "switches/list.html", context, status=422 if problems else 200)


@require_POST
@screen("stops.approve")
def confirm(request: HttpRequest, actor: Actor, stop_id: UUID) -> HttpResponseBase:
    """Confirm what another person stopped."""
    told = _("Confirmed.")
    return _acted(
        request,
        lambda: approve_stop(actor, request.POST.get("command_id", ""), stop_id=stop_id),
        told,
    )


@require_POST
@screen("stops.lift")
def lift(request: HttpRequest, actor: Actor, stop_id: UUID) -> HttpResponseBase:
    """Let go again, before the planned end."""
    reason = request.POST.get("reason", "").strip()
    if not reason:
        messages.error(request, _("Give a reason that others can follow."))
        return redirect("console:switches")
    return _acted(
        request,
        lambda: lift_stop(
            actor, request.POST.get("command_id", ""), stop_id=stop_id, reason=reason
        ),
        _("Lifted: what the rules allow may go out again."),
    )


def _acted(request: HttpRequest, act: Callable[[], object], told: str) -> HttpResponseBase:
    try:
        act()
    except NotAllowed:
        messages.error(request, _("Nobody confirms their own stop switch: ask a second person."))
    except (BadInput, Conflict):
        messages.error(
            request, _("It was confirmed or lifted meanwhile; the list shows how it stands.")
        )
    else:
        messages.success(request, told)
    return redirect("console:switches")


def _members(name: str) -> list[tuple[str, str]]:
    tongue = language()
    return [(code, telling.text_of(label, tongue)) for code, label in LISTS[name].items()]
