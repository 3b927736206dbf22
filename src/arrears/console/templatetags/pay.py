"""Schemes, targets and statements for templates, in the reader's language."""

from __future__ import annotations

from datetime import date

from django import template
from django.utils.translation import gettext_lazy as _

from arrears.console import pay_told
from arrears.console.templatetags.arrears import NOTHING

register = template.Library()

STATES = {
    "draft": _("draft"),
    "issued": _("issued"),
    "disputed": _("disputed"),
    "settled": _("settled, to be paid"),
    "dropped": _("dropped"),
}
PROPOSALS = {
    "asked": _("waits for a second person"),
    "adopted": _("approved"),
    "refused": _("refused"),
}
LINES = {
    "payment": _("payment"),
    "reversal": _("taken back"),
    "correction": _("correction"),
    "complaint": _("complaint upheld"),
    "adjustment": _("adjustment"),
}
SUBJECTS = {
    "organisation": _("organisation"),
    "team": _("team"),
    "staff": _("member of staff"),
}


@register.filter
def percent(bps: int | None) -> str:
    """Basis points as percent, without needless zeros."""
    return NOTHING if bps is None else pay_told.percent(bps)


@register.filter
def bar(bps: int | None) -> int:
    """Basis points as the width of a bar of 100."""
    return 0 if bps is None else max(0, min(100, bps // 100))


@register.filter
def month(day: date | None) -> str:
    """A month as ``2026-03``."""
    return f"{day:%Y-%m}" if day else NOTHING


@register.filter
def component(name: str) -> str:
    """The name of a component."""
    return pay_told.component(name)


@register.filter
def severity(name: str | None) -> str:
    """How grave a complaint is."""
    return pay_told.severity(name)


@register.filter
def statement_state(code: str) -> str:
    """Where a statement stands."""
    return str(STATES.get(code, code))


@register.filter
def proposal_state(code: str) -> str:
    """Where a proposal stands."""
    return str(PROPOSALS.get(code, code))


@register.filter
def line_kind(code: str) -> str:
    """What a line of a statement is."""
    return str(LINES.get(code, code))


@register.filter
def target_of(code: str) -> str:
    """Whose a target is."""
    return str(SUBJECTS.get(code, code))


@register.filter
def pay_bucket(name: str | None) -> str:
    """The bucket of a loan when it was placed."""
    return pay_told.bucket(name) if name else NOTHING
