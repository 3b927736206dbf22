"""Holds, stop switches and answers of the gate for templates, in the reader's language."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django import template
from django.utils.translation import gettext

from arrears.console import words
from arrears.console.reasons_told import ReasonTold, reasons_told
from arrears.console.rules_told import language, rule_in_short
from arrears.console.templatetags.arrears import instant
from arrears.kernel.ids import uuid7
from arrears.rulebook import telling
from arrears.rulebook.vocabulary import ACTS, LISTS
from arrears.store import clock

register = template.Library()


@register.simple_tag
def fresh_id() -> UUID:
    """A new command id: each form of a list is a command of its own."""
    return uuid7(clock.now())


@register.filter
def stop_told(stop: Any) -> str:
    """What a switch stops: its scope, and which one."""
    scope = words.word(stop.scope, "stop_scopes")
    if stop.value is None:
        return scope
    listed = {"channel": "Channel", "product": "Product"}.get(stop.scope)
    label = LISTS[listed].get(stop.value) if listed else None
    value = telling.text_of(label, language(), stop.value)
    return f"{scope}{'：' if words.in_chinese() else ': '}{value}"


@register.filter
def hold_stops(hold: Any) -> str:
    """What a hold stops, in a sentence."""
    if hold.channel is not None:
        label = LISTS["Channel"].get(hold.channel)
        channel = telling.text_of(label, language(), hold.channel)
        return gettext("Nothing goes out by this channel: %(channel)s.") % {"channel": channel}
    if hold.kind == "suppressed":
        return gettext("The number or address it names is not used.")
    if hold.loan_ref is not None:
        return gettext("Nothing is collected on loan %(loan)s.") % {"loan": hold.loan_ref}
    if hold.kind in words.SOFT_HOLDS:
        return gettext("The rules ask for special care, and refuse some acts.")
    return gettext(
        "Nothing is collected. Answers, receipts and notices that the law requires go on."
    )


@register.filter
def act_told(code: str) -> str:
    """The name of an act."""
    return telling.text_of(ACTS.get(code), language(), code)


@register.filter
def channel_told(code: str) -> str:
    """The name of a channel."""
    return telling.text_of(LISTS["Channel"].get(code), language(), code)


@register.filter
def as_reasons(reasons: Any) -> tuple[ReasonTold, ...]:
    """Reasons of a stored verdict as sentences."""
    return reasons_told(reasons, language())


@register.filter
def in_language(said: Any) -> str:
    """What a duty, a term or a rule says, in the reader's language."""
    return str(said.zh if words.in_chinese() else said.en)


@register.filter
def spared_told(notice: Any) -> str:
    """When nobody need be told; empty: always."""
    return str(notice.spared_zh if words.in_chinese() else notice.spared_en)


@register.filter
def rule_told(rule_id: str) -> str:
    """What a rule says, with its source; its id where no pack has it any more."""
    return rule_in_short(rule_id, language())


@register.filter
def incident_facts(detail: Any) -> list[tuple[str, str]]:
    """What is known of the contact or moment that an incident is about, in words."""
    report = detail.incident.report
    told = [
        (gettext("When"), _moment(report.get("happened_at") or report.get("started_at"))),
        (gettext("Act"), act_told(report["act"]) if "act" in report else ""),
        (gettext("Channel"), channel_told(report["channel"]) if "channel" in report else ""),
        (gettext("By whom"), words.word(report.get("organisation") or "", "houses")),
        (gettext("Allowed until"), _moment(report.get("expires_at"))),
    ]
    return [(title, value) for title, value in told if value]


def _moment(text: str | None) -> str:
    return instant(datetime.fromisoformat(text)) if text else ""
