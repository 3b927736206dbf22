"""What templates need to write money, days and codes as the house does."""

from __future__ import annotations

from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django import template
from django.template.context import Context
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from arrears.console import words
from arrears.kernel.money import format_minor

register = template.Library()
ICONS = Path(__file__).resolve().parent.parent / "templates" / "console" / "icons"
NOTHING = "—"


@register.simple_tag
def money(amount_minor: int | str | None, currency: str) -> SafeString:
    """An amount with its symbol; a dash that says so where nobody knows it."""
    if amount_minor is None or amount_minor == "":
        return format_html(
            '<span class="num">—<span class="visually-hidden">{}</span></span>',
            gettext("not known"),
        )
    try:
        text = format_minor(int(amount_minor), currency)
    except ValueError:  # a row set aside may name a currency that there is not
        text = f"{int(amount_minor):,} ({currency})"
    return format_html('<span class="num">{}</span>', text)


@register.simple_tag
@cache
def icon(name: str) -> SafeString:
    """A drawing, for the eye only: the words beside it say the same."""
    return mark_safe((ICONS / f"{name}.svg").read_text("utf-8"))


@register.filter
def day(value: date | None) -> str:
    """A day as ``2026-03-31``."""
    return value.isoformat()[:10] if value else NOTHING


@register.filter
def ways_told(ways: str) -> str:
    """How somebody signed in, step by step: ``password+totp`` in words."""
    return " + ".join(words.word(way, "sign_in_ways") for way in ways.split("+"))


@register.filter
def instant(value: datetime | None) -> str:
    """An instant in the business zone, to the minute."""
    return f"{timezone.localtime(value):%Y-%m-%d %H:%M}" if value else NOTHING


@register.filter
def days(count: int | str | None) -> str:
    """A number of days."""
    if not isinstance(count, int):
        return NOTHING
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": f"{count:,}"}


@register.filter
def number(value: int | str | None) -> str:
    """A whole number with thousands separators; a dash for what is not there."""
    return f"{value:,}" if isinstance(value, int) else NOTHING


@register.filter
def rate(bps: int | str | None) -> str:
    """Basis points as percent: 1825 is ``18.25 %``."""
    return f"{bps // 100}.{bps % 100:02} %" if isinstance(bps, int) else NOTHING


@register.filter
def share(part: int, whole: int) -> str:
    """A part of a whole in percent with one decimal."""
    if not whole:
        return NOTHING
    tenths = (2000 * part + whole) // (2 * whole)
    return f"{tenths // 10}.{tenths % 10} %"


@register.filter
def word(code: str | None, topic: str) -> str:
    """The word for a code of a topic of :mod:`arrears.console.words`."""
    return words.word(code, topic)


@register.filter
def treatment(code: str) -> str:
    """The name of a treatment."""
    return words.treatment(code)


@register.filter
def reason(code: str) -> str:
    """Why a row was set aside."""
    return words.reason(code)


@register.simple_tag
def asked_for(asked: Any) -> str:
    """What a condition of a decision table asks for."""
    return words.asked_for(asked.fact, asked.expected)


@register.simple_tag
def found(asked: Any, currency: str) -> str:
    """What a condition of a decision table found."""
    return words.found(asked.fact, asked.found, currency)


@register.simple_tag
def event_told(event: Any) -> str:
    """A line of the timeline as a sentence."""
    return words.event(event.kind, event.data, event.loan_ref)


@register.inclusion_tag("console/bucket.html")
def bucket(code: str) -> dict[str, str]:
    """A bucket with its colour, its name and its days."""
    return {"code": code, "rank": code[1:2] if code[:1] == "M" else "0"}


@register.simple_tag(takes_context=True)
def here(context: Context, **changes: Any) -> str:
    """The present address with some parameters of the query changed; None removes one.

    Whatever changes but the page itself begins at the first page.
    """
    query = context["request"].GET.copy()
    if "page" not in changes:
        query.pop("page", None)
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"{context['request'].path}?{query.urlencode()}"
