"""Two questions of whoever watches the process: does it live, and can it serve?"""

from __future__ import annotations

from collections.abc import Callable

from django.db import Error, connection
from django.http import HttpRequest, HttpResponseBase, JsonResponse

from arrears.kernel.errors import ConfigError
from arrears.store.setup import pending_migrations


class Probes:
    """Answers ``/healthz`` and ``/readyz`` before hosts, sessions and languages are looked at.

    A probe comes by address, not by host name, and must work while the database is away.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path == "/healthz":
            return _answer({"process": "ok"})
        if request.path == "/readyz":
            return _answer(readiness())
        return self._get_response(request)


def readiness() -> dict[str, str]:
    """Each thing that serving needs: ``ok``, or in a word what is wrong; no addresses."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        connection.close()
        return {"database": "away", "migrations": "unknown"}
    try:
        pending = pending_migrations()
    except ConfigError:
        return {"database": "ok", "migrations": "newer than this release"}
    return {"database": "ok", "migrations": f"{len(pending)} pending" if pending else "ok"}


def _answer(found: dict[str, str]) -> JsonResponse:
    fine = all(state == "ok" for state in found.values())
    body = {"status": "ok" if fine else "unavailable", **found}
    return JsonResponse(body, status=200 if fine else 503, headers={"Cache-Control": "no-store"})
