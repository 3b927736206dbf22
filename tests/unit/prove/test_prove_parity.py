"""The proofs' reading against the decided one: every rule, on acts that Z3 finds for it.

Chance would hardly ever make a rule of ten conditions speak; Z3 does, and makes it fall silent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import z3

from arrears.rulebook.decide import decide
from arrears.rulebook.load import Rulebook, load_rulebook, rule_key
from arrears.rulebook.prove.book import Book, applies, rules_of
from arrears.rulebook.prove.holds import holds
from arrears.rulebook.prove.replay import swept
from arrears.rulebook.prove.symbols import Asked
from arrears.rulebook.prove.witness import ZONES, Witness, refused_by


@pytest.fixture(scope="module")
def rulebook() -> Rulebook:
    return load_rulebook()


@pytest.fixture(scope="module")
def book(rulebook: Rulebook) -> Book:
    return Book(rules_of(rulebook))


def found(book: Book, solver: Any, *wanted: Any) -> Asked | None:
    return book.symbols.read(solver.model()) if solver.check(*wanted) == z3.sat else None


def acts_for_every_rule(book: Book) -> Iterator[Asked]:
    """For each rule an act on which it speaks and one of its own scope on which it is silent."""
    solver = book.solver()
    for rule in book.forbids:
        key = rule_key(rule)
        speaks = found(book, solver, book.fires[key])
        assert speaks is not None, f"{key} is dead"
        assert rule.id in refused_by(book, speaks)
        yield speaks
        day = [i for i, regime in enumerate(book.regimes) if rule.in_force(regime.day)][-1]
        act = z3.Or([book.symbols.is_member("act", act) for act in sorted(rule.acts)])
        here = book.symbols.regime == day
        silent = found(book, solver, z3.Not(book.fires[key]), act, here)
        if silent is not None:
            yield silent


def test_what_z3_finds_cedar_decides_the_same(rulebook: Rulebook, book: Book) -> None:
    seen = set()
    for asked in acts_for_every_rule(book):
        example = Witness(asked, book.regimes[asked.regime], {}, refused_by(book, asked))
        verdict = decide(example.act(), rulebook)
        assert tuple(reason.id for reason in verdict.reasons) == example.refused, example
        assert verdict.allowed == (not example.refused)
        seen |= set(example.refused)
    assert seen == {rule.id for rule in book.forbids}


def test_z3_and_plain_python_read_every_rule_alike(book: Book) -> None:
    """All rules on one act: the model's own values against the formula evaluated."""
    solver = book.solver()
    for index, rule in enumerate(book.forbids):
        if index % 8:
            continue
        assert solver.check(book.fires[rule_key(rule)]) == z3.sat
        model = solver.model()
        asked = book.symbols.read(model)
        day = book.regimes[asked.regime].day
        for other in book.forbids:
            key = rule_key(other)
            spoken = z3.is_true(model.eval(book.fires[key], True))
            asked_about = applies(other, asked.jurisdiction, day)
            assert spoken == (asked_about and holds(book.formulas[key], asked.world)), key


def test_the_sweep_answers_as_z3_does(rulebook: Rulebook, book: Book) -> None:
    solver = book.solver()
    for act in ("message", "call_human", "visit_arrival", "locate"):
        for allowed in (book.allowed, z3.Not(book.allowed)):
            asked = found(book, solver, allowed, book.symbols.is_member("act", act))
            assert asked is not None
            example = Witness(asked, book.regimes[asked.regime], {}, refused_by(book, asked))
            assert swept(example.act(), rulebook) == (not example.refused, example.refused)


def test_an_example_is_told_at_the_minute_that_it_is_about(book: Book) -> None:
    solver = book.solver()
    minute = book.symbols.equals("local_minute", 1439)
    asked = found(book, solver, minute, book.symbols.in_jurisdiction("us"))
    assert asked is not None
    example = Witness(asked, book.regimes[asked.regime], {}, ())
    at = datetime.combine(book.regimes[asked.regime].day, time(23, 59), ZoneInfo(ZONES["us"]))
    assert example.at == at
    assert example.act().on == book.regimes[asked.regime].day
