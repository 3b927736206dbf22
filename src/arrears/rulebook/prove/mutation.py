"""Mutants of every rule, and whether a golden case or a proof catches each of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, Literal

import z3

from arrears.rulebook.cases import Case
from arrears.rulebook.decide import local_days
from arrears.rulebook.load import rule_key
from arrears.rulebook.prove.book import Book, Regime, applies
from arrears.rulebook.prove.claims import Claim
from arrears.rulebook.prove.dates import DAY, Moved, moved
from arrears.rulebook.prove.formula import All, Formula, unguarded
from arrears.rulebook.prove.holds import World, holds, world_of
from arrears.rulebook.prove.mutate import Mutant, mutants
from arrears.rulebook.prove.proof import baseline_in, cells, impossible
from arrears.rulebook.prove.symbols import Cell
from arrears.rulebook.prove.witness import Baselines, Witness, home, refused_by, witness
from arrears.rulebook.rule import Rule
from arrears.rulebook.vocabulary import FACTS

Fate = Literal["case", "proof", "check", "equivalent", "survived"]


@dataclass(frozen=True, slots=True)
class Told:
    """A golden case as far as formulas see it: cases state the exact set of refusing rules.

    Parameters
    ----------
    name
        The case's.
    jurisdiction
        The borrower's; empty if unknown.
    days
        Local days that it may be where the person is.
    world
        The act and all facts.
    warned
        Whether it states the drafts that warn, too.
    rule
        Id of the rule that it stands beside.
    """

    name: str
    jurisdiction: str
    days: tuple[date, ...]
    world: World
    warned: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One mutant, and what caught it.

    Parameters
    ----------
    rule, what
        The rule and what was changed in it.
    fate
        ``case``, ``proof`` or ``check`` (Cedar's validator would refuse it) caught it;
        ``equivalent``: it says the same as the rule; ``survived``: nothing noticed.
    by
        The case or claim.
    missing
        For a survivor: an act that rule and mutant judge differently, to be told as a case.
    """

    rule: Rule
    what: str
    fate: Fate
    by: str = ""
    missing: Witness | None = None


class Trial:
    """Tries mutants against cases and claims.

    Parameters
    ----------
    book
        The active rules; or the drafts, which warn where active rules refuse.
    claims
        What must hold; a mutant that breaks one is caught by a proof.
    told
        The golden cases; all of them must pass with the rules as they are.
    active
        If drafts are on trial: the active rules over the same regimes.
    """

    def __init__(
        self,
        book: Book,
        claims: Sequence[Claim],
        told: Sequence[Told],
        baselines: Baselines,
        active: Book | None = None,
    ) -> None:
        self._active = active
        self._book = book
        self._told = told
        self._baselines = baselines
        self._solver = book.solver()
        self._claims = claims
        self._baseline: dict[Cell, tuple[World, frozenset[str]]] = {}

    @cached_property
    def _holding(self) -> tuple[Claim, ...]:
        """Claims that the rules as they are prove: another one cannot catch anything."""
        book, solver, baselines = self._book, self._solver, self._baselines
        return tuple(
            claim
            for claim in self._claims
            if (
                not any(impossible(book, claim, baselines, solver))
                if claim.kind == "possible"
                else solver.check(claim.violated(book, book.allowed)) != z3.sat
            )
        )

    def of(self, rule: Rule) -> Iterator[Tried]:
        """Every mutant of a rule."""
        formula = self._book.formulas[rule_key(rule)]
        near = [(case, holds(formula, case.world)) for case in self._reach(rule)]
        # Its own cases are the likeliest to notice.
        near.sort(key=lambda pair: pair[0].rule != rule.id)
        for mutant in mutants(formula):
            yield self._try(rule, formula, mutant, near)
        for change in moved(rule):
            yield self._try_days(rule, formula, change)

    def _reach(self, rule: Rule) -> Iterator[Told]:
        """Cases in which a rule is asked."""
        return (case for case in self._seen(rule) if _asked(rule, case))

    def _seen(self, rule: Rule) -> Iterator[Told]:
        """Cases that would show a rule's word: all, but for a draft those that state warnings."""
        return (case for case in self._told if case.warned or rule.status != "draft")

    def _try_days(self, rule: Rule, formula: All, change: Moved) -> Tried:
        """Whether a case stands on the one day that matters, where no other version speaks."""
        versions = [
            other
            for other in self._book.forbids
            if other.id == rule.id and rule_key(other) != rule_key(rule)
        ]
        for case in self._seen(rule):
            noticed = (
                _asked(rule, case) != _asked(change.rule, case)
                and holds(formula, case.world)
                and not any(
                    _asked(other, case) and holds(self._book.formulas[rule_key(other)], case.world)
                    for other in versions
                )
            )
            if noticed:
                return Tried(rule, change.what, "case", case.name)
        book = self._book
        (regime,) = book.regimes_during(change.on, change.on + DAY)
        wanted = [
            book.symbols.of(formula),
            book.symbols.in_jurisdiction(home(rule)),
            book.symbols.regime == regime,
            *(z3.Not(book.fires[rule_key(other)]) for other in versions),
        ]
        missing = witness(book, self._solver, self._baselines, wanted)
        if missing is None:
            return Tried(rule, change.what, "equivalent")
        that_day = Regime(change.on, change.on + DAY)
        return self._survived(rule, change.what, replace(missing, regime=that_day))

    def _survived(self, rule: Rule, what: str, missing: Witness | None) -> Tried:
        """A survivor; where drafts are on trial, what refuses their example is asked apart."""
        if missing is not None and self._active is not None:
            refused = refused_by(self._active, missing.asked)
            missing = replace(missing, refused=refused, warned=missing.refused)
        return Tried(rule, what, "survived", missing=missing)

    def _try(
        self, rule: Rule, formula: All, mutant: Mutant, near: Sequence[tuple[Told, bool]]
    ) -> Tried:
        if unguarded(mutant.formula) is not None:
            return Tried(rule, mutant.what, "check")
        for case, fired in near:
            if holds(mutant.formula, case.world) != fired:
                return Tried(rule, mutant.what, "case", case.name)
        # Found before the solver is pushed, or it would be lost with the mutant.
        _ = self._holding
        self._solver.push()
        try:
            return self._prove(rule, formula, mutant)
        finally:
            self._solver.pop()

    def _prove(self, rule: Rule, formula: All, mutant: Mutant) -> Tried:
        """What Z3 says of a mutant that no case catches; the solver is pushed."""
        book, solver = self._book, self._solver
        key = rule_key(rule)
        fires = z3.Bool("mutant fires")
        solver.add(fires == book.firing(key, mutant.formula))
        differ = z3.Bool("differ")
        solver.add(differ == (fires != book.fires[key]))
        if solver.check(differ) != z3.sat:
            return Tried(rule, mutant.what, "equivalent")
        if rule.status == "active":
            allowed = z3.Bool("mutant allows")
            solver.add(allowed == z3.And(book.allowed_without({key}), z3.Not(fires)))
            if (claim := self._broken(rule, mutant.formula, allowed)) is not None:
                return Tried(rule, mutant.what, "proof", claim)
        missing = witness(book, solver, self._baselines, (differ,), home(rule))
        return self._survived(rule, mutant.what, missing)

    def _broken(self, rule: Rule, mutant: Formula, allowed: Any) -> str | None:
        """A claim that does not hold with the mutant."""
        book, solver = self._book, self._solver
        if solver.check(allowed, z3.Not(book.allowed)) == z3.sat:
            for claim in self._holding:
                if claim.kind == "never" and solver.check(claim.violated(book, allowed)) == z3.sat:
                    return claim.id
        if solver.check(book.allowed, z3.Not(allowed)) != z3.sat:
            return None
        for claim in self._holding:
            if claim.kind == "never" or not rule.acts & set(claim.acts):
                continue
            solver.push()
            solver.add(allowed, claim.within(book))
            lost = any(self._lost(rule, mutant, claim))
            solver.pop()
            if lost:
                return claim.id
        return None

    def _lost(self, rule: Rule, mutant: Formula, claim: Claim) -> Iterator[bool]:
        """For each cell that the rule is asked in, whether nothing is possible there any more."""
        book = self._book
        seen = set()
        for cell in cells(book, claim):
            day = book.regimes[cell.regime].day
            if cell.act not in rule.acts or not applies(rule, cell.jurisdiction, day):
                continue
            rules = (cell.act, cell.jurisdiction, book.asked(cell))
            if rules in seen:
                continue
            seen.add(rules)
            usual, refused = self._usual(cell)
            fine = not refused - {rule.id} and holds(claim.condition, usual)
            if fine and not holds(mutant, usual):
                continue
            yield self._solver.check(*book.symbols.cell(cell)) != z3.sat

    def _usual(self, cell: Cell) -> tuple[World, frozenset[str]]:
        """The baseline of a cell, and the rules that refuse it."""
        if cell not in self._baseline:
            asked = baseline_in(cell, self._baselines)
            self._baseline[cell] = (asked.world, frozenset(refused_by(self._book, asked)))
        return self._baseline[cell]


def _asked(rule: Rule, case: Told) -> bool:
    return any(applies(rule, case.jurisdiction, day) for day in case.days)


def told(case: Case) -> Told | None:
    """A golden case as formulas see it; None for one about missing facts, which no rule decides."""
    world = world_of(case.act)
    if set(FACTS) - set(world):
        return None
    days = local_days(case.act)
    jurisdiction = case.act.jurisdiction or ""
    return Told(case.name, jurisdiction, days, world, case.warned is not None, case.rule)


def counted(tried: Sequence[Tried]) -> dict[str, int]:
    """How many mutants met each fate."""
    fates: tuple[Fate, ...] = ("case", "proof", "check", "equivalent", "survived")
    return {fate: sum(1 for one in tried if one.fate == fate) for fate in fates}
