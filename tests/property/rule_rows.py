"""Acts on which a given rule fires, or just fails to: found by walking its own conditions.

A *wish* says which values of which subjects will do. All wishes for "the rule holds" and for "it
does not" are built from the tests in its conditions, with every number just below, at and just
above each bound; what a wish leaves open stays as in the baseline, where every act is allowed.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice, product
from typing import Any, Final

from arrears.rulebook import est
from arrears.rulebook.act import JURISDICTIONS, Act
from arrears.rulebook.baseline import Baseline
from arrears.rulebook.rule import Rule
from arrears.rulebook.vocabulary import FACTS, HIGHEST, LISTS, Value

Wish = Mapping[str, frozenset[Value]]
COMPARES: Final = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le,
                   ">": operator.gt, ">=": operator.ge}  # fmt: skip
INSTANTS: Final = (
    datetime(2026, 3, 2, 2, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 12, 0, tzinfo=UTC),  # 2027 has begun in the far east
    datetime(2027, 6, 1, 20, 30, tzinfo=UTC),
)
ZONES: Final = {"cn": "Asia/Shanghai", "us": "America/New_York", "in": "Asia/Kolkata",
                "gb": "Europe/London", None: None}  # fmt: skip
MOST: Final = 24
"""Wishes tried for a rule, of either kind."""


def interesting(name: str, conditions: tuple[Mapping[str, Any], ...]) -> frozenset[Value]:
    """Values of a subject about which these conditions may change their mind."""
    if name in ("Actor", "Party"):
        return frozenset(LISTS[name])
    fact = FACTS[name]
    if fact.kind == "flag":
        values: set[Value] = {True, False}
    elif fact.kind == "enum":
        values = set(LISTS[str(fact.values)])
    else:
        bounds = {c for one in conditions for c in est.constants(one["body"], name)}
        near = {bound + step for bound in bounds for step in (-1, 0, 1)} | {0, HIGHEST[fact.kind]}
        values = {number for number in near if 0 <= number <= HIGHEST[fact.kind]}
    return frozenset(values | {None} if fact.may_be_unknown else values)


def wishes(rule: Rule, holds: bool) -> Iterator[Wish]:
    """Ways in which all conditions of a rule hold, or in which they do not."""
    walk = _Walk(rule.conditions)
    parts = [(one["body"], (one["kind"] == "when") == holds) for one in rule.conditions]
    yield from islice(walk.all_of(parts) if holds else walk.one_of(parts), MOST)


class _Walk:
    def __init__(self, conditions: tuple[Mapping[str, Any], ...]) -> None:
        self._conditions = conditions

    def of(self, node: est.Node, want: bool) -> Iterator[Wish]:
        name, body = est.split(node)
        if name == "!":
            yield from self.of(body["arg"], not want)
        elif name in est.JUNCTIONS:
            parts = [(body["left"], want), (body["right"], want)]
            yield from self.all_of(parts) if (name == "&&") == want else self.one_of(parts)
        elif name == "Value":
            if body is want:
                yield {}
        else:
            yield from self._test(node, want)

    def all_of(self, parts: list[tuple[est.Node, bool]]) -> Iterator[Wish]:
        for chosen in product(*(islice(self.of(*part), MOST) for part in parts)):
            merged: dict[str, frozenset[Value]] = {}
            for wish in chosen:
                for name, values in wish.items():
                    merged[name] = merged.get(name, values) & values
            if all(merged.values()):
                yield merged

    def one_of(self, parts: list[tuple[est.Node, bool]]) -> Iterator[Wish]:
        for part in parts:
            yield from self.of(*part)

    def _test(self, node: est.Node, want: bool) -> Iterator[Wish]:
        subject, holds = _tested(node)
        values = interesting(subject, self._conditions)
        will_do = frozenset(value for value in values if holds(value) is want)
        if will_do:
            yield {subject: will_do}


def _tested(node: est.Node) -> tuple[str, Any]:
    """The subject of a test, and the test as a function: None where it may not be asked."""
    name, body = est.split(node)
    if name == "has":
        return body["attr"], lambda value: value is not None
    if name == ".":
        return body["attr"], lambda value: value
    left = body["left"]
    subject = est.fact_of(left) or est.VARIABLES[left["Var"]]
    if name == "in":
        members = {_literal(one) for one in body["right"]["Set"]}
        return subject, lambda value: None if value is None else value in members
    literal = _literal(body["right"])
    return subject, lambda value: None if value is None else COMPARES[name](value, literal)


def _literal(node: est.Node) -> Value:
    value = node["Value"]
    return value["__entity"]["id"] if isinstance(value, dict) else value


def acts_about(rule: Rule, baselines: Mapping[str, Baseline]) -> Iterator[Act]:
    """Acts on which a rule fires, and ones that it lets pass, at a time when it is in force."""
    at = next((at for at in INSTANTS if rule.in_force(at.date())), None)
    if at is None:  # A version that has had its day: on its own first or last one.
        day = rule.from_on or rule.until_on
        assert day is not None
        at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC)
    acts = sorted(rule.acts)
    turn = 0
    for holds in (True, False):
        for wish in wishes(rule, holds):
            for pick in (min, max):
                turn += 1
                name = acts[turn % len(acts)]
                yield _act(rule, baselines[name], name, at, _chosen(wish, pick), turn)


def _chosen(wish: Wish, pick: Any) -> dict[str, Value]:
    return {
        name: None if values == {None} else pick(value for value in values if value is not None)
        for name, values in wish.items()
    }


def _act(
    rule: Rule, base: Baseline, name: str, at: datetime, chosen: dict[str, Value], turn: int
) -> Act:
    who = {}
    for role, members, usual in (
        ("Actor", rule.actors, base.actor),
        ("Party", rule.parties, base.party),
    ):
        given = chosen.pop(role, usual if usual in members else min(members))
        who[role] = str(given)
    home = rule.pack if rule.pack in JURISDICTIONS else JURISDICTIONS[turn % 4]
    jurisdiction = None if turn % 5 == 0 else home
    facts = {**base.facts, "local_minute": 600, "local_minute_alt": 600, **chosen}
    return Act(name, who["Actor"], who["Party"], at, jurisdiction, ZONES[home], facts)
