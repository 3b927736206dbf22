"""The baseline: for each act, facts by which every law allows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from arrears.rulebook.load import PACKS, BadRulebook
from arrears.rulebook.vocabulary import ACTS, FACTS, LISTS, Value

FILE: Final = "baseline.yaml"
TIMED: Final = frozenset({"local_minute", "local_minute_alt"})
"""Facts that follow from the instant, and have no place in the baseline."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """Who acts towards whom, and every fact but the clock's."""

    actor: str
    party: str
    facts: Mapping[str, Value]


def read_baseline(folder: Path = PACKS) -> dict[str, Baseline]:
    """The baseline of every act.

    Raises
    ------
    BadRulebook
        If an act or fact lacks its value, has one that it cannot have, or is not known.
    """
    path = folder / FILE
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadRulebook("the baseline cannot be read", found=str(error), file=path) from None
    if not isinstance(written, dict) or not {"common", "acts"} <= set(written):
        raise BadRulebook("the baseline lacks `common` or `acts`", file=path)
    if set(written["acts"]) != set(ACTS):
        odd = sorted(set(written["acts"]) ^ set(ACTS))
        raise BadRulebook("the baseline has other acts than the vocabulary", found=str(odd))
    baselines = {}
    problems = []
    for act, own in written["acts"].items():
        baseline = _baseline(written["common"], own or {})
        baselines[act] = baseline
        problems += [f"{act}: {problem}" for problem in _problems(baseline)]
    if problems:
        raise BadRulebook("the baseline has faults", found="; ".join(problems), file=path)
    return baselines


def _baseline(common: Mapping[str, Any], own: Mapping[str, Any]) -> Baseline:
    return Baseline(
        actor=own.get("actor", common["actor"]),
        party=own.get("party", common["party"]),
        facts={**common["facts"], **own.get("facts", {})},
    )


def _problems(baseline: Baseline) -> list[str]:
    problems = [f"lacks {name}" for name in FACTS if name not in {*baseline.facts, *TIMED}]
    for name, value in baseline.facts.items():
        if name not in FACTS or name in TIMED:
            problems.append(f"has {name}, which has no place here")
        elif (wrong := FACTS[name].misfit(value)) is not None:
            problems.append(f"{name} is {value!r}, expected {wrong}")
    if baseline.actor not in LISTS["Actor"] or baseline.party not in LISTS["Party"]:
        problems.append(f"unknown actor {baseline.actor} or party {baseline.party}")
    return problems
