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
from arrears.rulebook.baseline import TIMED, Baseline
from arrears.rulebook.decide import ERROR
from arrears.rulebook.load import HOUSE, rule_key
from arrears.rulebook.prove.book import Book, Regime, applies
from arrears.rulebook.prove.holds import holds
from arrears.rulebook.prove.symbols import EVERYWHERE, UNKNOWN, Asked
from arrears.rulebook.rule import Rule
from arrears.rulebook.vocabulary import FACTS, Value

ZONES: Final = {**BUSINESS_ZONES, "us": "America/New_York"}
NOON: Final = 720
Baselines = Mapping[str, Mapping[str, Value]]
"""For every act: ``actor``, ``party`` and every fact of an act that is allowed everywhere."""


def baselines_of(given: Mapping[str, Baseline]) -> Baselines:
    """The baselines of a rulebook, at noon."""
    clock: dict[str, Value] = dict.fromkeys(sorted(TIMED), NOON)
    return {
        act: {"actor": base.actor, "party": base.party, **base.facts, **clock}
        for act, base in given.items()
    }


def home(rule: Rule) -> str:
    """The jurisdiction in which a rule's cases are told: its own; for a house rule China's."""
    return "cn" if rule.pack == HOUSE else rule.pack


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
    warned
        Ids of the drafts that warn of it; None where drafts were not asked.
    """

    asked: Asked
    regime: Regime
    given: Mapping[str, Value]
    refused: tuple[str, ...]
    warned: tuple[str, ...] | None = None

    def act(self) -> Act:
        """The act as the rulebook is asked about it."""
        world = dict(self.asked.world)
        jurisdiction = self.asked.jurisdiction or None
        return Act(
            act=str(world.pop("act")),
            actor=str(world.pop("actor")),
            party=str(world.pop("party")),
            at=self.at,
            jurisdiction=jurisdiction,
            zone=ZONES[jurisdiction] if jurisdiction else "UTC",
            facts=world,
        )

    @property
    def at(self) -> datetime:
        """An instant of that day at which the person's clock shows what the facts say."""
        minute = self.asked.world["local_minute"]
        minute = minute if isinstance(minute, int) else NOON
        zone = ZoneInfo(ZONES.get(self.asked.jurisdiction, "UTC"))
        return datetime.combine(self.regime.day, time(minute // 60, minute % 60), zone)

    def as_case(self, name: str, rule: Rule | None = None) -> str:
        """The golden case as YAML, to stand beside a rule."""
        world = self.asked.world
        jurisdiction = self.asked.jurisdiction
        case: dict[str, Any] = {"case": name, "rule": "" if rule is None else rule.id}
        if rule is None or jurisdiction != home(rule):
            case["jurisdiction"] = jurisdiction or "unknown"
            case["zone"] = ZONES.get(jurisdiction, "UTC")
        case |= {"act": world["act"], "actor": world["actor"], "party": world["party"]}
        case["at"] = self.at.isoformat(timespec="minutes")
        minute = world["local_minute"]
        case["given"] = {
            fact: value
            for fact, value in self.given.items()
            if fact not in TIMED or value is None or (fact != "local_minute" and value != minute)
        }
        case |= {"refused": list(self.refused)} if self.refused else {"allowed": True}
        if self.warned is not None:
            case["warned"] = list(self.warned)
        return yaml.safe_dump([case], sort_keys=False, allow_unicode=True, width=96)


def witness(
    book: Book,
    solver: Any,
    baselines: Baselines,
    wanted: Sequence[Any] = (),
    prefer: str = "",
) -> Witness | None:
    """The act nearest to a baseline that satisfies what a solver holds; None if there is none.

    Parameters
    ----------
    solver
        Holds the bounds of the book's symbols and the question.
    wanted
        More that must hold.
    prefer
        The jurisdiction to take if it will do; by default that of the first answer, or China.
    """
    if solver.check(*wanted) != z3.sat:
        return None
    asked = book.symbols.read(solver.model())
    act = str(asked.world["act"])
    hopes = _hopes(book, baselines[act], prefer or asked.jurisdiction or EVERYWHERE[0])
    base = baselines[act]
    solver.push()
    solver.add(*wanted, book.symbols.equals("act", act))
    asked = _nearest(book, solver, base, hopes)
    solver.pop()
    given = {
        name: value
        for name, value in asked.world.items()
        if name in FACTS and value != base.get(name)
    }
    refused = refused_by(book, asked)
    return Witness(asked, book.regimes[asked.regime], given, refused)


def _hopes(book: Book, base: Mapping[str, Value], jurisdiction: str) -> dict[str, Any]:
    """What would make an example plain, one Z3 boolean each."""
    symbols = book.symbols
    return {
        "of jurisdiction": symbols.in_jurisdiction(jurisdiction),
        "of clocks": symbols.values["local_minute"] == symbols.values["local_minute_alt"],
        **{name: symbols.equals(name, value) for name, value in base.items()},
    }


def _nearest(book: Book, solver: Any, base: Mapping[str, Value], hopes: dict[str, Any]) -> Asked:
    """Give up as few hopes as it takes: those of a contradiction, then each tried again.

    The latest days for which it can be said are preferred, and numbers as near as they go.
    """
    marks = {name: z3.Bool(f"hope {name}") for name in hopes}
    for name, hope in hopes.items():
        solver.add(z3.Implies(marks[name], hope))
    kept = dict(marks)
    while solver.check(*kept.values()) != z3.sat:
        core = {str(mark) for mark in solver.unsat_core()}
        for name in [name for name, mark in kept.items() if str(mark) in core]:
            del kept[name]
    for name in [name for name in marks if name not in kept]:
        if solver.check(*kept.values(), marks[name]) == z3.sat:
            kept[name] = marks[name]
    solver.add(*kept.values())
    latest = (
        book.symbols.regime == index
        for index in reversed(range(len(book.regimes)))
        if solver.check(book.symbols.regime == index) == z3.sat
    )
    solver.add(next(latest))
    for name in [name for name in base if name not in kept]:
        _narrow(book, solver, name, base[name])
    solver.check()
    return book.symbols.read(solver.model())


def _narrow(book: Book, solver: Any, name: str, wished: Value) -> None:
    """Bring a number as near to the wished one as it goes; anything else stays as it is."""
    symbols = book.symbols
    solver.check()
    found = symbols.read(solver.model()).world[name]
    if isinstance(found, bool) or not isinstance(found, int):
        return
    middle = wished if isinstance(wished, int) else 0
    value = symbols.values[name]
    near, far = -1, abs(found - middle)
    while far - near > 1:
        distance = (near + far) // 2
        within = z3.And(value >= middle - distance, value <= middle + distance)
        near, far = (near, distance) if solver.check(within) == z3.sat else (distance, far)
    solver.add(value >= middle - far, value <= middle + far)


def refused_by(book: Book, asked: Asked) -> tuple[str, ...]:
    """Ids of the rules that refuse an act; ``error`` where there is no pack for it."""
    if asked.jurisdiction not in (*book.jurisdictions, UNKNOWN):
        return (ERROR,)
    regime = book.regimes[asked.regime]
    return tuple(
        sorted(
            rule.id
            for rule in book.forbids
            if applies(rule, asked.jurisdiction, regime.day)
            and holds(book.formulas[rule_key(rule)], asked.world)
        )
    )
