"""Golden cases in words: what happens, what is special about it, and what the rules answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

from arrears.kernel.errors import ConfigError
from arrears.rulebook import telling
from arrears.rulebook.act import Act
from arrears.rulebook.baseline import Baseline, read_baseline
from arrears.rulebook.cases import Case, read_cases
from arrears.rulebook.load import Rulebook
from arrears.rulebook.telling import Language
from arrears.rulebook.vocabulary import ACTS, FACTS, LISTS, Label

Outcome = Literal["allowed", "warned", "refused"]

NOT_LOADED: Final = Label("not loaded", "未加载")
NO_LAW: Final = Label("the law that applies is not known", "适用法律不明")
NO_ZONE: Final = Label("time zone not known", "时区不明")


@dataclass(frozen=True, slots=True)
class CaseTold:
    """A golden case in one language.

    Parameters
    ----------
    text
        What it shows.
    circumstances
        The act and its moment, then whatever differs from the baseline.
    outcome
        ``warned`` is allowed, with a draft that speaks up.
    rules
        Ids of the rules that refuse or warn.
    """

    text: str
    circumstances: tuple[str, ...]
    outcome: Outcome
    rules: tuple[str, ...]


@cache
def cases_of(rulebook: Rulebook) -> Mapping[str, tuple[Case, ...]]:
    """The golden cases beside each rule, over all packs, in the order in which they are written.

    Raises
    ------
    ConfigError
        If a case cannot be read; `arrears policy check` names all that is wrong.
    """
    baselines, beside = baselines_of(rulebook), dict[str, list[Case]]()
    for pack in rulebook.packs.values():
        cases, findings = read_cases(pack, baselines)
        if findings:
            raise ConfigError(
                "golden cases cannot be read",
                found=str(findings[0]),
                remedy="run `arrears policy check`, which lists all that is wrong",
            )
        for case in cases:
            beside.setdefault(case.rule, []).append(case)
    return {rule: tuple(cases) for rule, cases in beside.items()}


@cache
def baselines_of(rulebook: Rulebook) -> Mapping[str, Baseline]:
    """The baseline of every act."""
    return read_baseline(rulebook.folder)


def told(case: Case, baseline: Baseline, language: Language) -> CaseTold:
    """A golden case in words."""
    warned = case.warned or ()
    outcome: Outcome = "refused" if case.refused else "warned" if warned else "allowed"
    return CaseTold(
        text=(case.zh or case.name) if language == "zh" else case.name,
        circumstances=(_moment(case.act, language), *special(case.act, baseline, language)),
        outcome=outcome,
        rules=case.refused or warned,
    )


def special(act: Act, baseline: Baseline, language: Language) -> tuple[str, ...]:
    """In what an act differs from the baseline: who, whom, and each fact."""
    who = [
        telling.text_of(LISTS[name][given], language)
        for name, given, usual in (
            ("Actor", act.actor, baseline.actor),
            ("Party", act.party, baseline.party),
        )
        if given != usual
    ]
    differing = {
        name: given
        for name, given in act.facts.items()
        if name not in baseline.facts or baseline.facts[name] != given
    }
    colon = "：" if language == "zh" else ": "
    missing = tuple(
        f"{telling.fact(name, language)}{colon}{telling.text_of(NOT_LOADED, language)}"
        for name in FACTS
        if name in baseline.facts and name not in act.facts
    )
    return (*who, *telling.given(differing, language), *missing)


def _moment(act: Act, language: Language) -> str:
    """The act, the person's local time of it, and under which law."""
    parts = [telling.text_of(ACTS[act.act], language)]
    at = act.at if act.zone is None else act.at.astimezone(ZoneInfo(act.zone))
    parts.append(f"{at:%Y-%m-%d %H:%M} ({act.zone or at.strftime('%z')})")
    if act.zone is None:
        parts.append(telling.text_of(NO_ZONE, language))
    if act.zone_alt is not None:
        other = act.at.astimezone(ZoneInfo(act.zone_alt))
        parts.append(f"{other:%Y-%m-%d %H:%M} ({act.zone_alt})")
    if act.jurisdiction is None:
        parts.append(telling.text_of(NO_LAW, language))
    return ", ".join(parts) if language == "en" else "，".join(parts)
