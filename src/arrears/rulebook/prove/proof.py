"""Proving the claims, one by one; each refutation comes with an act that a person can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import z3

from arrears.rulebook.load import HOUSE, rule_key
from arrears.rulebook.prove.book import Book
from arrears.rulebook.prove.claims import Claim
from arrears.rulebook.prove.holds import holds
from arrears.rulebook.prove.symbols import UNKNOWN, Asked, Cell
from arrears.rulebook.prove.witness import Baselines, Witness, refused_by, witness
from arrears.rulebook.reading import BASE


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one claim.

    Parameters
    ----------
    id, en, zh
        Of the claim.
    proved
        For every act, fact, jurisdiction and day within its bounds.
    seconds
        Time taken.
    examples
        If refuted: acts that show it.
    told
        If refuted and no act shows it: what is wrong, in words.
    """

    id: str
    en: str
    zh: str
    proved: bool
    seconds: float
    examples: tuple[Witness, ...] = ()
    told: tuple[str, ...] = ()


def prove_claims(
    book: Book, claims: Sequence[Claim], baselines: Baselines, solver: Any = None
) -> Iterator[Proof]:
    """Every claim, in order."""
    solver = book.solver() if solver is None else solver
    for claim in claims:
        start = perf_counter()
        if claim.kind == "never":
            found = never(book, claim, baselines, solver)
            examples = () if found is None else (found,)
            told: tuple[str, ...] = ()
        else:
            examples, told = (), tuple(impossible(book, claim, baselines, solver))
        yield Proof(
            claim.id,
            claim.en,
            claim.zh,
            not examples and not told,
            perf_counter() - start,
            examples,
            told,
        )


def never(book: Book, claim: Claim, baselines: Baselines, solver: Any) -> Witness | None:
    """An act that is allowed though the claim says never; None if there is none."""
    solver.push()
    try:
        solver.add(claim.violated(book, book.allowed))
        return witness(book, solver, baselines)
    finally:
        solver.pop()


def impossible(book: Book, claim: Claim, baselines: Baselines, solver: Any) -> Iterator[str]:
    """Acts, jurisdictions and days for which nothing is allowed, though the claim says so."""
    solver.push()
    try:
        solver.add(book.allowed, claim.within(book))
        seen: dict[tuple[str, ...], bool] = {}
        for cell in cells(book, claim):
            # The same rules give the same answer: most days change nothing for most acts.
            rules = (cell.act, cell.jurisdiction, *book.asked(cell))
            if rules not in seen:
                seen[rules] = _possible(book, claim, cell, baselines, solver)
            if not seen[rules]:
                yield f"{cell}, {book.regimes[cell.regime]}"
    finally:
        solver.pop()


def _possible(book: Book, claim: Claim, cell: Cell, baselines: Baselines, solver: Any) -> bool:
    """Whether something is allowed in a cell; the solver holds the claim."""
    # The baseline is an example more often than not, and quicker to try than to solve.
    usual = baseline_in(cell, baselines)
    if holds(claim.condition, usual.world) and not refused_by(book, usual):
        return True
    return bool(solver.check(*book.symbols.cell(cell)) == z3.sat)


def baseline_in(cell: Cell, baselines: Baselines) -> Asked:
    """The baseline of an act in one jurisdiction and regime."""
    return Asked(cell.jurisdiction, cell.regime, {"act": cell.act, **baselines[cell.act]})


def cells(book: Book, claim: Claim) -> Iterator[Cell]:
    """Every cell that a claim of possibility speaks of."""
    for act in claim.acts:
        for jurisdiction in (*claim.jurisdictions, UNKNOWN):
            for regime in book.regimes_during(claim.from_on, claim.until_on):
                yield Cell(act, jurisdiction, regime)


def prove_house(book: Book) -> Proof:
    """That house rules only narrow: whatever law and house allow together, the law allows alone."""
    start = perf_counter()
    house = {rule_key(rule) for rule in book.forbids if rule.pack == HOUSE}
    solver = book.solver()
    solver.add(book.allowed, z3.Not(book.allowed_without(house)))
    told = [] if solver.check() == z3.unsat else ["with its house rules the book allows more"]
    permits = [rule.id for rule in book.rules if rule.effect == "permit"]
    if permits != [BASE]:
        told.append(f"permits other than {BASE}: {', '.join(permits)}")
    return Proof(
        "house.narrows",
        "House rules never widen the law: what is allowed with them is allowed without them.",
        "机构规则不得放宽法律：加上机构规则后允许的，仅按法律也允许。",
        not told,
        perf_counter() - start,
        told=tuple(told),
    )
