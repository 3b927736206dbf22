"""The facts that a decision table may ask about, and how one condition on a fact is read.

A condition has three readings that must agree: plain Python for one person
(:meth:`Condition.holds`), an Ibis expression for all (:meth:`Condition.expression`), and words
(:meth:`Condition.words`). None of them knows a third truth value: a comparison with a fact
that is unknown does not hold, unless the condition says ``unknown: true``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import ibis

from arrears.book.age.bucket import BUCKETS, FIRST_DAYS, bucket_of

Kind = Literal["whole", "code", "place", "flag", "money"]


@dataclass(frozen=True)
class Fact:
    """A column of the person frame that conditions may name.

    Parameters
    ----------
    name
        The column.
    kind
        ``whole`` number, ``code``, ``place`` (a country covers its parts), ``flag``, or
        ``money`` (minor units that mean something beside their currency only).
    lowest
        The smallest value a whole number takes; None if it has no bound.
    nullable
        Whether it can be unknown.
    codes
        Every value of a code; None if the list is open.
    """

    name: str
    kind: Kind
    lowest: int | None = None
    nullable: bool = False
    codes: tuple[str, ...] | None = None


FACTS: dict[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("bucket", "code", codes=BUCKETS),
        Fact("days_past_due", "whole", lowest=1, nullable=True),
        Fact("days_past_due_after_grace", "whole", lowest=0, nullable=True),
        Fact("currency", "code"),
        Fact("overdue_minor", "money", nullable=True),
        Fact("product", "code"),
        Fact("jurisdiction", "place", nullable=True),
        Fact("loans_count", "whole", lowest=1),
        Fact("other_currencies", "flag"),
        Fact("max_days_past_due_ever", "whole", lowest=0, nullable=True),
        Fact("times_over_30", "whole", lowest=0, nullable=True),
    )
}


@dataclass(frozen=True)
class Range:
    """``[at_least, below)``, an open end where None; ``unknown``: a missing value holds too."""

    at_least: int | None = None
    below: int | None = None
    unknown: bool = False

    @property
    def bounded(self) -> bool:
        """Whether it says anything about known values."""
        return self.at_least is not None or self.below is not None

    def holds(self, value: int | None) -> bool:
        """Whether a value lies inside."""
        if value is None:
            return self.unknown
        return (
            self.bounded
            and (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
        )

    def expression(self, column: Any) -> Any:
        """The same for a column; never null."""
        known = ibis.literal(self.bounded) & column.notnull()
        if self.at_least is not None:
            known = known & (column >= self.at_least).fill_null(False)
        if self.below is not None:
            known = known & (column < self.below).fill_null(False)
        return known | column.isnull() if self.unknown else known

    def words(self) -> str:
        """As a reader would write it: ``1 ≤ … < 31 or unknown``."""
        if self.at_least is not None and self.below == self.at_least + 1:
            return " or ".join([str(self.at_least)] + ["unknown"] * self.unknown)
        low = "" if self.at_least is None else f"{self.at_least} ≤ "
        high = "" if self.below is None else f" < {self.below}"
        parts = [f"{low}…{high}"] if self.bounded else []
        return " or ".join(parts + ["unknown"] * self.unknown)


@dataclass(frozen=True)
class Condition:
    """One condition of a rule.

    Parameters
    ----------
    fact
        What it asks about.
    values
        For codes and places: those that hold (or, with ``negated``, those that do not); for a
        flag the one value.
    ranges
        For whole numbers one range under the key ``""``; for money one for each currency.
    negated
        Whether all known values but ``values`` hold.
    unknown
        Whether a missing value holds.
    """

    fact: Fact
    values: tuple[str | bool, ...] = ()
    ranges: tuple[tuple[str, Range], ...] = ()
    negated: bool = False
    unknown: bool = False

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """Whether it holds for the facts of one person."""
        value = facts[self.fact.name]
        if value is None:
            return self.unknown or any(r.unknown for key, r in self.ranges if key == "")
        match self.fact.kind:
            case "whole":
                return self.ranges[0][1].holds(value)
            case "money":
                return any(
                    facts["currency"] == currency and band.holds(value)
                    for currency, band in self.ranges
                )
            case "place":
                inside = any(value == v or value.startswith(f"{v}-") for v in self.values)
            case _:
                inside = value in self.values
        # With no values at all the condition is about unknown ones only.
        return bool(self.values) and inside != self.negated

    def expression(self, table: Any) -> Any:
        """The same for every row of the person frame; never null."""
        column = table[self.fact.name]
        missing = column.isnull() if self.unknown else ibis.literal(False)
        match self.fact.kind:
            case "whole":
                return self.ranges[0][1].expression(column)
            case "money":
                bands = [
                    (table.currency == currency).fill_null(False) & band.expression(column)
                    for currency, band in self.ranges
                ]
                return ibis.or_(missing, *bands)
            case _ if not self.values:
                return missing
            case "flag":
                inside = column == ibis.literal(self.values[0])
            case "place":
                inside = ibis.or_(
                    column.isin(self.values), *(column.startswith(f"{v}-") for v in self.values)
                )
            case _:
                inside = column.isin(self.values)
        if self.negated:
            inside = ~inside
        return missing | (column.notnull() & inside.fill_null(False))

    def words(self) -> str:
        """What it asks for, as a reader would write it."""
        if self.fact.kind == "whole":
            return self.ranges[0][1].words()
        parts = [f"{currency} {band.words()}" for currency, band in self.ranges]
        listed = ", ".join(str(v).lower() if v in (True, False) else str(v) for v in self.values)
        if listed:
            parts.append(f"not {listed}" if self.negated else listed)
        return " or ".join(parts + ["unknown"] * self.unknown)


def representatives(conditions: list[Condition]) -> list[list[dict[str, Any]]]:
    """For each dimension of what a person can be, one example of every case told apart.

    Two persons whose facts fall between the same thresholds are treated alike, so that a table
    which is right for all examples is right for everybody. Facts that hang together (bucket
    and days, currency and amount) are one dimension.
    """
    asked = {condition.fact.name for condition in conditions}

    def of(name: str) -> list[Condition]:
        return [c for c in conditions if c.fact.name == name]

    dimensions: list[list[dict[str, Any]]] = []
    if asked & {"bucket", "days_past_due"}:
        dimensions.append(_ages(of("days_past_due")))
    if asked & {"currency", "overdue_minor"}:
        dimensions.append(_monies(of("currency"), of("overdue_minor")))
    alone = asked - {"bucket", "days_past_due", "currency", "overdue_minor"}
    readers: dict[str, Callable[[Fact, list[Condition]], list[Any]]] = {
        "whole": lambda fact, cs: _numbers(fact.lowest, [r for c in cs for _, r in c.ranges]),
        "code": _codes,
        "place": _codes,
        "flag": lambda fact, cs: [False, True],
    }
    for name in sorted(alone):
        fact = FACTS[name]
        values = readers[fact.kind](fact, of(name)) + ([None] if fact.nullable else [])
        dimensions.append([{name: value} for value in values])
    return dimensions


def _numbers(lowest: int | None, ranges: list[Range]) -> list[int]:
    """The first number of every stretch between two thresholds."""
    cuts = {cut for band in ranges for cut in (band.at_least, band.below) if cut is not None}
    if lowest is None:
        return sorted(cuts | {min(cuts, default=0) - 1})
    return sorted({lowest} | {cut for cut in cuts if cut > lowest})


def _codes(fact: Fact, conditions: list[Condition]) -> list[str]:
    """Every code mentioned, a part of each place, and one code that nobody mentions."""
    if fact.codes is not None:
        return list(fact.codes)
    named = sorted({str(value) for c in conditions for value in c.values})
    parts = [f"{value}-0" for value in named] if fact.kind == "place" else []
    return [*named, *parts, "(any other)"]


def _ages(conditions: list[Condition]) -> list[dict[str, Any]]:
    """Days with their bucket; and each bucket without days, as a loan known in months has it."""
    ranges = [band for c in conditions for _, band in c.ranges]
    days = sorted({*_numbers(1, ranges), *FIRST_DAYS.values()})
    exact = [{"days_past_due": day, "bucket": bucket_of(day)} for day in days]
    return exact + [{"days_past_due": None, "bucket": bucket} for bucket in BUCKETS]


def _monies(currencies: list[Condition], amounts: list[Condition]) -> list[dict[str, Any]]:
    """Amounts in every currency mentioned, and in one that nobody mentions."""
    named = {str(value) for c in currencies for value in c.values}
    named |= {currency for c in amounts for currency, _ in c.ranges}
    examples: list[dict[str, Any]] = []
    for currency in [*sorted(named), "(any other)"]:
        bands = [band for c in amounts for key, band in c.ranges if key == currency]
        values: list[int | None] = [*_numbers(None, bands), None]
        examples += [{"currency": currency, "overdue_minor": value} for value in values]
    return examples
