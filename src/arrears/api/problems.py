"""Every refusal of the API as an RFC 9457 problem document."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import structlog
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from arrears.kernel.errors import ArrearsError, BadInput, NotAllowed, NotFound, Unavailable

MEDIA_TYPE: Final = "application/problem+json"
FIELD_ERRORS_SHOWN: Final = 100
RETRY_AFTER: Final = "5"  # seconds; a database that restarts is back in less
_log = structlog.get_logger("arrears.api")


class BadJson(BadInput):
    """The body is not one JSON value in UTF-8."""

    code = "bad-json"
    http_status = 400


class Unauthenticated(ArrearsError):
    """No client is known by what the request bears."""

    code = "unauthenticated"
    http_status = 401


class WrongMethod(ArrearsError):
    """The address is there, but not for this method."""

    code = "wrong-method"
    http_status = 405


class TooLarge(BadInput):
    """The body is larger than one call may be."""

    code = "too-large"
    http_status = 413


class WrongMediaType(BadInput):
    """The body is not sent as plain JSON."""

    code = "wrong-media-type"
    http_status = 415


class RulesRefuse(NotAllowed):
    """The rulebook refuses the contact; ``reasons`` names every rule."""

    code = "refused"

    def __init__(self, result: Mapping[str, Any]) -> None:
        reasons = result["reasons"]
        todo = dict.fromkeys(reason["do_en"] for reason in reasons if reason["do_en"])
        super().__init__(
            "the rules refuse this contact",
            expected="a contact that every rule allows",
            found="; ".join(f"{reason['en']} ({reason['id']})" for reason in reasons),
            remedy="; ".join(todo) or "leave it",
            verdict=result["verdict_id"],
        )
        self.reasons = reasons
        self.next_allowed_at = result["next_allowed_at"]

    def as_problem(self) -> dict[str, object]:
        """The error as a problem document, with every rule and the next moment."""
        more = {"reasons": self.reasons, "next_allowed_at": self.next_allowed_at}
        return super().as_problem() | more


class Defect(ArrearsError):
    """Something in us broke; the log has it."""

    code = "defect"


class BadFields(BadInput):
    """Fields of the request do not match the schema; ``errors`` names each."""

    code = "bad-fields"

    def __init__(self, errors: Sequence[dict[str, object]]) -> None:
        count = len(errors)
        shown = f" (the first {FIELD_ERRORS_SHOWN})" if count > FIELD_ERRORS_SHOWN else ""
        super().__init__(
            f"{count} field{'s' if count != 1 else ''} of the request cannot be used",
            expected="what the schema at /api/openapi.json says",
            found=f"see errors{shown}",
            remedy="correct the fields named and send the request again; nothing was taken in",
        )
        self.errors = list(errors[:FIELD_ERRORS_SHOWN])

    def as_problem(self) -> dict[str, object]:
        """The error as a problem document, with each field that is wrong."""
        return super().as_problem() | {"errors": self.errors}


def field_error(part: str, path: Sequence[object], code: str, text: str) -> dict[str, object]:
    """One wrong field: part of the request, JSON pointer (RFC 6901) into it, code and text."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return {
        "in": part,
        "pointer": "".join(f"/{step}" for step in steps),
        "code": code,
        "text": text,
    }


def respond(error: ArrearsError) -> HttpResponse:
    """The HTTP response that tells of an error."""
    response = HttpResponse(
        json.dumps(error.as_problem()), status=error.http_status, content_type=MEDIA_TYPE
    )
    if isinstance(error, Unauthenticated):
        response["WWW-Authenticate"] = 'Bearer realm="arrears"'
    if error.http_status == 503:
        response["Retry-After"] = RETRY_AFTER
    return response


def handle(api: NinjaAPI) -> None:
    """Let every exception that a call can end in become a problem document."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        Exception: _broken,
        ArrearsError: lambda _, error: respond(error),
        ValidationError: lambda _, error: respond(_fields(error)),
        HttpError: _http,
        Http404: lambda _, __: respond(no_such_address()),
        OperationalError: _database_away,
        InterfaceError: _database_away,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


def no_such_address() -> NotFound:
    """What an address that is none is told; it does not repeat the address."""
    return NotFound(
        "there is no such address",
        expected="an address of /api/openapi.json",
        remedy="compare method and path with the documentation at /api/docs",
    )


def _fields(error: ValidationError) -> BadFields:
    found = []
    for entry in error.errors:
        part, *path = entry["loc"]
        # Ninja puts its own argument's name before a path inside a body or a list.
        inner = path[1:] if part == "body" or len(path) > 1 else path
        found.append(field_error(part, inner, entry["type"], entry["msg"]))
    return BadFields(found)


def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
    # Ninja wraps what its body parser raises; the cause is ours.
    if isinstance(error.__cause__, ArrearsError):
        return respond(error.__cause__)
    return _broken(request, error)


def _broken(_: HttpRequest, error: Exception) -> HttpResponse:
    _log.error("api.defect", exc_info=error)
    return respond(
        Defect(
            "the call failed through a defect of this installation",
            remedy="send it again, under the same Idempotency-Key; if it stays, report the time",
        )
    )


def _database_away(_: HttpRequest, error: Exception) -> HttpResponse:
    _log.warning("api.database_away", exc_info=error)
    return respond(
        Unavailable(
            "the database is away",
            remedy="send the call again, under the same Idempotency-Key, after Retry-After seconds",
        )
    )
