"""An act of which nothing is known yet, as Z3 sees it; formulas over it; what a model says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import z3

from arrears.rulebook.act import JURISDICTIONS
from arrears.rulebook.prove.formula import (
    MEMBERS,
    All,
    Compare,
    Flag,
    Formula,
    Known,
    Member,
    Not,
    Some,
    Truth,
)
from arrears.rulebook.vocabulary import FACTS, HIGHEST, Value

NUMBER_BITS: Final = 22
"""Enough for every number of the vocabulary (1,000,000 at most) with its sign."""
MEMBER_BITS: Final = 6

UNKNOWN: Final = ""
"""The jurisdiction that nobody knows: all packs apply."""
EVERYWHERE: Final = (*JURISDICTIONS, UNKNOWN)


class Cell(NamedTuple):
    """An act, the borrower's jurisdiction (empty if unknown) and the index of a regime."""

    act: str
    jurisdiction: str
    regime: int

    def __str__(self) -> str:
        return f"{self.act}, {self.jurisdiction or 'jurisdiction unknown'}"


@dataclass(frozen=True)
class Asked:
    """One concrete act out of a model.

    Parameters
    ----------
    jurisdiction
        The borrower's; empty if unknown.
    regime
        Index of the span of dates within which no rule begins or ends.
    world
        ``act``, ``actor``, ``party`` and every fact.
    """

    jurisdiction: str
    regime: int
    world: Mapping[str, Value]


class Symbols:
    """Z3 constants for everything that an act may vary in, and the bounds of their values.

    Parameters
    ----------
    regimes
        Number of spans of dates within which no rule begins or ends.
    """

    def __init__(self, regimes: int) -> None:
        self.jurisdiction = z3.BitVec("of jurisdiction", MEMBER_BITS)
        self.regime = z3.BitVec("of regime", NUMBER_BITS)
        self.values: dict[str, Any] = {}
        self.known: dict[str, Any] = {}
        bounds = [z3.ULT(self.jurisdiction, len(EVERYWHERE)), z3.ULT(self.regime, regimes)]
        for subject, members in MEMBERS.items():
            self.values[subject] = z3.BitVec(subject, MEMBER_BITS)
            bounds.append(z3.ULT(self.values[subject], len(members)))
        for name, fact in FACTS.items():
            if fact.kind == "flag":
                self.values[name] = z3.Bool(name)
            elif fact.kind != "enum":
                self.values[name] = z3.BitVec(name, NUMBER_BITS)
                bounds.append(z3.ULE(self.values[name], HIGHEST[fact.kind]))
            if fact.may_be_unknown:
                self.known[name] = z3.Bool(f"has {name}")
        self.bounds = z3.And(bounds)

    def of(self, formula: Formula) -> Any:
        """A formula as a Z3 boolean."""
        match formula:
            case Truth(value):
                return z3.BoolVal(value)
            case Flag(fact):
                return self.values[fact]
            case Known(fact):
                return self.known.get(fact, z3.BoolVal(True))
            case Member(subject, members):
                return z3.Or([self.is_member(subject, member) for member in members])
            case Compare(fact, op, number):
                return _compared(self.values[fact], op, number)
            case Not(part):
                return z3.Not(self.of(part))
            case All(parts):
                return z3.And([self.of(part) for part in parts])
            case Some(parts):
                return z3.Or([self.of(part) for part in parts])

    def is_member(self, subject: str, member: str) -> Any:
        """That a subject is one member of its list; never, where the fact is unknown."""
        same = self.values[subject] == MEMBERS[subject].index(member)
        return z3.And(self.known[subject], same) if subject in self.known else same

    def in_jurisdiction(self, jurisdiction: str) -> Any:
        """That the borrower's jurisdiction is this one; empty: that it is unknown."""
        return self.jurisdiction == EVERYWHERE.index(jurisdiction)

    def in_one_of(self, jurisdictions: Iterable[str]) -> Any:
        """That the borrower's jurisdiction is one of these."""
        return z3.Or([self.in_jurisdiction(jurisdiction) for jurisdiction in jurisdictions])

    def cell(self, cell: Cell) -> tuple[Any, ...]:
        """That act, jurisdiction and regime are those of a cell."""
        return (
            self.equals("act", cell.act),
            self.in_jurisdiction(cell.jurisdiction),
            self.regime == cell.regime,
        )

    def equals(self, name: str, value: Value) -> Any:
        """That a subject or fact has this value; None: that it is unknown."""
        if value is None:
            return z3.Not(self.known[name])
        if isinstance(value, bool):
            same = self.values[name] if value else z3.Not(self.values[name])
        elif isinstance(value, str):
            return self.is_member(name, value)
        else:
            same = self.values[name] == value
        return z3.And(self.known[name], same) if name in self.known else same

    def read(self, model: Any) -> Asked:
        """The act that a model describes."""
        return Asked(
            jurisdiction=EVERYWHERE[_whole(model, self.jurisdiction)],
            regime=_whole(model, self.regime),
            world={name: self._value(model, name) for name in self.values},
        )

    def _value(self, model: Any, name: str) -> Value:
        if name in self.known and not z3.is_true(model.eval(self.known[name], True)):
            return None
        if name in MEMBERS:
            return MEMBERS[name][_whole(model, self.values[name])]
        if FACTS[name].kind == "flag":
            return bool(z3.is_true(model.eval(self.values[name], True)))
        return _whole(model, self.values[name])


def _whole(model: Any, term: Any) -> int:
    return int(model.eval(term, True).as_long())


def _compared(left: Any, op: str, right: Any) -> Any:
    # Z3's own < and <= on bit vectors are signed, as Cedar's numbers are.
    match op:
        case "==":
            return left == right
        case "!=":
            return left != right
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case _:
            return left >= right
