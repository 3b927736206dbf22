"""When a person may be contacted this week, by which channel, and why not otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from arrears.conduct.foreseen import foreseen
from arrears.conduct.rules.intent import OWNED, Intent
from arrears.console.rules_told import language
from arrears.console.shell import screen, show
from arrears.console.situation import COUNTS, FLAGS, UNKNOWN, ZONES, Situation
from arrears.console.week import CHANNELS, DAYS, visiting, week
from arrears.people import queries as people
from arrears.people.access.actions import note_read
from arrears.rulebook import telling
from arrears.rulebook.baseline import Baseline
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


@screen("cases.read")
def person(request: HttpRequest, actor: Actor, person_id: UUID) -> HttpResponseBase:
    """The calendar of a real person, from now on: all that is on record of them counts.

    What no stage knows yet (wording, crew, appointment) is as the baseline has it.
    """
    rulebook, who = load_rulebook(), people.person(actor, person_id)
    note_read(actor, who.id, "calendar")
    acts = foreseen(actor, _intents(person_id, baselines_of(rulebook)))
    as_live = request.GET.get("as") == "live"
    if as_live:
        acts = {
            name: replace(act, facts={**act.facts, "observing": False})
            for name, act in acts.items()
        }
    zone = acts["sms"].zone or settings.ARREARS.business_zone
    acts["visit"] = visiting(acts["visit"], zone)
    context = {
        "person": who,
        "as_live": as_live,
        "zone_known": acts["sms"].zone is not None,
        "week": week(acts, zone, rulebook, language()),
        "room_name": "cases",
    }
    return show(request, actor, "calendar/person.html", context)


def _intents(person_id: UUID, baselines: Mapping[str, Baseline]) -> dict[str, Intent]:
    """A reminder by each channel, in order apart from what is on record."""
    intents = {}
    for channel, (act, facts) in CHANNELS.items():
        usual = {**baselines[act].facts, **facts}
        intents[channel] = Intent(
            person_id=person_id,
            act=act,
            purpose="collect",
            channel=str(usual["channel"]),
            facts={name: value for name, value in usual.items() if name not in OWNED},
        )
    return intents


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
