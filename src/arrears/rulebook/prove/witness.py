"""An example that a person can read: the act nearest to a lawful one, as a golden case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import yaml
import z3

from arrears.rulebook.act import BUSINESS_ZONES, Act
from arrears.rulebook.load import rule_key
from arrears.rulebook.prove.book import Book, Regime, applies
from arrears.rulebook.prove.holds import holds
from arrears.rulebook.prove.symbols import PLACES, Asked
from arrears.rulebook.vocabulary import FACTS, Value

ZONES: Final = {**BUSINESS_ZONES, "us": "America/New_York"}
NOON: Final = 720
TIMED: Final = frozenset({"local_minute", "local_minute_alt"})
"""Facts that follow from the instant where they are not given."""

Baselines = Mapping[str, Mapping[str, Value]]
"""For every act: ``actor``, ``party`` and every fact of an act that is allowed everywhere."""


@dataclass(frozen=True, slots=True)
class Witness:
    """One concrete act, and in what it differs from the lawful act that it is nearest to.

    Parameters
    ----------
    asked
        The act.
    regime
        The span of days that it lies in.
    given
        Facts that differ from the baseline.
    refused
        Ids of the rules that refuse it.
    """

    asked: Asked
    regime: Regime
    given: Mapping[str, Value]
    refused: tuple[str, ...]

    def act(self) -> Act:
        """The act as the rulebook is asked about it."""
        world = dict(self.asked.world)
        place = self.asked.place or None
        return Act(
            act=str(world.pop("act")),
            actor=str(world.pop("actor")),
            party=str(world.pop("party")),
            at=self.at,
            jurisdiction=place,
            zone=ZONES[place] if place else "UTC",
            facts=world,
        )

    @property
    def at(self) -> datetime:
        """An instant of that day at which the person's clock shows what the facts say."""
        minute = self.asked.world["local_minute"]
        minute = minute if isinstance(minute, int) else NOON
        zone = ZoneInfo(ZONES.get(self.asked.place, "UTC"))
        return datetime.combine(self.regime.day, time(minute // 60, minute % 60), zone)

    def as_case(self, name: str, rule: str | None = None) -> str:
        """The golden case, as YAML."""
        world = self.asked.world
        case: dict[str, Any] = {"case": name}
        if rule is not None:
            case["rule"] = rule
        case["jurisdiction"] = self.asked.place or None
        case |= {"act": world["act"], "actor": world["actor"], "party": world["party"]}
        case["at"] = self.at.isoformat(timespec="minutes")
        minute = world["local_minute"]
        case["given"] = {
            fact: value
            for fact, value in self.given.items()
            if fact not in TIMED or value is None or (fact != "local_minute" and value != minute)
        }
        case |= {"refused": list(self.refused)} if self.refused else {"allowed": True}
        return yaml.safe_dump([case], sort_keys=False, allow_unicode=True, width=96)


def witness(
    book: Book,
    solver: Any,
    baselines: Baselines,
    wanted: Sequence[Any] = (),
    prefer: Mapping[str, Value] | None = None,
) -> Witness | None:
    """The act nearest to a baseline that satisfies what a solver holds; None if there is none.

    Parameters
    ----------
    solver
        Holds the bounds of the book's symbols and the question.
    wanted
        More that must hold.
    prefer
        Values of ``place`` and ``regime`` to take if they will do; by default a known place and
        the latest days.
    """
    if solver.check(*wanted) != z3.sat:
        return None
    asked = book.symbols.read(solver.model())
    act = str(asked.world["act"])
    hopes = dict(_hopes(book, act, baselines[act], asked, prefer or {}))
    fixed = [*wanted, book.symbols.equals("act", act)]
    asked = _nearest(book, solver, fixed, hopes)
    base = baselines[act]
    given = {
        name: value
        for name, value in asked.world.items()
        if name in FACTS and value != base.get(name)
    }
    refused = refused_by(book, asked)
    return Witness(asked, book.regimes[asked.regime], given, refused)


def _hopes(
    book: Book,
    act: str,
    base: Mapping[str, Value],
    asked: Asked,
    prefer: Mapping[str, Value],
) -> list[tuple[str, Any]]:
    """What would make an example plain, one Z3 boolean each."""
    place = prefer.get("place", asked.place or PLACES[0])
    regime = prefer.get("regime", len(book.regimes) - 1)
    hopes: list[tuple[str, Any]] = [
        ("place", book.symbols.in_place(str(place))),
        ("regime", book.symbols.regime == regime),
    ]
    for name, value in base.items():
        hopes.append((name, book.symbols.equals(name, value)))
    same = book.symbols.values
    hopes.append(("one clock", same["local_minute"] == same["local_minute_alt"]))
    return hopes


def _nearest(book: Book, solver: Any, fixed: list[Any], hopes: dict[str, Any]) -> Asked:
    """Give up as few hopes as it takes: those of a contradiction, then each tried again."""
    marks = {name: z3.Bool(f"hope {name}") for name in hopes}
    solver.push()
    try:
        for name, hope in hopes.items():
            solver.add(z3.Implies(marks[name], hope))
        kept = dict(marks)
        while solver.check(*fixed, *kept.values()) != z3.sat:
            core = {str(mark) for mark in solver.unsat_core()}
            given_up = [name for name, mark in kept.items() if str(mark) in core]
            for name in given_up or list(kept):
                del kept[name]
        for name in [name for name in marks if name not in kept]:
            if solver.check(*fixed, *kept.values(), marks[name]) == z3.sat:
                kept[name] = marks[name]
        solver.check(*fixed, *kept.values())
        return book.symbols.read(solver.model())
    finally:
        solver.pop()


def refused_by(book: Book, asked: Asked) -> tuple[str, ...]:
    """Ids of the active rules that refuse an act."""
    regime = book.regimes[asked.regime]
    return tuple(
        sorted(
            rule.id
            for rule in book.forbids
            if applies(rule, asked.place, regime.day)
            and holds(book.formulas[rule_key(rule)], asked.world)
        )
    )
