"""Acts that a set of rules cannot tell apart, and the answers already given for them.

Rules compare a number only with numbers that stand in them. Of two acts whose flags and members of
lists are equal, and whose numbers lie on the same side of each of those, every rule says the same:
Cedar's answer about the one is its answer about the other.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from arrears.rulebook import est
from arrears.rulebook.load import RuleSet
from arrears.rulebook.rule import Reason
from arrears.rulebook.vocabulary import FACTS, HIGHEST, Value

MOST_ANSWERS: Final = 2_000
"""Kept for each set of rules, some 2 MB; the oldest goes first."""

Keys = tuple[str, list[str]]
"""Cedar's decision, and the keys of the rules that made it."""


@lru_cache(maxsize=1024)
def turns(rules: RuleSet) -> Mapping[str, tuple[int, ...]]:
    """For each number that a set of rules compares, the values at which a comparison may turn."""
    found: dict[str, set[int]] = {}
    for rule in (*rules.rules, *rules.drafts):
        for name in rule.reads:
            if FACTS[name].kind in HIGHEST:
                numbers = [est.constants(part["body"], name) for part in rule.conditions]
                for number in frozenset().union(*numbers):
                    found.setdefault(name, set()).update((number, number + 1))
    return {name: tuple(sorted(values)) for name, values in found.items()}


class Answers:
    """The answers that a set of rules has given, by what it can tell apart."""

    def __init__(self, rules: RuleSet) -> None:
        steps = turns(rules)
        self._steps = [(name, steps.get(name)) for name in rules.both_names]
        self._given: dict[object, tuple[Keys, tuple[Reason, ...]]] = {}

    def key(self, actor: str, party: str, facts: Mapping[str, Value]) -> object | None:
        """What the rules see of an act; None if a fact that they read is missing."""
        seen: list[object] = [actor, party]
        for name, steps in self._steps:
            if name not in facts:
                return None
            value = facts[name]
            if steps is not None and type(value) is int and 0 <= value <= HIGHEST["count"]:
                seen.append(bisect_right(steps, value))
            else:
                seen.append((type(value), value) if steps is not None else value)
        return tuple(seen)

    def get(self, key: object) -> tuple[Keys, tuple[Reason, ...]] | None:
        """An answer given before about an act like this one."""
        return self._given.get(key)

    def keep(self, key: object, answer: tuple[Keys, tuple[Reason, ...]]) -> None:
        """Keep an answer; faults are no answers and are never kept."""
        while len(self._given) >= MOST_ANSWERS:
            self._given.pop(next(iter(self._given)), None)
        self._given[key] = answer


@lru_cache(maxsize=256)
def answers_of(rules: RuleSet) -> Answers:
    """The answers of a set of rules; sets never change, so that no answer grows stale."""
    return Answers(rules)
