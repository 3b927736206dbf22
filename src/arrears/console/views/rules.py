"""The rules as text: jurisdictions, the rules of one, what became of each row of the reference."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase

from arrears.console import rules_told
from arrears.console.rules_told import Asked
from arrears.console.shell import part, screen, show, wants_part
from arrears.rulebook import telling
from arrears.rulebook.load import Pack, Rulebook, load_rulebook
from arrears.rulebook.vocabulary import ACTS
from arrears.store import clock
from arrears.store.actor import Actor


@screen("rules.read")
def index(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Every pack with its counts, and how to read force and grade."""
    rulebook = load_rulebook()
    context = {
        "packs": [rules_told.pack_told(pack, rulebook) for pack in rulebook.packs.values()],
        "forces": rules_told.choices(telling.FORCES, telling.FORCES_TOLD),
        "grades": rules_told.choices(telling.GRADES, telling.GRADES_TOLD),
    }
    return show(request, actor, "rules/index.html", context)


@screen("rules.read")
def pack_page(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """The rules of one jurisdiction by theme, or for htmx the list only."""
    rulebook, asked = load_rulebook(), Asked.of(request.GET)
    pack = _pack(rulebook, code)
    themes = rules_told.themes_of(pack, rulebook, asked, clock.business_day())
    context = {
        "pack": rules_told.pack_told(pack, rulebook),
        "asked": asked,
        "themes": themes,
        "found": sum(len(theme.rules) for theme in themes),
        "acts": tuple(zip(ACTS, telling.acts(ACTS, rules_told.language()), strict=True)),
        "forces": rules_told.choices(telling.FORCES, telling.FORCES_TOLD),
        "statuses": rules_told.choices(telling.STATUSES, {}),
        "room_name": "rules",
    }
    if wants_part(request):
        return part(request, "rules/part.html", context)
    return show(request, actor, "rules/pack.html", context)


@screen("rules.read")
def rule_page(request: HttpRequest, actor: Actor, code: str, anchor: str) -> HttpResponseBase:
    """One version of a rule with its golden cases and its text, or for htmx these only."""
    rulebook = load_rulebook()
    pack = _pack(rulebook, code)
    found = next((rule for rule in pack.rules if rules_told.anchor(rule) == anchor), None)
    if found is None:
        raise Http404(anchor)
    context = {
        "pack": rules_told.pack_told(pack, rulebook),
        "told": rules_told.rule_told(found, rulebook, rules_told.language(), clock.business_day()),
        "cases": rules_told.cases_told(found, rulebook),
        "cedar": telling.body(found),
        "room_name": "rules",
    }
    if wants_part(request):
        return part(request, "rules/more.html", context)
    return show(request, actor, "rules/one.html", context)


@screen("rules.read")
def coverage(request: HttpRequest, actor: Actor, code: str) -> HttpResponseBase:
    """What became of each row of the reference: its kind, what carries it, and why."""
    rulebook, kind = load_rulebook(), request.GET.get("kind", "")
    pack = _pack(rulebook, code)
    kind = kind if kind in telling.KINDS else ""
    every = rules_told.rows_of(pack, "")
    context = {
        "pack": rules_told.pack_told(pack, rulebook),
        "rows": [row for row in every if kind in ("", row.row.kind)],
        "kinds": rules_told.kinds_of(every),
        "kind": kind,
        "room_name": "rules",
    }
    return show(request, actor, "rules/coverage.html", context)


def _pack(rulebook: Rulebook, code: str) -> Pack:
    pack = rulebook.packs.get(code)
    if pack is None:
        raise Http404(code)
    return pack
