"""Golden cases: what a lawyer reads, and what the rulebook must answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import yaml

from arrears.kernel.errors import ArrearsError
from arrears.rulebook.act import JURISDICTIONS, Act
from arrears.rulebook.baseline import Baseline
from arrears.rulebook.decide import decide
from arrears.rulebook.load import Pack, Rulebook
from arrears.rulebook.reading import Finding
from arrears.rulebook.rule import Reason, Verdict
from arrears.rulebook.vocabulary import ACTS, FACTS

KEYS: Final = ("case", "zh", "rule", "act", "actor", "party", "jurisdiction", "at", "zone",
               "zone_alt", "given", "missing", "refused", "allowed", "warned")  # fmt: skip
UNKNOWN: Final = "unknown"
"""As jurisdiction or zone of a case: not known."""


@dataclass(frozen=True, slots=True)
class Case:
    """One golden case.

    Parameters
    ----------
    name, zh
        What it shows, in both languages.
    rule
        Id of the rule that it stands beside.
    act
        The act with all its facts: the baseline's, and what the case says.
    refused
        Ids of exactly the reasons that refuse; empty: allowed.
    warned
        Ids of exactly the drafts that warn; None: not looked at.
    file, line
        Where it stands.
    """

    name: str
    zh: str
    rule: str
    act: Act
    refused: tuple[str, ...]
    warned: tuple[str, ...] | None
    file: str
    line: int

    @property
    def key(self) -> tuple[object, ...]:
        """What is asked: two cases with the same key must expect the same."""
        act = self.act
        return (act.act, act.actor, act.party, act.at, act.jurisdiction, act.zone, act.zone_alt,
                tuple(sorted(act.facts.items())))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Failure:
    """A case whose verdict is not the expected one."""

    case: Case
    verdict: Verdict

    def __str__(self) -> str:
        case = self.case
        lines = [f"{case.file}:{case.line}: {case.name}", f"  beside the rule {case.rule}"]
        lines += _differing("refused by", case.refused, self.verdict.reasons)
        if case.warned is not None:
            lines += _differing("warned by", case.warned, self.verdict.warnings)
        return "\n".join(lines)


def _differing(what: str, expected: tuple[str, ...], found: tuple[Reason, ...]) -> list[str]:
    ids = tuple(reason.id for reason in found)
    if ids == expected:
        return []
    lines = [
        f"  expected {what}: {', '.join(expected) or 'nothing'}",
        f"  found    {what}: {', '.join(ids) or 'nothing'}",
    ]
    lines += [f"    {r.id}: {r.en}" for r in found if r.id not in expected]
    return lines


def run_case(case: Case, rulebook: Rulebook) -> Failure | None:
    """Decide a case; None if the verdict is exactly the expected one."""
    verdict = decide(case.act, rulebook)
    refused = tuple(reason.id for reason in verdict.reasons)
    warned = tuple(reason.id for reason in verdict.warnings)
    same = refused == case.refused and (case.warned is None or warned == case.warned)
    return None if same and verdict.allowed == (not case.refused) else Failure(case, verdict)


def read_cases(pack: Pack, baselines: Mapping[str, Baseline]) -> tuple[list[Case], list[Finding]]:
    """The cases of a pack in the order of their files, and what is wrong with them."""
    cases: list[Case] = []
    findings: list[Finding] = []
    for path in sorted((pack.folder / "cases").glob("*.yaml")):
        file = f"{pack.code}/cases/{path.name}"
        try:
            written = list(_documents(path))
        except (OSError, UnicodeDecodeError, yaml.YAMLError, ValueError) as error:
            findings.append(Finding(file, None, None, f"cannot be read: {error}"))
            continue
        for node, given in written:
            line = node.start_mark.line + 1
            try:
                _twice(node)
                cases.append(_case(given, pack, baselines, file, line))
            except (ArrearsError, ValueError, TypeError) as error:
                name = str(given.get("case")) if isinstance(given, dict) else None
                findings.append(Finding(file, line, name, " ".join(str(error).split())))
    return cases, findings


def _documents(path: Path) -> Iterator[tuple[yaml.Node, Any]]:
    """Each case of a file with its place."""
    text = path.read_text(encoding="utf-8")
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    if root is None:
        return
    if not isinstance(root, yaml.SequenceNode):
        raise ValueError("expected a list of cases, each `- case: …`")
    # Values from one load of the whole file: anchors of earlier cases stay known.
    values = yaml.load(text, Loader=yaml.CSafeLoader)
    yield from zip(root.value, values, strict=True)


def _twice(node: yaml.Node) -> None:
    """Refuse a key that stands twice: YAML would keep the last one and say nothing."""
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise ValueError(f"line {node.start_mark.line + 1}: `{key}` stands twice")
        for _, value in node.value:
            _twice(value)


def _case(given: Any, pack: Pack, baselines: Mapping[str, Baseline], file: str, line: int) -> Case:
    if not isinstance(given, dict):
        raise ValueError("a case should be a mapping: `- case: …`")
    unknown = sorted(map(str, set(given) - set(KEYS)))
    lacking = [key for key in ("case", "rule", "act", "at") if not given.get(key)]
    if unknown or lacking:
        raise ValueError(f"unknown keys: {unknown}; lacking: {lacking}; known: {', '.join(KEYS)}")
    if given["act"] not in ACTS:
        raise ValueError(f"unknown act {given['act']}; expected one of {', '.join(ACTS)}")
    if bool(given.get("refused")) == (given.get("allowed") is True):
        raise ValueError("a case says either `allowed: true` or `refused: [ids]`")
    return Case(
        name=str(given["case"]),
        zh=str(given.get("zh") or ""),
        rule=str(given["rule"]),
        act=_act(given, pack, baselines[given["act"]]),
        refused=_ids(given, "refused"),
        warned=_ids(given, "warned") if "warned" in given else None,
        file=file,
        line=line,
    )


def _act(given: Mapping[str, Any], pack: Pack, baseline: Baseline) -> Act:
    facts = dict(baseline.facts)
    differing = given.get("given") or {}
    if not isinstance(differing, dict):
        raise ValueError("`given` should be a mapping of facts: {vulnerable: true}")
    for name, value in differing.items():
        if name not in FACTS:
            raise ValueError(f"the vocabulary has no fact {name} (`arrears policy facts`)")
        facts[name] = value
    lacking = given.get("missing") or []
    if not isinstance(lacking, list):
        raise ValueError("`missing` should be a list of facts")
    for name in lacking:
        if facts.pop(name, None) is None and name not in FACTS:
            raise ValueError(f"the vocabulary has no fact {name} (`arrears policy facts`)")
    home = pack.about.get("jurisdiction", pack.code)
    return Act(
        act=given["act"],
        actor=given.get("actor", baseline.actor),
        party=given.get("party", baseline.party),
        at=_instant(given["at"]),
        jurisdiction=_known(given.get("jurisdiction", home)),
        zone=_known(given.get("zone", _zone_of(given, pack))),
        zone_alt=_known(given.get("zone_alt", UNKNOWN)),
        facts=facts,
    )


def _zone_of(given: Mapping[str, Any], pack: Pack) -> str:
    """A case under another law is told in the pack's zone too, unless it says its own."""
    zones = pack.about.get("zones") or {}
    return str(zones.get(given.get("jurisdiction"), pack.zone))


def _known(value: Any) -> str | None:
    if value is None or value == UNKNOWN:
        return None
    return str(value)


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError(f"`at: {value}` lacks its offset; write 2026-03-02T10:00+08:00")
        return value
    return datetime.fromisoformat(str(value))


def _ids(given: Mapping[str, Any], key: str) -> tuple[str, ...]:
    ids = given.get(key) or []
    if not isinstance(ids, list):
        raise ValueError(f"`{key}` should be a list of rule ids")
    return tuple(sorted(map(str, ids)))


assert UNKNOWN not in JURISDICTIONS
