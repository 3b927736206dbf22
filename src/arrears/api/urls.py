"""The addresses under ``/api/``; what is none of them is a problem document too."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from arrears.api.application import build
from arrears.api.problems import WrongMethod, no_such_address, respond

View = Callable[..., HttpResponse]


def _speaking(view: View) -> View:
    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        refusal = respond(
            WrongMethod(
                "the address does not take this method",
                expected=response["Allow"],
                found=request.method,
                remedy="compare method and path with the documentation at /api/docs",
            )
        )
        refusal["Allow"] = response["Allow"]
        return refusal

    return answered


@csrf_exempt
def _nowhere(_: HttpRequest) -> HttpResponse:
    return respond(no_such_address())


api = build()
_patterns, _app_name, _namespace = api.urls
for _pattern in _patterns:
    if isinstance(_pattern, URLPattern):
        # Ninja's root is there to be reversed; its view would answer with a page.
        root = _pattern.name == "api-root"
        _pattern.callback = _nowhere if root else _speaking(_pattern.callback)

urlpatterns = [path("", (_patterns, _app_name, _namespace)), re_path("", _nowhere)]
