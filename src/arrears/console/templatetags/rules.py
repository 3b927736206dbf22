"""The words of the rulebook for templates, in the reader's language."""

from __future__ import annotations

from datetime import date, datetime

from django import template
from django.utils.dates import WEEKDAYS

from arrears.console.rules_told import language
from arrears.rulebook import telling

register = template.Library()


@register.filter
def force(code: str) -> str:
    """How binding a rule is, in words."""
    return telling.text_of(telling.FORCES.get(code), language(), code)


@register.filter
def grade(code: str) -> str:
    """How sure we are of a source: the grade, its name and what it means."""
    name = telling.text_of(telling.GRADES.get(code), language(), code)
    told = telling.text_of(telling.GRADES_TOLD.get(code), language())
    return f"{name} · {told}" if code == "house" else f"{code} · {name} · {told}"


@register.filter
def cite_told(cite: str) -> str:
    """Where a rule stands."""
    return telling.cite_told(cite, language())


@register.filter
def rule_status(code: str) -> str:
    """Whether a rule refuses or only warns."""
    return telling.text_of(telling.STATUSES.get(code), language(), code)


@register.filter
def coverage_kind(code: str) -> str:
    """What became of a row of the reference."""
    return telling.text_of(telling.KINDS.get(code), language(), code)


@register.filter
def weekday(value: date) -> str:
    """The name of a day's weekday."""
    return str(WEEKDAYS[value.weekday()])


@register.filter
def wall(value: datetime) -> str:
    """An instant as the clocks of its own zone show it, to the minute."""
    return f"{value:%Y-%m-%d %H:%M}"
