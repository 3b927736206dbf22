"""What a change of rules newly allows and newly refuses, with an example each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import z3

from arrears.rulebook.load import Rulebook, rule_key
from arrears.rulebook.prove.book import Book, Regime, regimes_of, rules_of
from arrears.rulebook.prove.symbols import EVERYWHERE, Cell, Symbols
from arrears.rulebook.prove.witness import Baselines, Witness, refused_by, witness
from arrears.rulebook.vocabulary import ACTS


@dataclass(frozen=True, slots=True)
class Difference:
    """Acts of one kind that the new rules answer otherwise.

    Parameters
    ----------
    act, jurisdiction
        Of the acts; the jurisdiction is empty where it is unknown.
    regime
        Span of days in which there are such acts.
    example
        One of them, as near to a lawful act as it gets, with the new rules' answer.
    refused_before, refused_after
        Ids of the rules that refuse the example; one of the two is empty.
    """

    act: str
    jurisdiction: str
    regime: Regime
    example: Witness
    refused_before: tuple[str, ...]
    refused_after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """All that differs between two rulebooks.

    Parameters
    ----------
    added, removed, altered
        Versions of rules, by key; drafts too. *Altered*: the text differs.
    newly_allowed, newly_refused
        Empty: proved for every act, fact, jurisdiction and day that there is none.
    """

    added: tuple[str, ...]
    removed: tuple[str, ...]
    altered: tuple[str, ...]
    newly_allowed: tuple[Difference, ...]
    newly_refused: tuple[Difference, ...]


def change(old: Rulebook, new: Rulebook, baselines: Baselines) -> Change:
    """Compare two rulebooks.

    Parameters
    ----------
    baselines
        From which examples differ as little as they can; usually those of the new rulebook.
    """
    before, after = rules_of(old), rules_of(new)
    regimes = regimes_of((*before, *after))
    symbols = Symbols(len(regimes))
    first = Book(before, regimes, symbols, "old ", old.codes(None))
    second = Book(after, regimes, symbols, "new ", new.codes(None))
    solver = first.solver()
    second.define(solver)
    texts = [
        {rule_key(rule): rule.text for pack in book.packs.values() for rule in pack.rules}
        for book in (old, new)
    ]
    return Change(
        added=tuple(sorted(set(texts[1]) - set(texts[0]))),
        removed=tuple(sorted(set(texts[0]) - set(texts[1]))),
        altered=tuple(
            sorted(key for key, text in texts[0].items() if texts[1].get(key, text) != text)
        ),
        newly_allowed=tuple(_differences(first, second, second, solver, baselines)),
        newly_refused=tuple(_differences(first, second, first, solver, baselines)),
    )


def _differences(
    first: Book, second: Book, allows: Book, solver: Any, baselines: Baselines
) -> Iterator[Difference]:
    """Acts that one of the two books allows and the other refuses."""
    refuses = second if allows is first else first
    solver.push()
    solver.add(allows.allowed, z3.Not(refuses.allowed))
    # One question answers them all where there is no difference.
    if solver.check() == z3.sat:
        for cells in _spans(first, solver):
            found = witness(first, solver, baselines, first.symbols.cell(cells[-1]))
            assert found is not None
            span = Regime(
                first.regimes[cells[0].regime].from_on, first.regimes[cells[-1].regime].until_on
            )
            after = refused_by(second, found.asked)
            yield Difference(
                cells[0].act,
                cells[0].jurisdiction,
                span,
                replace(found, refused=after),
                refused_by(first, found.asked),
                after,
            )
    solver.pop()


def _spans(book: Book, solver: Any) -> Iterator[list[Cell]]:
    """Cells in which there is an answer, those of successive regimes together."""
    symbols = book.symbols
    for act in ACTS:
        for jurisdiction in EVERYWHERE:
            if solver.check(symbols.equals("act", act), symbols.in_jurisdiction(jurisdiction)) != (
                z3.sat
            ):
                continue
            cells = [Cell(act, jurisdiction, index) for index in range(len(book.regimes))]
            found = [cell for cell in cells if solver.check(*symbols.cell(cell)) == z3.sat]
            for _, run in groupby(enumerate(found), lambda pair: pair[1].regime - pair[0]):
                yield [cell for _, cell in run]
