"""The register for templates: words of its codes, and who may act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from django import template
from django.utils.translation import gettext

from arrears.console.register_words import EVERY_FACT, FOR_CALLS, FOR_VISITS, TOPICS
from arrears.console.rules_told import language
from arrears.people.organisations import LENDER_REF
from arrears.rulebook import telling
from arrears.rulebook.vocabulary import LISTS

register = template.Library()


@register.filter
def told(code: str | int | None, topic: str) -> str:
    """The word for a code of the register; the code itself where there is none."""
    return "—" if code is None else str(TOPICS[topic].get(str(code), code))


@register.filter
def house_name(name: str) -> str:
    """How an organisation is called; the lender, too, before somebody named it."""
    return gettext("The lender itself") if name == LENDER_REF else name


@register.filter
def until(start: date, end: date | None) -> str:
    """A period of days: the first, and the first that is not part of it."""
    return f"{start} – {end or '…'}"


@register.filter
def listed(codes: Iterable[str], name: str) -> str:
    """Codes of a list of the rulebook, in words, one after the other."""
    labels = LISTS[name]
    return " · ".join(telling.text_of(labels.get(code), language(), code) for code in codes)


@register.filter
def may_call(facts: Mapping[str, bool]) -> bool:
    """Whether somebody has all that calls need."""
    return all(facts[fact] for fact in FOR_CALLS)


@register.filter
def may_visit(facts: Mapping[str, bool]) -> bool:
    """Whether somebody has all that visits need, but a letter for one person."""
    return all(facts[fact] for fact in FOR_VISITS)


@register.filter
def each_fact(facts: Mapping[str, bool]) -> list[tuple[str, bool]]:
    """Every fact of somebody with whether it holds, in the order of the house rules."""
    return [(fact, facts[fact]) for fact in EVERY_FACT]
