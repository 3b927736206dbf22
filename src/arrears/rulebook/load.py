"""The rulebook in memory: packs read once, and for each question the set of rules that answers it.

A set belongs to one jurisdiction (or all, where it is unknown), one act and one regime: a span of
days between two changes of the rules. Sets are made when they are first asked for, and kept.
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import cedarpy
import yaml

from arrears.kernel.errors import ConfigError
from arrears.rulebook.act import JURISDICTIONS
from arrears.rulebook.reading import BASE, Finding, Written, read_rules
from arrears.rulebook.rule import Rule
from arrears.rulebook.schema import schema_text
from arrears.rulebook.vocabulary import LISTS

PACKS: Final = Path(__file__).with_name("packs")
HOUSE: Final = "house"
CODES: Final = (*JURISDICTIONS, HOUSE)


class BadRulebook(ConfigError):
    """The packs cannot be used: nothing is decided by half a rulebook."""

    code = "rulebook"
    exit_code = 65


@dataclass(frozen=True, slots=True)
class Pack:
    """The rules of one jurisdiction, or of the house.

    Parameters
    ----------
    code, en, zh, zone
        As ``pack.yaml`` says; ``zone`` is the IANA zone in which its cases are told.
    rules
        Every version of every rule, by id and first day.
    digest
        SHA-256 over the text of the rules.
    folder
        Where it was read from.
    about
        The whole of ``pack.yaml``.
    written
        The rules with file and line.
    """

    code: str
    en: str
    zh: str
    zone: str
    rules: tuple[Rule, ...]
    digest: str
    folder: Path
    about: Mapping[str, Any] = field(repr=False)
    written: tuple[Written, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class RuleSet:
    """The rules that answer one kind of question, and Cedar's handles of them.

    Parameters
    ----------
    jurisdictions
        Packs besides the house.
    rules, drafts
        Those that decide (the base permit among them), and those that only warn.
    reads, draft_reads
        Facts that they read; a fact of ``reads`` that is missing refuses the act.
    digest
        SHA-256 over rules, drafts and schemas.
    schema, policies
        Cedar's handles of the rules, parsed once; a policy bears its rule's :func:`rule_key`.
    both_schema, both_policies
        The same with the drafts added; None where there are none.
    by_key
        The rule of each key.
    names, both_names
        ``reads``, and ``reads`` with ``draft_reads``, in the order of the alphabet.
    """

    jurisdictions: tuple[str, ...]
    act: str
    rules: tuple[Rule, ...]
    drafts: tuple[Rule, ...]
    reads: frozenset[str]
    draft_reads: frozenset[str]
    digest: str
    schema_text: str
    schema: cedarpy.Schema = field(repr=False)
    policies: cedarpy.PolicySet = field(repr=False)
    both_schema: cedarpy.Schema | None = field(repr=False)
    both_policies: cedarpy.PolicySet | None = field(repr=False)
    by_key: Mapping[str, Rule] = field(repr=False)
    names: tuple[str, ...] = field(repr=False)
    both_names: tuple[str, ...] = field(repr=False)


class Rulebook:
    """All packs of a folder, and the sets of rules made from them."""

    def __init__(self, folder: Path, packs: Mapping[str, Pack]) -> None:
        self.folder = folder
        self.packs = packs
        self.digest = _digest(f"{code} {pack.digest}" for code, pack in sorted(packs.items()))
        self._sets: dict[tuple[str | None, str, tuple[int, ...]], RuleSet] = {}
        self._boundaries: dict[str | None, tuple[date, ...]] = {}

    def codes(self, jurisdiction: str | None) -> tuple[str, ...]:
        """Packs that apply to a borrower of a jurisdiction, besides the house; None: all of them.

        Raises
        ------
        BadRulebook
            If this rulebook has no pack for it: then nothing can be decided.
        """
        if jurisdiction is None:
            return tuple(code for code in JURISDICTIONS if code in self.packs)
        if jurisdiction not in self.packs or jurisdiction == HOUSE:
            raise BadRulebook(
                "the rulebook has no pack for this jurisdiction",
                expected=", ".join(code for code in self.packs if code != HOUSE),
                found=jurisdiction,
                folder=self.folder,
            )
        return (jurisdiction,)

    def boundaries(self, jurisdiction: str | None) -> tuple[date, ...]:
        """Local days on which some rule begins or ceases to hold, in order."""
        known = self._boundaries.get(jurisdiction)
        if known is None:
            rules = self._applicable(jurisdiction)
            days = {day for rule in rules for day in (rule.from_on, rule.until_on) if day}
            known = self._boundaries[jurisdiction] = tuple(sorted(days))
        return known

    def ruleset(self, jurisdiction: str | None, act: str, on: date, *also_on: date) -> RuleSet:
        """The rules for an act on a local day.

        Parameters
        ----------
        also_on
            Further days that it may be where the person is (two zones, or none known): the rules
            of any of these days then apply together.
        """
        boundaries = self.boundaries(jurisdiction)
        regimes = tuple(sorted({bisect_right(boundaries, day) for day in (on, *also_on)}))
        key = (jurisdiction, act, regimes)
        known = self._sets.get(key)
        if known is None:
            days = (on, *also_on)
            rules = [
                rule
                for rule in self._applicable(jurisdiction)
                if act in rule.acts and any(rule.in_force(day) for day in days)
            ]
            known = self._sets[key] = _ruleset(self.codes(jurisdiction), act, rules)
        return known

    def _applicable(self, jurisdiction: str | None) -> list[Rule]:
        codes = (*self.codes(jurisdiction), HOUSE)
        return [rule for code in codes for rule in self.packs[code].rules]


def rule_key(rule: Rule) -> str:
    """What tells one version of a rule from all others."""
    return f"{rule.id}@{rule.from_on or ''}"


def load_rulebook(folder: Path | None = None) -> Rulebook:
    """Read the packs of a folder; those that come with Arrears are read once per process.

    Raises
    ------
    BadRulebook
        If a pack is missing, or any rule is faulty: every fault is named with file and line.
    """
    return _packaged() if folder is None else _load(folder)


@cache
def _packaged() -> Rulebook:
    return _load(PACKS)


def _load(folder: Path) -> Rulebook:
    packs, findings = read_packs(folder)
    if findings:
        raise BadRulebook(
            f"the rulebook has {len(findings)} fault(s)",
            found="\n    ".join(str(finding) for finding in findings[:20]),
            remedy="run `arrears policy check`, which lists all of them, and mend the packs",
            folder=folder,
        )
    return Rulebook(folder, packs)


def read_packs(folder: Path) -> tuple[dict[str, Pack], list[Finding]]:
    """Every pack of a folder as far as it can be read, and what is wrong with the rules."""
    findings: list[Finding] = []
    packs: dict[str, Pack] = {}
    found = {path.name: path for path in folder.iterdir() if path.is_dir()} if (
        folder.is_dir()
    ) else {}  # fmt: skip
    for code in CODES:
        if code in found and (found[code] / "pack.yaml").is_file():
            pack, faults = _read_pack(found[code], code)
            findings += faults
            if pack is not None:
                packs[code] = pack
    if HOUSE not in packs and not findings:
        findings.append(
            Finding(str(folder), None, None, "no pack `house`: a rulebook needs its pack.yaml")
        )
    for name in sorted(set(found) - set(CODES)):
        if (found[name] / "pack.yaml").is_file():
            message = f"unknown pack; expected one of {', '.join(CODES)}"
            findings.append(Finding(f"{name}/pack.yaml", None, None, message))
    bases = [r for r in packs[HOUSE].rules if r.id == BASE] if HOUSE in packs else []
    if HOUSE in packs and len(bases) != 1:
        findings.append(
            Finding("house", None, BASE, f"there should be one such permit, found {len(bases)}")
        )
    return packs, findings


def _read_pack(folder: Path, code: str) -> tuple[Pack | None, list[Finding]]:
    name = f"{code}/pack.yaml"
    try:
        about = yaml.safe_load((folder / "pack.yaml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return None, [Finding(name, None, None, f"cannot be read: {error}")]
    lacking = [
        key
        for key in ("code", "en", "zh", "zone")
        if not (isinstance(about, dict) and isinstance(about.get(key), str) and about[key])
    ]
    if lacking or about["code"] != code:
        wrong = f"lacks {', '.join(lacking)}" if lacking else f"says code {about['code']}"
        return None, [Finding(name, None, None, f"{wrong}; expected code, en, zh, zone as text")]
    written, findings = read_rules(folder, code)
    written.sort(key=lambda w: (w.rule.id, w.rule.from_on or date.min, w.file, w.line))
    findings += _overlaps(written)
    pack = Pack(
        code=code,
        en=about["en"],
        zh=about["zh"],
        zone=about["zone"],
        rules=tuple(w.rule for w in written),
        digest=_digest(w.rule.text for w in written),
        folder=folder,
        about=about,
        written=tuple(written),
    )
    return pack, findings


def _overlaps(written: list[Written]) -> list[Finding]:
    """Versions of one id that would hold on the same day; ``written`` is sorted by id and start."""
    findings = []
    for earlier, later in pairwise(written):
        if earlier.rule.id != later.rule.id:
            continue
        until = earlier.rule.until_on
        if until is None or (later.rule.from_on or date.min) < until:
            message = (
                f"a second rule of this id holds on the same days ({earlier.file}:{earlier.line}, "
                f"until {until or 'further notice'}); give the versions days that do not overlap"
            )
            findings.append(Finding(later.file, later.line, later.rule.id, message))
    return findings


def _ruleset(codes: tuple[str, ...], act: str, rules: list[Rule]) -> RuleSet:
    active = tuple(rule for rule in rules if rule.status == "active")
    drafts = tuple(rule for rule in rules if rule.status == "draft")
    reads = _reads(active)
    text = schema_text([act], reads)
    draft_reads = _reads(drafts)
    both_text = schema_text([act], reads | draft_reads) if drafts else ""
    return RuleSet(
        jurisdictions=codes,
        act=act,
        rules=active,
        drafts=drafts,
        reads=reads,
        draft_reads=draft_reads,
        digest=_digest([text, both_text, *(rule.text for rule in (*active, *drafts))]),
        schema_text=text,
        schema=cedarpy.Schema.from_str(text),
        policies=_policies(active, act),
        both_schema=cedarpy.Schema.from_str(both_text) if drafts else None,
        both_policies=_policies((*active, *drafts), act) if drafts else None,
        by_key={rule_key(rule): rule for rule in rules},
        names=tuple(sorted(reads)),
        both_names=tuple(sorted(reads | draft_reads)),
    )


def _reads(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset().union(*(rule.reads for rule in rules))


def _policies(rules: Iterable[Rule], act: str) -> cedarpy.PolicySet:
    """Cedar's set, from the same JSON form that the other readings take.

    All rules of a set cover its act, so that the test of the act is left out: Cedar would build
    each rule's list of acts anew for every request, two thirds of the time that it takes.
    """
    policies = {}
    for rule in rules:
        assert act in rule.acts
        policies[rule_key(rule)] = {
            "effect": rule.effect,
            "principal": _scope("Actor", rule.actors),
            "action": {"op": "All"},
            "resource": _scope("Party", rule.parties),
            "conditions": rule.conditions,
        }
    whole = {"staticPolicies": policies, "templates": {}, "templateLinks": []}
    return cedarpy.PolicySet.from_json_str(json.dumps(whole))


def _scope(kind: str, members: frozenset[str]) -> Mapping[str, object]:
    """A scope as Cedar's JSON form has it: open, or one entity."""
    if members == frozenset(LISTS[kind]):
        return {"op": "All"}
    (member,) = members
    return {"op": "==", "entity": {"type": kind, "id": member}}


def _digest(texts: Iterable[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        data = text.encode()
        # Lengths keep "a" + "bc" apart from "ab" + "c".
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()
