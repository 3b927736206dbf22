"""A decision table: read from YAML, checked, and proved to decide every case exactly once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis

from arrears.book.treat.facts import FACTS, Condition, representatives
from arrears.kernel.errors import BadInput, ConfigError


@dataclass(frozen=True)
class Rule:
    """If every condition holds, this treatment, for this reason; first match wins."""

    id: str
    when: tuple[Condition, ...]
    treatment: str
    why_en: str
    why_zh: str

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether every condition holds for one person."""
        return all(condition.holds(facts) for condition in self.when)

    def expression(self, table: Any) -> Any:
        """The same for every row of the person frame; never null."""
        return ibis.and_(ibis.literal(True), *(c.expression(table) for c in self.when))


@dataclass(frozen=True)
class DecisionTable:
    """One version of a table of rules.

    Parameters
    ----------
    id, version
        Which table, and its version, counted from 1.
    effective_from
        The first day on which it decides.
    rules
        In order; what :func:`prove` found to be without gap and without a dead rule.
    """

    id: str
    version: int
    effective_from: date
    rules: tuple[Rule, ...]

    def decide(self, facts: Mapping[str, Any]) -> Rule:
        """The first rule that holds for one person.

        Raises
        ------
        BadInput
            If none does: a fact has a value that no fact of its kind can have.
        """
        for rule in self.rules:
            if rule.holds(facts):
                return rule
        raise BadInput(
            f"no rule of the table {self.id} holds",
            found=", ".join(f"{name} {facts[name]!r}" for name in FACTS),
            remedy="check the facts: the table covers all values that its facts can have",
        )

    def rule(self, rule_id: str) -> Rule:
        """The rule of that id; KeyError if there is none."""
        return {rule.id: rule for rule in self.rules}[rule_id]


Region = tuple[frozenset[int], ...]


def prove(table: DecisionTable, file: str) -> None:
    """Show that the table decides every possible person, and that no rule is in vain.

    What a person can be is cut at the thresholds that the table names; rule by rule, what it
    takes is removed from what is left.

    Raises
    ------
    ConfigError
        If a rule can never be reached (an earlier one takes all it speaks of), or nobody
        decides for some person, who is then shown.
    """
    dimensions = representatives([c for rule in table.rules for c in rule.when])
    left: list[Region] = [tuple(frozenset(range(len(points))) for points in dimensions)]
    for number, rule in enumerate(table.rules, start=1):
        speaks_of = tuple(_cells(rule, points) for points in dimensions)
        taken, remaining = False, []
        for region in left:
            common = tuple(a & b for a, b in zip(region, speaks_of, strict=True))
            if all(common):
                taken = True
                remaining += _without(region, common)
            else:
                remaining.append(region)
        if not taken:
            raise ConfigError(
                f"the rule {rule.id} can never be reached",
                expected="a case that no earlier rule takes",
                remedy="remove it, move it up, or narrow the rules above it",
                file=file,
                table=table.id,
                rule=number,
            )
        left = remaining
    if left:
        example: dict[str, Any] = {}
        for points, cells in zip(dimensions, left[0], strict=True):
            example |= points[min(cells)]
        raise ConfigError(
            f"the table {table.id} does not decide every case",
            expected="one rule at least for everybody",
            found="no rule for "
            + (", ".join(f"{k} {'unknown' if v is None else v}" for k, v in example.items())),
            remedy="add a rule for it, or a last rule without conditions",
            file=file,
            table=table.id,
        )


def _cells(rule: Rule, points: list[dict[str, Any]]) -> frozenset[int]:
    """The examples of one dimension for which the rule's conditions on it hold."""
    here = [condition for condition in rule.when if condition.fact.name in points[0]]
    return frozenset(n for n, point in enumerate(points) if all(c.holds(point) for c in here))


def _without(region: Region, common: Region) -> list[Region]:
    """A region without a part of it, as disjoint regions."""
    pieces = []
    for d, (whole, part) in enumerate(zip(region, common, strict=True)):
        rest = whole - part
        if rest:
            pieces.append((*common[:d], rest, *region[d + 1 :]))
    return pieces
