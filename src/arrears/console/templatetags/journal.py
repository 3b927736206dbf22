"""Entries of the journal for templates, in the reader's language."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext

from arrears.console import words

register = template.Library()
SHORT = 3


@register.filter
def journal_kind(code: str) -> str:
    """What an entry tells, in words; the code of one that a newer release wrote."""
    return words.word(code, "journal_kinds")


@register.filter
def in_short(entry: Any) -> str:
    """The first plain values of an entry, so that a list can be told apart."""
    told = [
        f"{name}: {value}"
        for name, value in sorted(entry.data.items())
        if isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    ]
    return " · ".join(told[:SHORT])[:160]


@register.filter
def who(actor: str, names: Any) -> str:
    """Who acted, by name where the page knows it."""
    return str(names.get(actor, actor)) if isinstance(names, dict) else actor


@register.filter
def stream_told(name: str) -> str:
    """A stream as readers know it: a case or person by the head of its id, or one of the house."""
    kind, _, key = name.partition(":")
    titles = {"case": gettext("case"), "person": gettext("person"), "house": gettext("house")}
    return f"{titles.get(kind, kind)} {key[:8]}"


@register.filter
def stream_url(name: str) -> str:
    """The page of the case or person that a stream is about; empty for the house."""
    kind, _, key = name.partition(":")
    return reverse(f"console:{kind}", args=[key]) if kind in ("case", "person") else ""
