"""Decide for all persons at once, and explain one decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ibis

from arrears.book.treat.strategy import DIGITS, SEPARATOR, Arm, Strategy

SCHEMA = ibis.schema(
    {
        "person_id": "string",
        "treatment": "string",
        "rule": "string",
        "table": "string",
        "version": "int32",
        "arm": "string",
    }
)


def treat(con: Any, persons: Any, strategy: Strategy) -> Any:
    """The treatment of every person, with the rule, table, version and arm that chose it.

    Parameters
    ----------
    con
        The backend that holds the frame.
    persons
        The frame of :func:`arrears.book.persons.per_person`.
    strategy
        What decides on the day.

    Returns
    -------
    ibis.Table
        The columns :data:`SCHEMA`, one row per row of ``persons``, not yet computed.
    """
    del con  # The expression is the same for every backend.
    salted = ibis.literal(f"{strategy.salt}{SEPARATOR}").concat(persons.person_id)
    prefix = salted.hexdigest("sha256").substr(0, DIGITS)
    shares = [(prefix < arm.below, number) for number, arm in enumerate(strategy.arms[:-1])]
    last = ibis.literal(len(strategy.arms) - 1, type="int32")
    chosen = _either([(c, ibis.literal(n, type="int32")) for c, n in shares], last)
    placed = persons.mutate(arm_number=chosen)
    rule = _either(
        [
            (placed.arm_number == number, _first_rule(arm, placed))
            for number, arm in enumerate(strategy.arms[:-1])
        ],
        _first_rule(strategy.arms[-1], placed),
    )
    decided = placed.select("person_id", "arm_number", rule_number=rule)
    columns = {name: _told(strategy, decided, name) for name in SCHEMA if name != "person_id"}
    return decided.select("person_id", **columns)


def _either(branches: list[tuple[Any, Any]], otherwise: Any) -> Any:
    return ibis.cases(*branches, else_=otherwise) if branches else otherwise


def _first_rule(arm: Arm, table: Any) -> Any:
    """The number of the first rule that holds; null if none does, which the proof excludes."""
    branches = [
        (rule.expression(table), ibis.literal(number, type="int32"))
        for number, rule in enumerate(arm.table.rules)
    ]
    return ibis.cases(*branches, else_=ibis.null("int32"))


def _told(strategy: Strategy, decided: Any, name: str) -> Any:
    """One column of the answer, from the numbers of the arm and of the rule."""
    branches: list[tuple[Any, Any]] = []
    for number, arm in enumerate(strategy.arms):
        here = decided.arm_number == number
        whole = {"table": arm.table.id, "version": arm.table.version, "arm": arm.name}
        if name in whole:
            branches.append((here, ibis.literal(whole[name], type=SCHEMA[name])))
            continue
        for place, rule in enumerate(arm.table.rules):
            value = rule.id if name == "rule" else rule.treatment
            branches.append((here & (decided.rule_number == place), ibis.literal(value)))
    return ibis.cases(*branches, else_=ibis.null(SCHEMA[name]))


@dataclass(frozen=True)
class Asked:
    """One condition put to one person: what was asked for, what was found."""

    fact: str
    expected: str
    found: Any
    held: bool


@dataclass(frozen=True)
class Tried:
    """One rule put to one person: whether all its conditions held."""

    rule: str
    held: bool
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class Why:
    """A decision and how it came about.

    Parameters
    ----------
    tried
        The rules in order up to the one that decided, which is the last.
    why_en, why_zh
        The reason that the rule gives.
    """

    treatment: str
    rule: str
    table: str
    version: int
    arm: str
    why_en: str
    why_zh: str
    tried: tuple[Tried, ...]


def explain(facts: Mapping[str, Any], strategy: Strategy) -> Why:
    """Decide for one person, and keep what every rule on the way asked and found.

    Parameters
    ----------
    facts
        A row of the person frame.
    strategy
        What decides on the day; the answer is that of :func:`treat`.

    Raises
    ------
    BadInput
        If no rule holds: a fact has a value that no fact of its kind can have.
    """
    arm = strategy.arm_of(facts["person_id"])
    decided = arm.table.decide(facts)
    tried = []
    for rule in arm.table.rules:
        asked = tuple(
            Asked(c.fact.name, c.words(), facts[c.fact.name], c.holds(facts)) for c in rule.when
        )
        tried.append(Tried(rule.id, rule.holds(facts), asked))
        if rule is decided:
            break
    return Why(
        treatment=decided.treatment,
        rule=decided.id,
        table=arm.table.id,
        version=arm.table.version,
        arm=arm.name,
        why_en=decided.why_en,
        why_zh=decided.why_zh,
        tried=tuple(tried),
    )
