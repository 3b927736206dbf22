"""Every small way in which a rule's condition could be wrong (its days: ``dates.py``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from arrears.rulebook.prove.formula import (
    OPPOSITE,
    All,
    Compare,
    Flag,
    Formula,
    Known,
    Member,
    Not,
    Some,
    Truth,
    shown,
)


class Mutant(NamedTuple):
    """A rule's formula with one thing changed, and what was changed in words."""

    what: str
    formula: Formula


def mutants(formula: All) -> Iterator[Mutant]:
    """The rule deleted; each comparison turned, each number moved by one, each part dropped."""
    yield Mutant("the rule deleted", Truth(False))
    seen: set[Formula] = {formula}
    for mutant in _changed(formula):
        if mutant.formula not in seen:
            seen.add(mutant.formula)
            yield mutant


def _changed(formula: Formula) -> Iterator[Mutant]:
    match formula:
        case Compare(fact, op, number):
            yield _instead(formula, Compare(fact, OPPOSITE[op], number))
            for step in (-1, 1):
                yield _instead(formula, Compare(fact, op, number + step))
        case Flag() | Known():
            yield _instead(formula, Not(formula))
        case Member(subject, members):
            yield _instead(formula, Not(formula))
            for member in members if len(members) > 1 else ():
                rest = tuple(other for other in members if other != member)
                yield Mutant(f"{member} dropped from `{shown(formula)}`", Member(subject, rest))
        case Not(part):
            for what, inner in _changed(part):
                yield Mutant(what, inner.part if isinstance(inner, Not) else Not(inner))
        case All(parts) | Some(parts):
            for index, part in enumerate(parts):
                before, after = parts[:index], parts[index + 1 :]
                kind = type(formula)
                if len(parts) > 1:
                    yield Mutant(f"`{shown(part)}` dropped", kind(before + after))
                elif isinstance(formula, All):
                    yield Mutant(f"`{shown(part)}` dropped", Truth(True))
                for what, inner in _changed(part):
                    yield Mutant(what, kind((*before, inner, *after)))
        case Truth():
            return


def _instead(old: Formula, new: Formula) -> Mutant:
    return Mutant(f"`{shown(new)}` instead of `{shown(old)}`", new)
