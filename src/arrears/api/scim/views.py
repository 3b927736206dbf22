"""The addresses of SCIM: users, and what the house supports."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec

import structlog
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from arrears.api.bodies import StrictParser
from arrears.api.door import TOKEN_MAX
from arrears.api.problems import (
    Defect,
    TooLarge,
    Unauthenticated,
    WrongMediaType,
    WrongMethod,
    no_such_address,
)
from arrears.api.scim import reading
from arrears.api.scim.words import (
    BASE,
    MEDIA_TYPE,
    MOST,
    SCHEMAS,
    SUPPORTED,
    TYPES,
    ScimError,
    answer,
    listing,
    refusal,
    resource,
)
from arrears.kernel.errors import ArrearsError, NotFound, Unavailable
from arrears.people.queries import authenticate_client
from arrears.people.sign_in import directory
from arrears.people.sign_in.directory import MANAGE, Told
from arrears.store.actor import Actor

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]
BODY_MAX = 64 * 1024  # bytes
_log = structlog.get_logger("arrears.scim")


def _speaks(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let a client in whose token has the scope, and tell every refusal as SCIM does."""

    @csrf_exempt  # a bearer token is no cookie: nobody's browser sends it along
    @functools.wraps(view)
    def spoken(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            actor = _caller(request)
            actor.require(MANAGE)
            return view(request, actor, *args, **kwargs)
        except ArrearsError as error:
            return refusal(error)
        except (OperationalError, InterfaceError) as error:
            _log.warning("scim.database_away", exc_info=error)
            return refusal(Unavailable("the database is away", remedy="send it again later"))
        except Exception as error:
            _log.error("scim.defect", exc_info=error)
            return refusal(Defect("the call failed through a defect of this installation"))

    return spoken


def _caller(request: HttpRequest) -> Actor:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    usable = kind.lower() == "bearer" and token.isascii() and 0 < len(token) <= TOKEN_MAX
    actor = authenticate_client(token) if usable else None
    if actor is None:
        raise Unauthenticated(
            "the call bears no token that is known", expected="Authorization: Bearer arr_…"
        )
    return actor


def _body(request: HttpRequest) -> Any:
    if request.content_type not in (MEDIA_TYPE, "application/json"):
        raise WrongMediaType(
            "the body is not SCIM", expected=MEDIA_TYPE, found=request.content_type or "no type"
        )
    if len(request.body) > BODY_MAX:
        raise TooLarge("the body is too large", expected=f"at most {BODY_MAX} bytes")
    return StrictParser().parse_body(request)


def _wrong_method(*methods: str) -> HttpResponse:
    response = refusal(
        WrongMethod("the address does not take this method", expected=", ".join(methods))
    )
    response["Allow"] = ", ".join(methods)
    return response


def _base(request: HttpRequest) -> str:
    return request.build_absolute_uri(BASE)


@_speaks
def users(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Find users, or make one."""
    if request.method == "GET":
        start, count = _page(request)
        wanted = reading.wanted(request.GET.get("filter"))
        total, found = directory.listed(actor, first=start - 1, count=count, **wanted)
        return answer(listing([resource(each, _base(request)) for each in found], total, start))
    if request.method == "POST":
        made = directory.join(actor, reading.user(_body(request)))
        told = resource(made, _base(request))
        response = answer(told, 201)
        response["Location"] = told["meta"]["location"]
        return response
    return _wrong_method("GET", "POST")


@_speaks
def user(request: HttpRequest, actor: Actor, user_id: str) -> HttpResponse:
    """Show, replace, change or shut out one user."""
    if not (user_id.isascii() and user_id.isdigit() and len(user_id) < 19):
        raise NotFound("there is no such user", key=user_id[:20])
    pk = int(user_id)
    if request.method == "GET":
        return answer(resource(directory.known(actor, pk), _base(request)))
    if request.method == "PUT":
        told = reading.user(_body(request))
        if told.username is None:
            raise ScimError("invalidValue", "userName is missing")
        return answer(resource(directory.change(actor, pk, told), _base(request)))
    if request.method == "PATCH":
        told = reading.patch(_body(request))
        return answer(resource(directory.change(actor, pk, told), _base(request)))
    if request.method == "DELETE":
        # The journal names users for ever: one who is deleted there is shut out here.
        directory.change(actor, pk, Told(active=False))
        return HttpResponse(status=204)
    return _wrong_method("GET", "PUT", "PATCH", "DELETE")


@_speaks
def supported(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What of SCIM there is."""
    return answer(SUPPORTED) if request.method == "GET" else _wrong_method("GET")


@_speaks
def types(request: HttpRequest, actor: Actor, name: str | None = None) -> HttpResponse:
    """The kinds of resources: users alone."""
    return _told(request, TYPES, name)


@_speaks
def schemas(request: HttpRequest, actor: Actor, name: str | None = None) -> HttpResponse:
    """What a user is made of."""
    return _told(request, SCHEMAS, name)


@_speaks
def nowhere(request: HttpRequest, actor: Actor) -> HttpResponse:
    """An address that is none."""
    raise no_such_address()


def _told(
    request: HttpRequest, every: tuple[dict[str, Any], ...], name: str | None
) -> HttpResponse:
    if request.method != "GET":
        return _wrong_method("GET")
    if name is None:
        return answer(listing(every, len(every), 1))
    for each in every:
        if each["id"] == name:
            return answer(each)
    raise NotFound("there is no such thing", key=name[:80])


def _page(request: HttpRequest) -> tuple[int, int]:
    numbers = []
    for name, default in (("startIndex", 1), ("count", MOST)):
        text = request.GET.get(name, str(default))
        if not _is_number(text):
            raise ScimError("invalidValue", f"{name} is a whole number", found=text[:20])
        numbers.append(int(text))
    # Less than 1 is 1, and less than 0 is 0: section 3.4.2.4.
    return max(1, numbers[0]), min(max(0, numbers[1]), MOST)


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) < 10
