"""Rules as a compliance officer reads them: by theme, filtered, in the reader's language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from typing import Any

from django.urls import NoReverseMatch, reverse

from arrears.console import words
from arrears.rulebook import case_told, telling
from arrears.rulebook.case_told import CaseTold
from arrears.rulebook.coverage import Row, read_coverage
from arrears.rulebook.load import Pack, Rulebook, load_rulebook
from arrears.rulebook.rule import Rule
from arrears.rulebook.telling import Language
from arrears.rulebook.vocabulary import ACTS, Label


@dataclass(frozen=True)
class PackTold:
    """A pack at a glance: its name, and how much it holds."""

    code: str
    title: str
    zone: str
    active: int
    drafts: int
    cases: int
    rows: int
    digest: str


@dataclass(frozen=True)
class RuleTold:
    """One version of a rule in one language.

    Parameters
    ----------
    anchor
        What its address ends with.
    whom, by_whom
        Empty: everybody.
    cases
        How many golden cases stand beside it.
    """

    rule: Rule
    anchor: str
    text: str
    remedy: str
    acts: tuple[str, ...]
    whom: tuple[str, ...]
    by_whom: tuple[str, ...]
    reads: tuple[str, ...]
    cases: int
    in_force: bool


@dataclass(frozen=True)
class Theme:
    """The rules of one file of a pack."""

    title: str
    rules: tuple[RuleTold, ...]


@dataclass(frozen=True)
class RowTold:
    """A row of the coverage table, with the addresses of what carries it.

    Parameters
    ----------
    screen_url
        Empty while its screen is still to come, or if it needs more than a name.
    """

    row: Row
    rules: tuple[Mapping[str, str], ...]
    screen_url: str
    reason: str


@dataclass(frozen=True)
class Asked:
    """What the address asks of the rules; what nobody knows narrows nothing."""

    text: str
    act: str
    force: str
    status: str

    @classmethod
    def of(cls, query: Any) -> Asked:
        """Read an address."""
        return cls(
            text=query.get("q", "").replace("\x00", "").strip()[:200],
            act=query["act"] if query.get("act") in ACTS else "",
            force=query["force"] if query.get("force") in telling.FORCES else "",
            status=query["status"] if query.get("status") in telling.STATUSES else "",
        )

    def fits(self, rule: Rule) -> bool:
        """Whether a rule is among those asked for."""
        wanted = self.text.casefold()
        said = (rule.id, rule.en, rule.zh, rule.do_en, rule.do_zh, rule.cite, " ".join(rule.rows))
        return (
            (not self.act or self.act in rule.acts)
            and self.force in ("", rule.force)
            and self.status in ("", rule.status)
            and (not wanted or any(wanted in text.casefold() for text in said))
        )


def language() -> Language:
    """The reader's language, as packs name it."""
    return "zh" if words.in_chinese() else "en"


def choices(labels: Mapping[str, Label], told: Mapping[str, Label]) -> list[dict[str, str]]:
    """Codes with title and explanation, for lists and legends."""
    tongue = language()
    return [
        {
            "code": code,
            "title": telling.text_of(label, tongue, code),
            "told": telling.text_of(told.get(code), tongue),
        }
        for code, label in labels.items()
    ]


def pack_told(pack: Pack, rulebook: Rulebook) -> PackTold:
    """A pack at a glance."""
    states = Counter(rule.status for rule in pack.rules)
    cases = case_told.cases_of(rulebook)
    return PackTold(
        code=pack.code,
        title=pack.zh if language() == "zh" else pack.en,
        zone=pack.zone,
        active=states["active"],
        drafts=states["draft"],
        cases=sum(len(cases.get(name, ())) for name in {rule.id for rule in pack.rules}),
        rows=len(read_coverage(pack.folder)),
        digest=pack.digest,
    )


def themes_of(pack: Pack, rulebook: Rulebook, asked: Asked, today: date) -> tuple[Theme, ...]:
    """The rules that fit, by theme; both in the order of the house."""
    tongue = language()
    grouped: dict[str, list[RuleTold]] = {}
    for written in pack.written:
        if asked.fits(written.rule):
            stem = PurePath(written.file).stem
            grouped.setdefault(stem, []).append(rule_told(written.rule, rulebook, tongue, today))
    order = {code: number for number, code in enumerate(telling.THEMES)}
    return tuple(
        Theme(telling.theme(stem, tongue), tuple(grouped[stem]))
        for stem in sorted(grouped, key=lambda stem: (order.get(stem, len(order)), stem))
    )


def rule_told(rule: Rule, rulebook: Rulebook, tongue: Language, today: date) -> RuleTold:
    """A rule in one language."""
    chinese = tongue == "zh"
    return RuleTold(
        rule=rule,
        anchor=anchor(rule),
        text=rule.zh if chinese else rule.en,
        remedy=rule.do_zh if chinese else rule.do_en,
        acts=telling.acts(rule.acts, tongue),
        whom=telling.whom(rule, tongue),
        by_whom=telling.by_whom(rule, tongue),
        reads=telling.facts(rule.reads, tongue),
        cases=len(case_told.cases_of(rulebook).get(rule.id, ())),
        in_force=rule.in_force(today),
    )


def cases_told(rule: Rule, rulebook: Rulebook) -> tuple[CaseTold, ...]:
    """The golden cases beside a rule, in the reader's language."""
    tongue, baselines = language(), case_told.baselines_of(rulebook)
    cases = case_told.cases_of(rulebook).get(rule.id, ())
    return tuple(case_told.told(case, baselines[case.act.act], tongue) for case in cases)


def anchor(rule: Rule) -> str:
    """Where a version of a rule stands on its page; the first one bears the bare id."""
    return rule.id if rule.from_on is None else f"{rule.id}@{rule.from_on}"


def rule_in_short(rule_id: str, tongue: Language) -> str:
    """What a rule says and where it stands; the id itself where no pack has it any more."""
    pack = load_rulebook().packs.get(rule_id.partition(".")[0])
    found = [rule for rule in pack.rules if rule.id == rule_id] if pack is not None else []
    if not found:
        return rule_id
    rule = found[-1]
    text, cite = (rule.zh if tongue == "zh" else rule.en), telling.cite_told(rule.cite, tongue)
    return f"{text}（{cite}）" if tongue == "zh" else f"{text} ({cite})"


def rows_of(pack: Pack, kind: str) -> tuple[RowTold, ...]:
    """The coverage table of a pack, of one kind if any is named."""
    chinese = language() == "zh"
    page = reverse("console:rule-pack", args=[pack.code])
    return tuple(
        RowTold(
            row,
            tuple({"id": name, "url": f"{page}?q={name}"} for name in row.rules),
            _address(row.screen),
            row.reason_zh if chinese else row.reason_en,
        )
        for row in read_coverage(pack.folder)
        if kind in ("", row.kind)
    )


def _address(screen: str) -> str:
    try:
        return reverse(screen) if screen else ""
    except NoReverseMatch:
        return ""


def kinds_of(rows: Iterable[RowTold]) -> list[dict[str, Any]]:
    """The kinds of rows that there are, with their numbers."""
    counts = Counter(row.row.kind for row in rows)
    return [
        {**choice, "count": counts[choice["code"]]}
        for choice in choices(telling.KINDS, {})
        if counts[choice["code"]]
    ]
