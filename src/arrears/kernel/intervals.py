"""Half-open intervals ``[start, end)``: the only place that compares their ends.

They hold days or instants. ``end`` None means "until further notice".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

Point = TypeVar("Point", date, datetime)


@dataclass(frozen=True, slots=True)
class Interval(Generic[Point]):
    """``[start, end)``; never empty.

    Raises
    ------
    ValueError
        If ``end`` is not after ``start``.
    """

    start: Point
    end: Point | None = None

    def __post_init__(self) -> None:
        if self.end is not None and self.end <= self.start:
            raise ValueError(f"interval ends at {self.end}, not after its start {self.start}")

    def contains(self, point: Point) -> bool:
        """Whether the point lies inside; the start does, the end does not."""
        return self.start <= point and (self.end is None or point < self.end)

    def overlaps(self, other: Interval[Point]) -> bool:
        """Whether they share at least one point; touching ends do not."""
        return (self.end is None or other.start < self.end) and (
            other.end is None or self.start < other.end
        )

    def meet(self, other: Interval[Point]) -> Interval[Point] | None:
        """What both cover, or None."""
        if not self.overlaps(other):
            return None
        ends = [end for end in (self.end, other.end) if end is not None]
        return Interval(max(self.start, other.start), min(ends) if ends else None)


def union(intervals: Iterable[Interval[Point]]) -> list[Interval[Point]]:
    """The same points as few disjoint intervals, in order; touching ones are joined."""
    joined: list[Interval[Point]] = []
    for interval in sorted(intervals, key=lambda i: i.start):
        last = joined[-1] if joined else None
        if last is None or (last.end is not None and last.end < interval.start):
            joined.append(interval)
        elif last.end is not None:
            end = None if interval.end is None else max(last.end, interval.end)
            joined[-1] = Interval(last.start, end)
    return joined
