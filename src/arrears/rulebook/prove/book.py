"""All rules of all packs as one Z3 formula: allowed, for every act, place and day at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, Final

import z3

from arrears.rulebook.prove.formula import All, Formula, formula_of
from arrears.rulebook.prove.symbols import PLACES, Symbols
from arrears.rulebook.rule import Rule

HOUSE: Final = "house"
OPEN: Final = date(2011, 1, 1)
"""A day to speak of where no rule has begun yet."""


@dataclass(frozen=True, slots=True)
class Regime:
    """A span of local dates ``[from_on, until_on)`` within which no rule begins or ends."""

    from_on: date | None
    until_on: date | None

    @property
    def day(self) -> date:
        """A day within it."""
        if self.from_on is not None:
            return self.from_on
        return self.until_on - timedelta(days=1) if self.until_on is not None else OPEN

    def __str__(self) -> str:
        if self.from_on is None:
            return "always" if self.until_on is None else f"before {self.until_on}"
        return f"{self.from_on} to {self.until_on}" if self.until_on else f"from {self.from_on}"


def regimes_of(rules: Iterable[Rule]) -> tuple[Regime, ...]:
    """The spans into which the rules' own dates cut all time, oldest first."""
    days = sorted({day for rule in rules for day in (rule.from_on, rule.until_on) if day})
    return tuple(
        Regime(start, end) for start, end in zip([None, *days], [*days, None], strict=True)
    )


class Book:
    """The active rules of all packs, compiled.

    Parameters
    ----------
    rules
        Of all packs; drafts are left out, as they refuse nothing.
    regimes, symbols
        To compile two rulebooks over the same days and constants; by default the rules' own.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        regimes: tuple[Regime, ...] | None = None,
        symbols: Symbols | None = None,
    ) -> None:
        self.rules = tuple(rule for rule in rules if rule.status == "active")
        self.regimes = regimes_of(self.rules) if regimes is None else regimes
        self.symbols = Symbols(len(self.regimes)) if symbols is None else symbols
        self.formulas: dict[str, All] = {key(rule): formula_of(rule) for rule in self.rules}
        self.where = {key(rule): self._where(rule) for rule in self.rules}

    @cached_property
    def fires(self) -> dict[str, Any]:
        """For every version of a rule, when it fires."""
        return {name: self.firing(name, formula) for name, formula in self.formulas.items()}

    def firing(self, name: str, formula: Formula) -> Any:
        """When a rule would fire if its condition were this formula."""
        return z3.And(self.where[name], self.symbols.of(formula))

    @cached_property
    def permitted(self) -> Any:
        """That some permit applies."""
        return self._some(rule for rule in self.rules if rule.effect == "permit")

    @cached_property
    def forbids(self) -> tuple[Rule, ...]:
        """The rules that refuse."""
        return tuple(rule for rule in self.rules if rule.effect == "forbid")

    @cached_property
    def allowed(self) -> Any:
        """That the rulebook allows."""
        return z3.And(self.permitted, z3.Not(self._some(self.forbids)))

    def allowed_by(self, packs: Iterable[str]) -> Any:
        """That none of these packs refuses, permits as they are."""
        chosen = set(packs)
        return z3.And(
            self.permitted, z3.Not(self._some(r for r in self.forbids if r.pack in chosen))
        )

    def since(self, on: date) -> Any:
        """That the day is this one or a later one; a regime that this day cuts counts as later."""
        first = next(
            index
            for index, regime in enumerate(self.regimes)
            if regime.until_on is None or regime.until_on > on
        )
        return z3.UGE(self.symbols.regime, first)

    def solver(self) -> Any:
        """A solver that knows the bounds of every value."""
        solver = z3.SolverFor("QF_FD")
        solver.add(self.symbols.bounds)
        return solver

    def _some(self, rules: Iterable[Rule]) -> Any:
        return z3.Or([self.fires[key(rule)] for rule in rules])

    def _where(self, rule: Rule) -> Any:
        """The places and days in which a version of a rule applies."""
        days = [
            self.symbols.regime == index
            for index, regime in enumerate(self.regimes)
            if rule.in_force(regime.day)
        ]
        in_force = z3.BoolVal(True) if len(days) == len(self.regimes) else z3.Or(days)
        if rule.pack == HOUSE:
            return in_force
        places = [self.symbols.in_place(rule.pack), self.symbols.in_place(PLACES[-1])]
        return z3.And(in_force, z3.Or(places))


def key(rule: Rule) -> str:
    """The name of one version of a rule: its id and the day from which it holds."""
    return f"{rule.id}@{rule.from_on or ''}"


def all_rules(packs: Iterable[Sequence[Rule]]) -> tuple[Rule, ...]:
    """The rules of several packs, one after the other."""
    return tuple(rule for pack in packs for rule in pack)
