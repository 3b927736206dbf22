"""Reading Cedar's own JSON form (EST) of a rule's conditions: the part that packs may use.

A condition is built of ``&&``, ``||``, ``!`` over four kinds of tests, and nothing else; this is
what all three readings (decided, swept, proved) can express:

- a flag: ``context.vulnerable``
- a comparison of one *subject* with one literal: ``context.local_minute < 480``
- membership in a list of literals: ``context.channel in [Channel::"sms", Channel::"push"]``
- whether a fact is known: ``context has local_minute``

A subject is a fact, ``principal`` or ``resource``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from arrears.rulebook.vocabulary import FACTS, HIGHEST, LISTS, Fact

Node = Mapping[str, Any]

ORDERS: Final = frozenset({"<", "<=", ">", ">="})
EQUALITIES: Final = frozenset({"==", "!="})
JUNCTIONS: Final = frozenset({"&&", "||"})
VARIABLES: Final[Mapping[str, str]] = {"principal": "Actor", "resource": "Party"}
"""Variables that a condition may compare, and the closed list that each belongs to."""

ALLOWED: Final = (
    '&& || !, a flag, `has`, a fact compared with a literal, a fact `in [E::"a", …]`; '
    "subject on the left, literal on the right"
)


def split(node: Node) -> tuple[str, Any]:
    """The operator of a node and its operands."""
    ((operator, operands),) = node.items()
    return operator, operands


def fact_of(node: Node) -> str | None:
    """Name of the fact that a node reads (``context.<name>``), or None if it is something else."""
    operator, operands = split(node)
    if operator == "." and operands["left"] == {"Var": "context"}:
        return str(operands["attr"])
    return None


def walk(node: Node) -> Iterator[Node]:
    """A node and all that stand below it, outermost first, left before right."""
    yield node
    operator, operands = split(node)
    if operator in JUNCTIONS | EQUALITIES | ORDERS | {"in"}:
        yield from walk(operands["left"])
        yield from walk(operands["right"])
    elif operator == "!":
        yield from walk(operands["arg"])


def reads(node: Node) -> frozenset[str]:
    """Facts that a node reads, with ``has`` or by value."""
    found = set()
    for inner in walk(node):
        operator, operands = split(inner)
        if operator in {".", "has"} and operands["left"] == {"Var": "context"}:
            found.add(str(operands["attr"]))
    return frozenset(found)


def constants(node: Node, name: str) -> frozenset[int]:
    """Numbers with which a node compares a fact."""
    found = set()
    for inner in walk(node):
        operator, operands = split(inner)
        if operator in EQUALITIES | ORDERS and fact_of(operands["left"]) == name:
            literal = operands["right"].get("Value")
            if isinstance(literal, int) and not isinstance(literal, bool):
                found.add(literal)
    return frozenset(found)


def problems(node: Node) -> Iterator[str]:
    """What in a condition lies outside of the allowed part, or names what does not exist."""
    operator, operands = split(node)
    if operator in JUNCTIONS:
        yield from problems(operands["left"])
        yield from problems(operands["right"])
    elif operator == "!":
        yield from problems(operands["arg"])
    elif operator == "has":
        yield from _known(operands)
    elif operator == "Value" and isinstance(operands, bool):
        return
    elif operator == ".":
        yield from _flag(node)
    elif operator in EQUALITIES | ORDERS:
        yield from _comparison(operator, operands["left"], operands["right"])
    elif operator == "in":
        yield from _membership(operands["left"], operands["right"])
    else:
        yield f"an expression outside of the allowed part: `{operator}`; allowed: {ALLOWED}"


def _known(operands: Any) -> Iterator[str]:
    if operands["left"] != {"Var": "context"}:
        yield f"`has` is for facts of the context only; allowed: {ALLOWED}"
        return
    fact = FACTS.get(operands["attr"])
    if fact is None:
        yield _no_fact(operands["attr"])
    elif not fact.may_be_unknown:
        yield f"`context has {fact.name}` is always true: this fact is never unknown"


def _flag(node: Node) -> Iterator[str]:
    fact, problem = _subject(node)
    if problem is not None:
        yield problem
    elif isinstance(fact, str) or fact is None or fact.kind != "flag":
        yield f"{_name(fact)} is not a flag, so it needs a comparison"


def _comparison(operator: str, left: Node, right: Node) -> Iterator[str]:
    subject, problem = _subject(left)
    if problem is not None:
        yield problem
        return
    literal = right.get("Value")
    if "Value" not in right or isinstance(literal, str):
        yield f"{_name(subject)} is not compared with a literal; allowed: {ALLOWED}"
    elif isinstance(subject, Fact) and subject.kind in HIGHEST:
        highest = HIGHEST[subject.kind]
        if isinstance(literal, bool) or not isinstance(literal, int):
            yield f"{subject.name} is a number and is compared with something else"
        elif not 0 <= literal <= highest:
            yield f"{subject.name} lies between 0 and {highest}, so {literal} says nothing"
    elif operator in ORDERS:
        yield f"{_name(subject)} is not a number, so `{operator}` means nothing"
    elif isinstance(subject, Fact) and subject.kind == "flag":
        if not isinstance(literal, bool):
            yield f"{subject.name} is a flag and is compared with something else"
    else:
        yield from _entity(subject, right)


def _membership(left: Node, right: Node) -> Iterator[str]:
    subject, problem = _subject(left)
    if problem is not None:
        yield problem
    elif isinstance(subject, Fact) and subject.kind != "enum":
        yield f"{subject.name} is not of a closed list, so `in` means nothing"
    elif not isinstance(right.get("Set"), list) or not right["Set"]:
        yield f'`in` needs a list of literals, [E::"a", …]; allowed: {ALLOWED}'
    else:
        for literal in right["Set"]:
            yield from _entity(subject, literal)


def _subject(node: Node) -> tuple[Fact | str | None, str | None]:
    """A fact, or the closed list of a variable; or what is wrong with it."""
    operator, operands = split(node)
    if operator == "Var" and operands in VARIABLES:
        return VARIABLES[operands], None
    name = fact_of(node)
    if name is None:
        return None, f"a comparison needs a fact on its left; allowed: {ALLOWED}"
    if name not in FACTS:
        return None, _no_fact(name)
    return FACTS[name], None


def _entity(subject: Fact | str | None, node: Node) -> Iterator[str]:
    expected = subject.values if isinstance(subject, Fact) else subject
    literal = node.get("Value")
    uid = literal.get("__entity") if isinstance(literal, dict) else None
    if not isinstance(uid, dict):
        yield f'{_name(subject)} is compared with something that is not {expected}::"…"'
    elif uid["type"] != expected:
        yield f"{_name(subject)} is of {expected} and is compared with one of {uid['type']}"
    elif uid["id"] not in LISTS[str(expected)]:
        yield (
            f'there is no {expected}::"{uid["id"]}"; expected one of '
            + ", ".join(LISTS[str(expected)])
        )


def _name(subject: Fact | str | None) -> str:
    return subject.name if isinstance(subject, Fact) else str(subject)


def _no_fact(name: object) -> str:
    return f"the vocabulary has no fact `{name}` (`arrears policy facts` lists them)"
