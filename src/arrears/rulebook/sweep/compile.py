"""A rule's conditions, as Cedar's parser gives them (EST), compiled to one boolean of Ibis.

Cedar evaluates from left to right and stops early, so that ``context has x && context.x < 5`` never
reads what is not there. SQL's logic of three values gives the same answer: the validator demands
such a guard before every optional fact, and a guard that fails decides whatever null stands beside.
Rows in which a fact is missing or no member of its list are refused before any rule is asked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from arrears.kernel.errors import ConfigError
from arrears.rulebook import est
from arrears.rulebook.rule import Rule
from arrears.rulebook.sweep.folded import Folded, all_of, any_of, negated
from arrears.rulebook.sweep.sources import Operand, Sources, one_of
from arrears.rulebook.vocabulary import LISTS

COMPARES: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ROLE_OF: Final = {"principal": "actor", "resource": "party"}


def fires(rule: Rule, sources: Sources) -> Folded:
    """Whether a rule of the act at hand holds for a row: who is meant, and all its conditions.

    Raises
    ------
    ConfigError
        If a condition holds an expression outside of the part that packs may use.
    """
    scope = [
        _within(sources.role("actor"), rule.actors),
        _within(sources.role("party"), rule.parties),
    ]
    compiled = _Compiler(rule.id, sources)
    return all_of([*scope, *map(compiled.condition, rule.conditions)])


def _within(role: Operand, members: Iterable[str]) -> Folded:
    chosen = sorted(members)
    if set(chosen) == set(LISTS[role.kind]):
        return True
    if role.column is None:
        return role.constant in chosen
    return one_of(role.column, chosen)


class _Compiler:
    def __init__(self, rule_id: str, sources: Sources) -> None:
        self._rule_id = rule_id
        self._sources = sources

    def condition(self, given: Mapping[str, Any]) -> Folded:
        body = self.truth(given["body"])
        return body if given["kind"] == "when" else negated(body)

    def truth(self, node: est.Node) -> Folded:
        name, body = est.split(node)
        if name in est.JUNCTIONS:
            both = [self.truth(body["left"]), self.truth(body["right"])]
            return all_of(both) if name == "&&" else any_of(both)
        if name == "!":
            return negated(self.truth(body["arg"]))
        if name == "has":
            return self._sources.known(body["attr"])
        if name == "in":
            return self._membership(node, self.operand(body["left"]), body["right"])
        if name in COMPARES:
            return _compared(name, self.operand(body["left"]), self.operand(body["right"]))
        operand = self.operand(node)
        if operand.kind != "flag":
            raise self._unusable(node)
        return bool(operand.constant) if operand.column is None else operand.column

    def operand(self, node: est.Node) -> Operand:
        name, body = est.split(node)
        fact = est.fact_of(node)
        if fact is not None:
            return self._sources.operand(fact)
        if name == "Var" and body in ROLE_OF:
            return self._sources.role(ROLE_OF[body])
        if name == "Value" and isinstance(body, bool):
            return Operand("flag", constant=body)
        if name == "Value" and isinstance(body, int):
            return Operand("number", constant=body)
        if name == "Value" and isinstance(body, dict) and "__entity" in body:
            return Operand(body["__entity"]["type"], constant=body["__entity"]["id"])
        raise self._unusable(node)

    def _membership(self, node: est.Node, left: Operand, right: est.Node) -> Folded:
        """Members of closed lists have no parents: being *in* some is being equal to one."""
        if "Set" not in right:
            raise self._unusable(node)
        return any_of(_compared("==", left, self.operand(literal)) for literal in right["Set"])

    def _unusable(self, node: est.Node) -> ConfigError:
        return ConfigError(
            "a rule holds an expression that a sweep cannot read",
            expected=est.ALLOWED,
            found=str(node)[:200],
            remedy="see `arrears policy check`",
            rule=self._rule_id,
        )


def _compared(name: str, left: Operand, right: Operand) -> Folded:
    if left.kind != right.kind:
        # Members of two lists are never equal, and no order is defined between them.
        return name == "!="
    sides = [side.constant if side.column is None else side.column for side in (left, right)]
    if any(side is None for side in sides):
        # Unknown in every row: the guard before it is false, so what stands here decides nothing.
        return False
    return COMPARES[name](*sides)
