"""A rule's condition as a small tree, read from Cedar's JSON form: for proofs and mutants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from arrears.kernel.errors import BadInput
from arrears.rulebook.est import fact_of
from arrears.rulebook.rule import Rule
from arrears.rulebook.vocabulary import ACTS, FACTS, HIGHEST, LISTS

VARIABLES: Final = {"principal": "actor", "action": "act", "resource": "party"}
MEMBERS: Final[Mapping[str, tuple[str, ...]]] = {
    "act": tuple(ACTS),
    "actor": tuple(LISTS["Actor"]),
    "party": tuple(LISTS["Party"]),
    **{
        name: tuple(LISTS[fact.values])
        for name, fact in FACTS.items()
        if fact.kind == "enum" and fact.values is not None
    },
}
"""Members of every subject that is one of a closed list: the three of an act, and enum facts."""
OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


class Unprovable(BadInput):
    """A rule uses an expression that the three readings do not share."""

    code = "rule"


@dataclass(frozen=True, slots=True)
class Truth:
    """Always, or never."""

    value: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """``context.<fact>`` of a flag."""

    fact: str


@dataclass(frozen=True, slots=True)
class Known:
    """``context has <fact>``."""

    fact: str


@dataclass(frozen=True, slots=True)
class Member:
    """The subject is one of these members of its list."""

    subject: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compare:
    """A number among the facts against a literal."""

    fact: str
    op: str
    number: int


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary."""

    part: Formula


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; read from left to right, as Cedar does."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds; read from left to right."""

    parts: tuple[Formula, ...]


Formula = Truth | Flag | Known | Member | Compare | Not | All | Some


def formula_of(rule: Rule) -> All:
    """Everything that must hold for a rule to fire, its dates and jurisdiction apart."""
    scope: list[Formula] = []
    for subject, members in (("act", rule.acts), ("actor", rule.actors), ("party", rule.parties)):
        if set(members) != set(MEMBERS[subject]):
            scope.append(Member(subject, _in_order(subject, members)))
    return All((*scope, *conditions_of(rule.conditions)))


def conditions_of(conditions: tuple[Mapping[str, Any], ...]) -> tuple[Formula, ...]:
    """``when`` and ``unless`` of a rule in Cedar's JSON form; what they join by ``&&`` apart."""
    found: list[Formula] = []
    for condition in conditions:
        body = parsed(condition["body"])
        if condition["kind"] == "unless":
            found.append(Not(body))
        else:
            found += body.parts if isinstance(body, All) else (body,)
    return tuple(found)


def parsed(node: Mapping[str, Any]) -> Formula:
    """A boolean expression in Cedar's JSON form.

    Raises
    ------
    Unprovable
        If it is not boolean, or uses what the three readings do not share.
    """
    ((op, body),) = node.items()
    match op:
        case "Value" if isinstance(body, bool):
            return Truth(body)
        case "!":
            return Not(parsed(body["arg"]))
        case "&&":
            return All(_joined(All, node, "&&"))
        case "||":
            return Some(_joined(Some, node, "||"))
        case "has" if body["attr"] in FACTS:
            return Known(body["attr"])
        case "." if (name := fact_of(node)) and name in FACTS and FACTS[name].kind == "flag":
            return Flag(name)
        case "==" | "!=" | "<" | "<=" | ">" | ">=":
            return _comparison(node, op, body["left"], body["right"])
        case "in":
            return _membership(node, body["left"], body["right"])
        case _:
            raise _unprovable(node)


def _joined(kind: type[All] | type[Some], node: Mapping[str, Any], op: str) -> tuple[Formula, ...]:
    parts: list[Formula] = []
    for side in ("left", "right"):
        part = parsed(node[op][side])
        parts += part.parts if isinstance(part, kind) else (part,)
    return tuple(parts)


def _comparison(
    node: Mapping[str, Any], op: str, left: Mapping[str, Any], right: Mapping[str, Any]
) -> Formula:
    literal = right.get("Value")
    if isinstance(literal, Mapping) and op in ("==", "!="):
        subject = _subject(node, left)
        same = Member(subject, _in_order(subject, [_entity(right)]))
        return same if op == "==" else Not(same)
    if isinstance(literal, bool) and op in ("==", "!="):
        return parsed(left) if literal is (op == "==") else Not(parsed(left))
    name = fact_of(left)
    if not isinstance(literal, int) or name is None or FACTS[name].kind not in HIGHEST:
        raise _unprovable(node)
    return Compare(name, op, literal)


def _membership(
    node: Mapping[str, Any], left: Mapping[str, Any], right: Mapping[str, Any]
) -> Formula:
    members = [_entity(item) for item in right.get("Set") or ()]
    if not members:
        raise _unprovable(node)
    subject = _subject(node, left)
    return Member(subject, _in_order(subject, members))


def _subject(node: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    variable = VARIABLES.get(given.get("Var", ""))
    name = variable or fact_of(given)
    if name is None or name not in MEMBERS:
        raise _unprovable(node)
    return name


def _entity(given: Mapping[str, Any]) -> str | None:
    value = given.get("Value")
    return str(value["__entity"]["id"]) if isinstance(value, Mapping) else None


def _in_order(subject: str, given: Iterable[str | None]) -> tuple[str, ...]:
    members = set(given)
    if unknown := members - set(MEMBERS[subject]):
        raise Unprovable(
            "a rule names a member that its list does not have",
            expected=", ".join(MEMBERS[subject]),
            found=", ".join(sorted(map(str, unknown))),
            subject=subject,
        )
    return tuple(member for member in MEMBERS[subject] if member in members)


def _unprovable(node: Mapping[str, Any]) -> Unprovable:
    return Unprovable(
        "a rule uses an expression that cannot be swept and proved",
        expected="booleans, whole numbers and list members with == != < <= > >= in has && || !",
        found=str(dict(node))[:200],
        remedy="write it with those; `arrears policy check` names rule and file",
    )


def unguarded(formula: Formula, known: frozenset[str] = frozenset()) -> str | None:
    """A fact that may be unknown and is read without ``has`` before it; None if there is none.

    As Cedar's validator sees it: only ``&&`` hands on what is known.
    """
    match formula:
        case Not(part):
            return unguarded(part, known)
        case All(parts):
            for part in parts:
                if (wrong := unguarded(part, known)) is not None:
                    return wrong
                known |= _assured(part)
            return None
        case Some(parts):
            return next((wrong for part in parts if (wrong := unguarded(part, known))), None)
        case _:
            read = [name for name in read_by(formula) if FACTS[name].may_be_unknown]
            return next((name for name in read if name not in known), None)


def _assured(formula: Formula) -> frozenset[str]:
    """Facts that are known wherever the formula holds."""
    match formula:
        case Known(fact):
            return frozenset({fact})
        case All(parts):
            return frozenset().union(*map(_assured, parts))
        case Some(parts):
            return frozenset.intersection(*map(_assured, parts))
        case _:
            return frozenset()


def read_by(formula: Formula) -> tuple[str, ...]:
    """Facts whose value an atom reads; none for ``has``."""
    match formula:
        case Flag(fact):
            return (fact,)
        case Member(subject, _):
            return (subject,) if subject in FACTS else ()
        case Compare(fact, _, _):
            return (fact,)
        case _:
            return ()


def shown(formula: Formula) -> str:
    """A formula as Cedar text, as short as it can be read."""
    match formula:
        case Truth(value):
            return "true" if value else "false"
        case Flag(fact):
            return fact
        case Known(fact):
            return f"has {fact}"
        case Member(subject, members):
            return (
                f"{subject} in [{', '.join(members)}]"
                if len(members) > 1
                else (f"{subject} == {members[0]}")
            )
        case Compare(fact, op, number):
            return f"{fact} {op} {number}"
        case Not(Known(fact)):
            return f"!has {fact}"
        case Not(Flag(fact)):
            return f"!{fact}"
        case Not(part):
            return f"!({shown(part)})"
        case All(parts):
            return " && ".join(f"({shown(p)})" if isinstance(p, Some) else shown(p) for p in parts)
        case Some(parts):
            return " || ".join(f"({shown(p)})" if isinstance(p, All) else shown(p) for p in parts)
