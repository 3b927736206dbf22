"""Entries of the journal for templates, in the reader's language."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext

from arrears.console import findings_told, record_told, words
from arrears.journal.verifier.statements import Finding

register = template.Library()


@register.filter
def journal_kind(code: str) -> str:
    """What an entry tells, in words; the code of one that a newer release wrote."""
    return words.word(code, "journal_kinds")


@register.filter
def in_short(entry: Any) -> str:
    """A few facts of an entry, in words, so that a list can be told apart."""
    return record_told.in_short(entry.kind, entry.data)


@register.filter
def finding_told(finding: Finding) -> str:
    """What the verifier found to be wrong, and where."""
    return findings_told.finding_told(finding)


@register.filter
def note_told(text: str) -> str:
    """What the verifier wants known besides."""
    return findings_told.note_told(text)


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
