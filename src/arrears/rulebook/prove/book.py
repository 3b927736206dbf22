"""All rules of all packs as one Z3 formula: for every act, jurisdiction and day at once."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import z3

from arrears.rulebook.act import JURISDICTIONS
from arrears.rulebook.load import HOUSE, Rulebook, rule_key
from arrears.rulebook.prove.formula import All, Formula, formula_of
from arrears.rulebook.prove.symbols import UNKNOWN, Cell, Symbols
from arrears.rulebook.rule import Rule

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


def rules_of(rulebook: Rulebook) -> tuple[Rule, ...]:
    """The active rules of all packs; drafts refuse nothing, so that nothing follows from them."""
    packs = rulebook.packs.values()
    return tuple(rule for pack in packs for rule in pack.rules if rule.status == "active")


def regimes_of(rules: Iterable[Rule], days: Iterable[date] = ()) -> tuple[Regime, ...]:
    """The spans into which the rules' own dates, and others, cut all time; oldest first."""
    cuts = {day for rule in rules for day in (rule.from_on, rule.until_on) if day}
    ordered = sorted(cuts.union(days))
    return tuple(
        Regime(start, end) for start, end in zip([None, *ordered], [*ordered, None], strict=True)
    )


def applies(rule: Rule, jurisdiction: str, on: date) -> bool:
    """Whether a rule is asked at all; where the jurisdiction is unknown, all are."""
    return rule.in_force(on) and (rule.pack in (HOUSE, jurisdiction) or not jurisdiction)


class Book:
    """Active rules, compiled.

    Parameters
    ----------
    rules
        Of all packs.
    regimes, symbols
        To compile two rulebooks over the same days and constants; by default the rules' own.
    name
        Tells the constants of two books apart.
    jurisdictions
        Those that there is a pack for; acts elsewhere are refused.

    Attributes
    ----------
    fires
        For every version of a rule, by :func:`~arrears.rulebook.load.rule_key`: that it fires.
    allowed
        That the rulebook allows.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        regimes: tuple[Regime, ...] | None = None,
        symbols: Symbols | None = None,
        name: str = "",
        jurisdictions: Iterable[str] = JURISDICTIONS,
    ) -> None:
        self.rules = tuple(rules)
        self.jurisdictions = tuple(jurisdictions)
        self.regimes = regimes_of(self.rules) if regimes is None else regimes
        self.symbols = Symbols(len(self.regimes)) if symbols is None else symbols
        self.forbids = tuple(rule for rule in self.rules if rule.effect == "forbid")
        self.formulas: dict[str, All] = {rule_key(rule): formula_of(rule) for rule in self.rules}
        self._where = {rule_key(rule): self._within(rule) for rule in self.rules}
        self.fires: dict[str, Any] = {key: z3.Bool(f"{name}fires {key}") for key in self.formulas}
        self.allowed = z3.Bool(f"{name}allowed")

    def solver(self) -> Any:
        """A solver that knows the bounds of every value and what each rule says."""
        solver = z3.SolverFor("QF_FD")
        solver.add(self.symbols.bounds)
        self.define(solver)
        return solver

    def define(self, solver: Any) -> None:
        """Tell a solver when each rule fires, and what is allowed."""
        for key, formula in self.formulas.items():
            solver.add(self.fires[key] == self.firing(key, formula))
        solver.add(self.allowed == self.allowed_without(()))

    def firing(self, key: str, formula: Formula) -> Any:
        """When a rule would fire if its condition were this formula."""
        return z3.And(self._where[key], self.symbols.of(formula))

    def allowed_without(self, left_out: Container[str]) -> Any:
        """What would be allowed without some rules, by their keys."""
        permits = [
            self.fires[key]
            for rule in self.rules
            if (key := rule_key(rule)) not in left_out and rule.effect == "permit"
        ]
        forbids = [
            self.fires[key] for rule in self.forbids if (key := rule_key(rule)) not in left_out
        ]
        known = self.symbols.in_one_of((*self.jurisdictions, UNKNOWN))
        return z3.And(known, z3.Or(permits), z3.Not(z3.Or(forbids)))

    def asked(self, cell: Cell) -> tuple[str, ...]:
        """Keys of the rules that are asked about the acts of a cell."""
        day = self.regimes[cell.regime].day
        return tuple(
            rule_key(rule)
            for rule in self.rules
            if cell.act in rule.acts and applies(rule, cell.jurisdiction, day)
        )

    def during(self, from_on: date | None, until_on: date | None) -> Any:
        """That the day lies in a regime that has days within ``[from_on, until_on)``."""
        return self.in_regimes(self.regimes_during(from_on, until_on))

    def regimes_during(self, from_on: date | None, until_on: date | None) -> list[int]:
        """The regimes that have days within ``[from_on, until_on)``."""
        return [
            index
            for index, regime in enumerate(self.regimes)
            if (from_on is None or regime.until_on is None or regime.until_on > from_on)
            and (until_on is None or regime.from_on is None or regime.from_on < until_on)
        ]

    def in_regimes(self, chosen: Sequence[int]) -> Any:
        """That the day lies in one of these regimes."""
        if len(chosen) == len(self.regimes):
            return z3.BoolVal(True)
        return z3.Or([self.symbols.regime == index for index in chosen])

    def _within(self, rule: Rule) -> Any:
        days = [i for i, regime in enumerate(self.regimes) if rule.in_force(regime.day)]
        if rule.pack == HOUSE:
            return self.in_regimes(days)
        return z3.And(self.in_regimes(days), self.symbols.in_one_of((rule.pack, UNKNOWN)))
