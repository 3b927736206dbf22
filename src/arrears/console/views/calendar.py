"""When a person may be contacted this week, by which channel, and why not otherwise."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from arrears.console.rules_told import language
from arrears.console.shell import screen, show
from arrears.console.situation import COUNTS, FLAGS, UNKNOWN, ZONES, Situation
from arrears.console.week import DAYS, week
from arrears.rulebook import telling
from arrears.rulebook.case_told import baselines_of
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.vocabulary import LISTS
from arrears.store import clock
from arrears.store.actor import Actor


@screen("rules.read")
def model(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The calendar of a model situation: the baseline, and what the reader changes about it."""
    rulebook = load_rulebook()
    asked = Situation.of(request.GET, clock.business_day())
    found = week(asked.acts(baselines_of(rulebook)), asked.zone, rulebook, language())
    context = {
        "asked": asked,
        "week": found,
        "earlier": asked.on - timedelta(days=DAYS),
        "later": asked.on + timedelta(days=DAYS),
        "form": _choices(asked),
    }
    return show(request, actor, "calendar/model.html", context)


def _choices(asked: Situation) -> dict[str, Any]:
    tongue = language()

    def members(name: str) -> list[tuple[str, str]]:
        return [(code, telling.text_of(label, tongue)) for code, label in LISTS[name].items()]

    packs = load_rulebook().packs
    places = [
        (code, (packs[code].zh if tongue == "zh" else packs[code].en) if code in packs else code)
        for code in ZONES
    ]
    return {
        "places": [place for place in places if place[0] != UNKNOWN],
        "unknown": UNKNOWN,
        "zones": ZONES[asked.jurisdiction],
        "actors": members("Actor"),
        "parties": members("Party"),
        "purposes": members("Purpose"),
        "products": members("Product"),
        "flags": [(name, telling.fact(name, tongue)) for name in FLAGS],
        "counts": [(name, telling.fact(name, tongue), asked.counts[name]) for name in COUNTS],
    }
