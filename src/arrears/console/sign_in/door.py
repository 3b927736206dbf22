"""Lets a request in or not, by the session it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from arrears.console.sign_in.adapters import SESSION
from arrears.people.models import User
from arrears.people.sign_in.actions import close_session, seen
from arrears.people.sign_in.queries import met
from arrears.people.sign_in.rules import Limits, over
from arrears.store import clock

# What a session may do that has still to set up a second factor.
_ENROLLING: Final = ("/account/", "/sign-out/", "/language/")


class Door:
    """Ends sessions that are over, at their next request.

    A session of Django's that our door did not open has no row here and is over too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return self._get_response(request)
        session = session_of(request)
        found = met(session, user) if session else None
        now = clock.now()
        why = over(found.standing, now, _limits()) if found else "ended"
        if why is not None:
            if session and found:
                close_session(session, why)  # nothing happens to one that was ended
            logout(request)
        elif session and found:
            if now - found.standing.seen_at >= timedelta(minutes=1):
                seen(session, now)
            if found.enrolling and not request.path.startswith(_ENROLLING):
                return _to_enrolling(request)
        return self._get_response(request)


def session_of(request: HttpRequest) -> UUID | None:
    """The id of the session that the request belongs to."""
    try:
        return UUID(str(request.session[SESSION]))
    except (KeyError, ValueError):
        return None


def _limits() -> Limits:
    return Limits(
        idle=timedelta(minutes=settings.ARREARS.session_idle_minutes),
        absolute=timedelta(hours=settings.ARREARS.session_hours),
    )


def _to_enrolling(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": reverse("console:account")})
    return redirect("console:account")
