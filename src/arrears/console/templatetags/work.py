"""Queues, boards and allotments for templates, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from arrears.console.templatetags.arrears import NOTHING
from arrears.placements.allotment.words import (
    ABSENCES,
    BECAUSE,
    ENDED_BECAUSE,
    MOVED,
    REASONS,
    UNFIT,
    UNKEPT,
)

register = template.Library()


@register.inclusion_tag("console/load_bar.html")
def load_bar(load: int, capacity: int) -> dict[str, Any]:
    """Cases by capacity, as a bar beside the figures that say the same."""
    share = min(100, load * 100 // capacity) if capacity else (100 if load else 0)
    return {"load": load, "capacity": capacity, "share": share, "over": load > capacity}


@register.filter
def level(bps: int | None) -> str:
    """A level, cases by capacity, in percent with one decimal."""
    return f"{bps // 100}.{bps % 100 // 10} %" if isinstance(bps, int) else NOTHING


def _word(words: Mapping[str, Any], code: str | None) -> str:
    return str(words.get(code, code)) if code else NOTHING


@register.filter
def fell(code: str) -> str:
    """How a case fell between two chairs."""
    return _word(UNKEPT, code)


@register.filter
def unkept_reason(code: str) -> str:
    """Why nobody fits a case."""
    return _word(REASONS, code)


@register.filter
def moved(code: str) -> str:
    """Why a case changes hands."""
    return _word(MOVED, code)


@register.filter
def unfit(code: str) -> str:
    """What keeps somebody from a case."""
    return _word(UNFIT, code)


@register.filter
def begun(code: str) -> str:
    """How somebody got a case."""
    return _word(BECAUSE, code)


@register.filter
def ended(code: str) -> str:
    """Why a case is no longer theirs."""
    return _word(ENDED_BECAUSE, code)


@register.filter
def absence(code: str) -> str:
    """Why somebody is away."""
    return _word(ABSENCES, code)
