"""The ways to reach a person that a sweep counts, and what it takes for granted about each.

Whether somebody may be written to *at all* today is asked before there is a text: a sweep asks
about an approved, neutral act by trained staff, as the baseline has it. Whatever is a matter of
the person (holds, counts, consents, the number used) is never taken for granted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.load import Rulebook
from arrears.rulebook.sweep.answer import TEXT, Question
from arrears.rulebook.vocabulary import FACTS, Value

ACT_GROUP: Final = "act"
PLANNED_GROUPS: Final = frozenset(
    {"wording", "call", "visit", "staff", "agency", "legal", "third_person"}
)
PLANNED_FACTS: Final = frozenset(
    {
        "language_understood",
        "private_device",
        "private_device_consent",
        "identity_established",
        "others_may_see",
        "debit_within_due",
    }
)
"""Facts of other groups that whoever plans the act sees to."""


@dataclass(frozen=True, slots=True)
class Way:
    """An act by a channel."""

    act: str
    channel: str

    def __str__(self) -> str:
        return self.act if self.channel == "none" else f"{self.act} ({self.channel})"


WAYS: Final = (
    Way("message", "sms"),
    Way("message", "app"),
    Way("message", "email"),
    Way("call_human", "phone"),
    Way("call_automated", "phone"),
    Way("letter", "post"),
    Way("visit_offer", "none"),
    Way("debit", "none"),
)
"""How a person is commonly reached, in the order in which it is told."""


def ways_of(act: str | None, channel: str | None) -> tuple[Way, ...]:
    """The ways that are meant: all, those of an act, or one; an act alone has its usual channel."""
    if act is None:
        return tuple(way for way in WAYS if channel in (None, way.channel))
    if channel is not None:
        return (Way(act, channel),)
    known = tuple(way for way in WAYS if way.act == act)
    return known or (Way(act, str(read_baseline()[act].facts["channel"])),)


def assumed(way: Way, known: Collection[str]) -> dict[str, Value]:
    """Facts of the act itself that are the same for all persons, but for those that are known.

    What the act is for and its channel follow from the way, whatever a column says.
    """
    facts = read_baseline()[way.act].facts
    planned = {
        name: value
        for name, value in facts.items()
        if FACTS[name].group == ACT_GROUP
        or ((FACTS[name].group in PLANNED_GROUPS or name in PLANNED_FACTS) and name not in known)
    }
    return {**planned, "channel": way.channel}


@dataclass(frozen=True, slots=True)
class Held:
    """A reason that holds persons back.

    Parameters
    ----------
    id
        Of the rule; ``missing`` or ``error`` where the facts themselves do.
    rows
        Whom it holds back, be it alone or with others.
    alone
        Whom nothing else holds back: who could be reached, were it not for this.
    """

    id: str
    rows: int
    alone: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many may be reached in one way, and what holds the others back, most first.

    Parameters
    ----------
    lacks
        Facts that rules in force read and that the frame does not give.
    assumed
        What was taken for granted.
    """

    way: Way
    allowed: int
    refused: int
    held: tuple[Held, ...]
    lacks: tuple[str, ...]
    assumed: Mapping[str, Value]


class Asked:
    """One way put to a frame of persons: an expression to compute, and its reading.

    Parameters
    ----------
    table, on, rulebook, days
        As in :func:`arrears.rulebook.sweep.sweep`.
    given
        What is the same for all rows: ``actor``, ``party`` or ``jurisdiction`` where no column
        says them, and facts that are known to be so.
    """

    def __init__(
        self,
        table: Any,
        way: Way,
        on: date,
        rulebook: Rulebook,
        given: Mapping[str, Value],
        days: tuple[str, str] | None = None,
    ) -> None:
        self._way = way
        self._assumed = assumed(way, {*table.columns, *given})
        constants = {**self._assumed, **given}
        self._question = Question(table, way.act, on, rulebook, constants=constants, days=days)

    def expression(self) -> Any:
        """A table of ``reasons`` (one text) and ``rows``: every set of reasons, how often it is."""
        reasons = self._question.told().select(reasons=TEXT)
        return reasons.group_by("reasons").aggregate(rows=reasons.count())

    def tally(self, rows: Iterable[Mapping[str, Any]]) -> Tally:
        """Read what the expression gave."""
        sets = {tuple(row["reasons"].split()): int(row["rows"]) for row in rows}
        refused = {names: count for names, count in sets.items() if names}
        return Tally(
            way=self._way,
            allowed=sets.get((), 0),
            refused=sum(refused.values()),
            held=tuple(sorted(_held(refused), key=lambda held: (-held.rows, held.id))),
            lacks=self._question.lacks(),
            assumed=self._assumed,
        )


def _held(refused: Mapping[tuple[str, ...], int]) -> Iterator[Held]:
    for name in sorted({name for names in refused for name in names}):
        rows = sum(count for names, count in refused.items() if name in names)
        yield Held(name, rows, refused.get((name,), 0))
