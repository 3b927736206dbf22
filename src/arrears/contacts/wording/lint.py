"""The check of a wording: what it does and shows as facts of the rulebook, and who refuses it.

The facts are found in the text by lists of words (``words.yaml``); the rulebook then decides the
message as if everything else about it were lawful. So a template is checked by the very rules by
which the gate will decide each message, and a changed law needs no second list here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from arrears.contacts.wording.terms import carriers, facts_of_terms, found, shown_by_terms
from arrears.contacts.wording.text import LANGUAGES, examples, filled, named, variables
from arrears.kernel.errors import BadInput
from arrears.rulebook.act import BUSINESS_ZONES, JURISDICTIONS, Act
from arrears.rulebook.baseline import Baseline, read_baseline
from arrears.rulebook.decide import decide
from arrears.rulebook.vocabulary import Value

SEEN_OUTSIDE: Final = frozenset({"sms", "push", "chat", "mini_program", "email"})
"""Channels whose whole text stands where somebody else may look, before anybody has shown who they
are. Of the lender's app and of a letter only the title does."""
_TELLING: Final = frozenset({"amount_due", "days_past_due", "loans", "next_amount"})
FIRST: Final = 40
_LINK: Final = re.compile(
    r"(?i)\b(?:https?://|www\.)|\b[a-z0-9-]+\.(?:com|cn|net|org|io|top|xyz)\b"
)
_MONEY: Final = re.compile(
    r"(?i)[¥￥$€£₹]\s*\d|\d[\d,.]*\s*(?:元|块|cny|rmb|usd|eur|gbp|inr|twd)\b"
)
_ZONES: Final = {**BUSINESS_ZONES, "us": "America/New_York"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A wording to be checked.

    Parameters
    ----------
    channel, purpose, reason
        Of the message, as the rulebook names them.
    language
        ``zh`` or ``en``.
    subject, body
        The title (of an SMS: empty) and the text, with variables between braces.
    jurisdictions
        Where it is to be used.
    carrier
        Who carries it.
    """

    channel: str
    purpose: str
    reason: str
    language: str
    subject: str
    body: str
    jurisdictions: tuple[str, ...]
    carrier: str = "local_inbox"


@dataclass(frozen=True, slots=True)
class Finding:
    """Why a wording cannot go live.

    Parameters
    ----------
    code
        A rule's id, or ``carrier.…``, ``text.…`` of this check.
    en, zh
        What is wrong, and where.
    """

    code: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What the check of a wording found."""

    facts: Mapping[str, bool]
    findings: tuple[Finding, ...]

    @property
    def passes(self) -> bool:
        return not self.findings


def lint(draft: Draft, at: datetime) -> Checked:
    """Check a wording under every law where it is to be used.

    Parameters
    ----------
    at
        An instant of the day whose law counts.

    Raises
    ------
    BadInput
        If its language, carrier or a jurisdiction is unknown.
    """
    _require(draft)
    facts = facts_of(draft)
    findings = (*_textual(draft), *_carried(draft), *_refused(draft, facts, at))
    return Checked(facts, tuple(dict.fromkeys(findings)))


def facts_of(draft: Draft) -> dict[str, bool]:
    """The facts of the rulebook that a wording decides by itself."""
    whole = f"{draft.subject}\n{draft.body}"
    facts = {fact: bool(found(terms, whole)) for fact, terms in facts_of_terms().items()}
    facts["reveals_debt"] |= not _TELLING.isdisjoint(named(whole))
    if draft.channel not in SEEN_OUTSIDE:
        debt = facts_of_terms()["reveals_debt"]
        facts["others_may_see"] = bool(found(debt, draft.subject)) or not _TELLING.isdisjoint(
            named(draft.subject)
        )
    facts |= {fact: bool(found(terms, whole)) for fact, terms in shown_by_terms().items()}
    facts["names_creditor"] = "{institution}" in whole.strip()[:FIRST]
    facts["amount_matches"] = not _MONEY.search(whole)
    return facts


def _require(draft: Draft) -> None:
    if draft.language not in LANGUAGES:
        raise BadInput("unknown language", expected=", ".join(LANGUAGES), found=draft.language)
    carrier = carriers().get(draft.carrier)
    if carrier is None or draft.channel not in carrier.channels:
        raise BadInput(
            "this carrier does not carry this channel",
            expected=", ".join(c.name for c in carriers().values() if draft.channel in c.channels),
            found=f"{draft.carrier} for {draft.channel}",
        )
    odd = sorted(set(draft.jurisdictions) - set(JURISDICTIONS))
    if odd or not draft.jurisdictions:
        raise BadInput(
            "a wording needs to know where it is used",
            expected=f"one or more of {', '.join(JURISDICTIONS)}",
            found=", ".join(odd) or "none",
        )


def _textual(draft: Draft) -> Iterator[Finding]:
    whole = f"{draft.subject}\n{draft.body}"
    if not draft.body.strip():
        yield Finding("text.empty", "It has no text.", "没有正文。")
    if (odd := [name for name in named(whole) if name not in variables()]) or _stray(whole):
        told = ", ".join(odd)[:100] or "{ }"
        yield Finding(
            "text.variable", f"Not a variable that we know: {told}", f"不存在的变量：{told}"
        )
    if money := _MONEY.search(whole):
        yield Finding(
            "text.amount",
            f"It writes an amount itself ({money.group().strip()}); take a variable.",
            f"正文直接写了金额（{money.group().strip()}），请改用变量。",
        )


def _carried(draft: Draft) -> Iterator[Finding]:
    carrier = carriers()[draft.carrier]
    whole = f"{draft.subject}\n{draft.body}"
    if barred := found(carrier.barred, whole):
        told = ", ".join(barred)
        yield Finding(
            "carrier.barred",
            f"{carrier.en} refuses these words: {told}",
            f"{carrier.zh}不接受这些词：{told}",
        )
    linked = bool(_LINK.search(whole))
    if (linked and carrier.links != "any") or (
        carrier.links == "none" and "portal" in named(whole)
    ):
        yield Finding(
            "carrier.link",
            f"{carrier.en} takes no address but the fixed one, {{portal}}, if any.",
            f"{carrier.zh}只接受固定地址变量{{portal}}，或不接受任何链接。",
        )
    known = examples(draft.language)
    if set(named(whole)) <= known.keys():
        length = len(filled(whole, known).strip())
        if length > carrier.most_chars:
            yield Finding(
                "carrier.length",
                f"{length} characters; {carrier.en} takes {carrier.most_chars}.",
                f"共{length}字，{carrier.zh}最多{carrier.most_chars}字。",
            )


def _refused(draft: Draft, facts: Mapping[str, bool], at: datetime) -> Iterator[Finding]:
    baseline = _baseline()["letter" if draft.channel == "post" else "message"]
    act = "letter" if draft.channel == "post" else "message"
    given: dict[str, Value] = {
        **baseline.facts,
        **facts,
        "wording_approved": True,
        "channel": draft.channel,
        "purpose": draft.purpose,
        "reason": draft.reason,
        "identity_established": draft.channel not in SEEN_OUTSIDE,
        "first_communication": draft.purpose == "collect",
    }
    for jurisdiction in draft.jurisdictions:
        zone = _ZONES[jurisdiction]
        noon = at.astimezone(ZoneInfo(zone)).replace(hour=12, minute=0, second=0, microsecond=0)
        verdict = decide(Act(act, "lender", "borrower", noon, jurisdiction, zone, given))
        for reason in verdict.reasons:
            yield Finding(
                reason.id, f"{reason.en} ({reason.cite})", f"{reason.zh}（{reason.cite}）"
            )


@cache
def _baseline() -> dict[str, Baseline]:
    return read_baseline()


def _stray(text: str) -> bool:
    return bool(re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", text)))
