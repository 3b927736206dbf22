"""An entry of the journal in words: what it tells, field by field, in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from arrears.console import record_words, words
from arrears.console.rules_told import language, rule_in_short
from arrears.kernel.money import EXPONENTS, format_minor
from arrears.placements.allotment.words import BECAUSE as ALLOTTED_BECAUSE
from arrears.rulebook import telling
from arrears.rulebook.vocabulary import ACTS, LISTS

Data = Mapping[str, Any]
Words = Mapping[str, Promise]
MOST_OF_A_LIST: Final = 6
SHORT: Final = 3
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HASH = re.compile(r"[0-9a-f]{64}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")


@dataclass(frozen=True)
class Fact:
    """One thing that an entry tells.

    Parameters
    ----------
    named
        Whether the field has a word of ours; without one it is shown as the code has it.
    opaque
        Whether the value is an id or a hash, which says nothing in a list.
    """

    title: str
    value: str
    named: bool
    opaque: bool


FIELD_TITLES: Words = {
    "absence": _("absence"),
    "act": _("act"),
    "address": _("address"),
    "adjustment": _("adjustment"),
    "aged_sha256": _("digest of the ageing"),
    "agencies": _("agencies"),
    "aims": _("targets"),
    "allotment": _("allotment"),
    "as_of": _("as of"),
    "asked_by": _("asked for by"),
    "badge_no": _("badge number"),
    "badge_until_on": _("badge valid until"),
    "batch": _("bulk"),
    "because": _("because"),
    "book_version": _("version of the book"),
    "buckets": _("buckets"),
    "capacity": _("capacity"),
    "case": _("case"),
    "cases": _("cases"),
    "cause": _("cause"),
    "certificate": _("certificate"),
    "changed": _("changed"),
    "changes": _("changes"),
    "channel": _("channel"),
    "checklist": _("checklist"),
    "client": _("program"),
    "closed_at": _("closed at"),
    "commission_minor": _("commission"),
    "complaint": _("complaint"),
    "component": _("component"),
    "conflict": _("conflict of interest"),
    "connected": _("answered"),
    "contact": _("contact"),
    "conversation": _("conversation"),
    "currency": _("currency"),
    "day": _("day"),
    "differences": _("differences"),
    "digest": _("digest"),
    "display_name": _("name"),
    "document": _("document"),
    "due_on": _("due on"),
    "duration_seconds": _("length in seconds"),
    "email": _("e-mail"),
    "entries": _("entries"),
    "entry": _("entry"),
    "error": _("error"),
    "events": _("events"),
    "expires_at": _("good until"),
    "export": _("export"),
    "factors": _("second factors"),
    "field": _("field"),
    "finding": _("finding"),
    "form": _("form"),
    "from": _("from"),
    "from_at": _("from"),
    "from_on": _("from"),
    "full": _("full tape"),
    "gone": _("gone"),
    "handed_over": _("gone out before"),
    "happened_at": _("happened at"),
    "hold": _("hold"),
    "incident": _("incident"),
    "initiator": _("begun by"),
    "item": _("piece of evidence"),
    "items": _("pieces of evidence"),
    "joined_on": _("joined on"),
    "kept_until": _("kept until"),
    "key": _("key"),
    "kind": _("kind"),
    "languages": _("languages"),
    "lead": _("lead"),
    "left_on": _("left on"),
    "letter": _("authority letter"),
    "lines": _("lines"),
    "list_sha256": _("digest of the list"),
    "loan": _("loan"),
    "loans": _("loans"),
    "lost": _("key that was lost"),
    "made": _("was made"),
    "media_type": _("kind of file"),
    "member": _("member"),
    "members": _("members"),
    "method": _("how"),
    "minutes": _("minutes"),
    "mode": _("mode"),
    "money": _("money"),
    "month": _("month"),
    "name": _("name"),
    "next_allowed_at": _("next allowed moment"),
    "number": _("number"),
    "on": _("day"),
    "open": _("open"),
    "organisation": _("organisation"),
    "over_capacity": _("above capacity"),
    "overdue_loans": _("loans overdue"),
    "parked": _("parked"),
    "part": _("part"),
    "person": _("person"),
    "personal": _("with personal data"),
    "persons": _("persons"),
    "phone": _("phone"),
    "photo": _("photo"),
    "plan": _("plan of allotment"),
    "public_key": _("public key"),
    "purpose": _("purpose"),
    "reason": _("reason"),
    "reasons": _("rules"),
    "recalled_on": _("recalled on"),
    "recorded_at": _("recorded at"),
    "ref": _("name in the register"),
    "reference": _("reference"),
    "registration_no": _("registration number"),
    "reservations_ended": _("reservations ended"),
    "role": _("role"),
    "row": _("row"),
    "row_number": _("row"),
    "rows": _("rows"),
    "rules_sha256": _("digest of the rules"),
    "run": _("run"),
    "scheme": _("scheme"),
    "scope": _("scope"),
    "scopes": _("may"),
    "score_bps": _("score"),
    "second_because": _("second person because"),
    "session": _("session"),
    "set_aside": _("set aside"),
    "severity": _("severity"),
    "sha256": _("digest"),
    "skills": _("skills"),
    "source": _("source"),
    "staff": _("member of staff"),
    "state": _("state"),
    "statement": _("statement"),
    "stay": _("stay"),
    "step": _("step"),
    "still_wrong": _("still wrong"),
    "stop": _("stop switch"),
    "subject": _("shared budget"),
    "switch": _("switch"),
    "table": _("table"),
    "tables": _("tables"),
    "tape": _("tape"),
    "target": _("target"),
    "team": _("team"),
    "term_until_on": _("term until"),
    "to": _("to"),
    "told_at": _("told at"),
    "totals": _("totals"),
    "treatments": _("treatments"),
    "until": _("until"),
    "until_at": _("until"),
    "until_on": _("until"),
    "upheld_on": _("upheld on"),
    "user": _("user"),
    "value": _("which"),
    "verdict": _("answer of the gate"),
    "what": _("what"),
    "whom": _("whom"),
    "why": _("why"),
}
# What a member of staff did is told by role and scope elsewhere on the line.
_LATER: Final = ("organisation", "role", "rules_sha256", "loans")
_TOPICS: Final[Mapping[str, str]] = {
    "field": "fields",
    "mode": "modes",
    "organisation": "houses",
    "role": "staff",
    "table": "tables",
    "source": "hold_sources",
}
_LISTED: Final[Mapping[str, str]] = {
    "channel": "Channel",
    "purpose": "Purpose",
}
_SCOPED: Final[Mapping[str, str]] = {"channel": "Channel", "product": "Product"}
# Fields that mean something else from stage to stage.
_OF_KIND: Final[tuple[tuple[str, str, str], ...]] = (
    ("conduct.hold_", "kind", "hold_kinds"),
    ("conduct.incident_", "kind", "incident_kinds"),
    ("conduct.incident_", "step", "incident_steps"),
    ("conduct.incident_", "to", "addressees"),
    ("conduct.stop_", "scope", "stop_scopes"),
    ("cases.export_", "kind", "export_kinds"),
    ("people.read", "what", "looks"),
    ("people.", "scope", "houses"),
    ("people.role_", "from", "staff"),
)


def kinds_by_topic() -> list[tuple[str, Promise, list[tuple[str, Promise]]]]:
    """Every topic with its kinds, for a list to choose from."""
    return [
        (
            topic,
            title,
            [
                (code, told)
                for code, told in record_words.JOURNAL_KINDS.items()
                if code.startswith(f"{topic}.")
            ],
        )
        for topic, title in record_words.JOURNAL_TOPICS.items()
    ]


def facts_of(kind: str, data: Data) -> tuple[Fact, ...]:
    """All that an entry tells, what says most first; what is empty is left out."""
    found = [
        Fact(
            title=str(FIELD_TITLES.get(name, name)),
            value=told,
            named=name in FIELD_TITLES,
            opaque=isinstance(value, str) and _opaque(value),
        )
        for name, value in sorted(data.items(), key=lambda item: (item[0] in _LATER, item[0]))
        if (told := _told(kind, name, value, data)) != ""
    ]
    return tuple(found)


def _opaque(value: str) -> bool:
    return bool(_UUID.fullmatch(value) or _HASH.fullmatch(value))


def in_short(kind: str, data: Data) -> str:
    """What tells an entry from its neighbours in a list: a few of its facts."""
    facts = [fact for fact in facts_of(kind, data) if not fact.opaque]
    colon = "：" if words.in_chinese() else ": "
    return " · ".join(f"{fact.title}{colon}{fact.value}" for fact in facts[:SHORT])[:160]


def _told(kind: str, name: str, value: Any, data: Data) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return ""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, int):
        return _number(name, value, data)
    if isinstance(value, list):
        parts = [_told(kind, name, each, data) for each in value[:MOST_OF_A_LIST]]
        more = len(value) - MOST_OF_A_LIST
        return _comma().join(parts) + (f" +{more:,}" if more > 0 else "")
    if isinstance(value, dict):
        return _comma().join(
            f"{FIELD_TITLES.get(each, each)} {_told(kind, each, inner, {**data, **value})}".strip()
            for each, inner in list(value.items())[:MOST_OF_A_LIST]
        )
    if name == "value" and data.get("scope") in _SCOPED:
        label = LISTS[_SCOPED[data["scope"]]].get(str(value))
        return telling.text_of(label, language(), str(value))
    return _text(kind, name, str(value))


def _number(name: str, value: int, data: Data) -> str:
    currency = data.get("currency")
    if name.endswith("_minor") and currency in EXPONENTS:
        return format_minor(value, str(currency))
    if name.endswith("_bps"):
        return f"{value // 100}.{value % 100:02} %"
    return f"{value:,}"


def _text(kind: str, name: str, value: str) -> str:
    for prefix, field, topic in _OF_KIND:
        if name == field and kind.startswith(prefix):
            return words.word(value, topic)
    if name in _TELLERS:
        return _TELLERS[name](value)
    if name in _TOPICS:
        return words.word(value, _TOPICS[name])
    if name in _LISTED:
        return telling.text_of(LISTS[_LISTED[name]].get(value), language(), value)
    if _UUID.fullmatch(value):
        return value[:8]
    if _HASH.fullmatch(value):
        return value[:16]
    return _moment(value) if _INSTANT.fullmatch(value) else value


def _moment(value: str) -> str:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return value
    return f"{timezone.localtime(found):%Y-%m-%d %H:%M}" if found.tzinfo else value


def _rule_or_text(value: str) -> str:
    return rule_in_short(value, language())


def _ways(value: str) -> str:
    return " + ".join(words.word(way, "sign_in_ways") for way in value.split("+"))


def _comma() -> str:
    return "、" if words.in_chinese() else ", "


_TELLERS: Final[Mapping[str, Callable[[str], str]]] = {
    "act": lambda value: telling.text_of(ACTS.get(value), language(), value),
    "reasons": _rule_or_text,
    "method": _ways,
    "because": lambda value: str(ALLOTTED_BECAUSE.get(value, value)),
    "scopes": lambda value: words.word(value, "scopes"),
}
