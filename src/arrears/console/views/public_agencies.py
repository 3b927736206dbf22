"""The lender's public list of agencies: for everybody, without a sign-in, never about persons."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from arrears.people.register.published import Published, public_list
from arrears.people.words import FORMS
from arrears.rulebook import telling
from arrears.rulebook.vocabulary import LISTS
from arrears.store import clock


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The list as people read it."""
    found = _published()
    language: telling.Language = "zh" if (get_language() or "").startswith("zh") else "en"
    agencies = [_told(each, language) for each in found.agencies]
    context = {"published": found, "agencies": agencies}
    return render(request, "console/public/agencies.html", context)


@require_safe
def data(request: HttpRequest) -> JsonResponse:
    """The list as programs read it: codes as the rulebook's vocabulary has them."""
    found = _published()
    told = {
        "lender": found.lender,
        "version": found.number,
        "updated_at": None if found.updated_at is None else found.updated_at.isoformat(),
        "agencies": list(found.agencies),
    }
    return JsonResponse(told, json_dumps_params={"ensure_ascii": False, "indent": 1})


def _published() -> Published:
    return public_list(clock.business_day())


def _told(agency: dict[str, Any], language: telling.Language) -> dict[str, Any]:
    channels = (telling.text_of(LISTS["Channel"][name], language) for name in agency["channels"])
    return agency | {"form": FORMS.get(agency["form"], agency["form"]), "channels": list(channels)}
