"""The rules that answer one question, pack by pack, compiled for one frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from arrears.rulebook.load import HOUSE, Rulebook
from arrears.rulebook.rule import Rule
from arrears.rulebook.sweep.compile import fires
from arrears.rulebook.sweep.days import Days
from arrears.rulebook.sweep.folded import Folded, all_of, any_of, negated
from arrears.rulebook.sweep.sources import Sources


@dataclass(frozen=True, slots=True)
class Part:
    """What one pack says to the rows under its jurisdiction.

    Parameters
    ----------
    code
        Of the pack.
    applies
        To which rows; the house applies to all.
    forbids
        Ids that can still refuse, sorted, and when they do.
    permitted
        Whether a permit holds; True for packs, which have none.
    reads
        Facts that its rules in force read.
    given, misfit
        Whether none of them is missing; whether one has a value that it cannot have.
    """

    code: str
    applies: Folded
    forbids: tuple[tuple[str, Folded], ...]
    permitted: Folded
    reads: frozenset[str]
    given: Folded
    misfit: Folded


def parts_of(rulebook: Rulebook, act: str, sources: Sources, days: Days) -> Iterator[Part]:
    """The packs that may apply to some row, with their rules in force."""
    for code in sorted(rulebook.packs):
        applies = sources.under(code)
        if applies is False:
            continue
        rules = [
            (rule, days.in_force(rule))
            for rule in rulebook.packs[code].rules
            if rule.status == "active" and act in rule.acts
        ]
        rules = [(rule, when) for rule, when in rules if when is not False]
        yield _part(code, applies, rules, sources)


def _part(code: str, applies: Folded, rules: list[tuple[Rule, Folded]], sources: Sources) -> Part:
    # Facts that are read only from some day on are asked for only from that day on.
    always = frozenset().union(*(rule.reads for rule, when in rules if when is True))
    given, misfit = [sources.given(always)], [sources.misfit(always)]
    for rule, when in rules:
        if when is not True and not rule.reads <= always:
            given.append(any_of([negated(when), sources.given(rule.reads - always)]))
            misfit.append(all_of([when, sources.misfit(rule.reads - always)]))
    reads = frozenset().union(*(rule.reads for rule, _ in rules))
    lacking = {name for name in reads if sources.lacks(name)}
    versions: dict[str, list[Folded]] = {}
    permits: list[Folded] = []
    for rule, when in rules:
        if rule.reads & lacking:
            continue  # Rows to which it applies are refused as missing; it has nothing to read.
        fired = all_of([when, fires(rule, sources)])
        if rule.effect == "permit":
            permits.append(fired)
        elif fired is not False:
            versions.setdefault(rule.id, []).append(fired)
    return Part(
        code=code,
        applies=applies,
        forbids=tuple((name, any_of(versions[name])) for name in sorted(versions)),
        permitted=any_of(permits) if code == HOUSE else True,
        reads=reads,
        given=all_of(given),
        misfit=any_of(misfit),
    )
