"""Logs: one JSON object a line, with ids and no personal data."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponseBase
from structlog.typing import EventDict, Processor, WrappedLogger

from arrears.kernel.errors import ConfigError

# What a log line may never bear; a call that passes one of these is a defect, and loses it.
PERSONAL: Final = frozenset(
    {"name", "phone", "address", "email", "national_id", "birth_on", "password", "secret", "token"}
)

# Errors of the installation: their text names modules and settings, never a person.
_WITHOUT_DATA: Final = (ImportError, ImproperlyConfigured, ConfigError)


def structure(level: str) -> None:
    """Send all logging of the process, ours and the libraries', to stderr as JSON lines."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        without_personal_data,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _traceback_without_values,
                structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
            ],
        )
    )
    handler.set_name("arrears")
    root = logging.getLogger()
    for old in [h for h in root.handlers if h.get_name() == "arrears"]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    # Statements with their values, and a line for every request, are not for the log.
    logging.getLogger("django.db.backends").setLevel(logging.WARNING)
    logging.getLogger("django.server").setLevel(logging.WARNING)
    logging.getLogger("django.request").setLevel(logging.ERROR)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)


def without_personal_data(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace the value of every field named in :data:`PERSONAL`."""
    for name in PERSONAL & event.keys():
        event[name] = "(withheld)"
    return event


def _traceback_without_values(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Give an exception as its type and the places it passed; its text may quote a row."""
    info: Any = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if not info or info[0] is None:
        return event
    places, trace = [], info[2]
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_qualname}")
        trace = trace.tb_next
    event["exception"] = info[0].__qualname__
    if isinstance(info[1], _WITHOUT_DATA):
        event["message"] = str(info[1])
    event["places"] = places[-12:]
    return event


class RequestLog:
    """One line a request: method, route, status, milliseconds; never the query or the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._log = structlog.get_logger("arrears.request")

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.monotonic()
        response = self._get_response(request)
        match = request.resolver_match
        user = getattr(request, "user", None)
        self._log.info(
            "request",
            method=request.method,
            # The route, not the path: a path may hold a reference to a person.
            route=match.route if match else "(none)",
            status=response.status_code,
            duration_ms=round((time.monotonic() - began) * 1000, 1),
            staff_id=getattr(user, "pk", None),
        )
        return response
