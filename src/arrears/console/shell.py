"""What every screen has around it: who is signed in, the menu, and what must not be overlooked."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from arrears.conduct.queries import stopped_all
from arrears.console.rooms import open_to
from arrears.daily.queries import outbound_mode
from arrears.kernel.errors import ArrearsError, NotAllowed
from arrears.loans.queries import is_simulated
from arrears.people.access import require_any
from arrears.people.models import User
from arrears.people.queries import staff_actor
from arrears.store import clock
from arrears.store.actor import Actor

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase]
# The kernel's status of an error → the page that tells it.
PAGES = {400: "400", 403: "403", 404: "404", 503: "503"}
# A screen for whoever is signed in, whatever the role.
ANYBODY = "(anybody)"


def screen(
    *needs: str,
) -> Callable[[View[P]], Callable[Concatenate[HttpRequest, P], HttpResponseBase]]:
    """Make a function of request and actor a view, for those who hold one of the permissions.

    Others are led to sign in, or told that it is not for them. What goes wrong as expected
    becomes a page that says so.
    """

    def decorate(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
        @functools.wraps(view)
        def entered(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            try:
                if not isinstance(request.user, User):
                    return _to_sign_in(request)
                actor = staff_actor(request.user)
                if needs != (ANYBODY,):
                    require_any(actor, needs)
                return view(request, actor, *args, **kwargs)
            except (ArrearsError, OperationalError, InterfaceError) as error:
                return told(request, error)

        entered.needs = frozenset(needs)  # type: ignore[attr-defined]  # doors.py reads it
        return entered

    return decorate


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        # A part of a page cannot hold the sign-in: the browser goes there as a whole.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect_to_login(request.get_full_path())


def show(
    request: HttpRequest,
    actor: Actor,
    template: str,
    context: Mapping[str, Any],
    status: int = 200,
) -> HttpResponse:
    """Render a screen with all that stands around it."""
    around = {
        "floors": open_to(actor.permissions),
        "may": actor.permissions,
        "mode": outbound_mode(),
        "stopped": stopped_all(clock.now()),
        "simulated": is_simulated(actor),
    }
    response = render(request, f"console/{template}", {**around, **context}, status=status)
    # One address serves the page and, for htmx, its changing part.
    patch_vary_headers(response, ["HX-Request"])
    return response


def part(request: HttpRequest, template: str, context: Mapping[str, Any]) -> HttpResponse:
    """Render only the part of a screen that changes."""
    response = render(request, f"console/{template}", dict(context))
    patch_vary_headers(response, ["HX-Request"])
    return response


def wants_part(request: HttpRequest) -> bool:
    """Whether htmx asks for the part; going back in history needs the whole page."""
    headers = request.headers
    return bool(headers.get("HX-Request")) and not headers.get("HX-History-Restore-Request")


def told(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """The page for an error: what happened, in plain words, and what can be done."""
    if isinstance(error, OperationalError | InterfaceError):
        return error_page(request, 503)
    if isinstance(error, NotAllowed):
        return error_page(request, 403)
    if isinstance(error, ArrearsError):
        return error_page(request, error.http_status, error)
    return error_page(request, 500)


def error_page(
    request: HttpRequest, status: int, error: ArrearsError | None = None
) -> HttpResponse:
    """A page that needs neither the database nor a sign-in."""
    template = f"console/errors/{PAGES.get(status, '500' if status >= 500 else '409')}.html"
    return render(request, template, {"error": error}, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of 400."""
    return error_page(request, 400)


def forbidden(
    request: HttpRequest, exception: Exception | None = None, reason: str = ""
) -> HttpResponse:
    """Django's handler of 403, and of a form that did not come from our page."""
    return error_page(request, 403)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from our page, or from one that was open too long."""
    return render(request, "console/errors/csrf.html", {}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler of 404."""
    return error_page(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler of 500; a database that is away is told as such."""
    return told(request, sys.exc_info()[1])
