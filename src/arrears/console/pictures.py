"""Pictures as numbers: what an SVG of a template draws. Pure; nothing here knows the browser.

Coordinates are whole units of a canvas of :data:`WIDTH` by :data:`HEIGHT`, y downwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from arrears.kernel.money import exponent, format_minor

WIDTH, HEIGHT = 420, 190
LEFT, RIGHT, TOP, BOTTOM = 62, 408, 12, 164
# At most so many dates stand under a picture: more would touch on a phone.
MOST_DATES = 4
MOST_STATES = 24


@dataclass(frozen=True)
class Tick:
    """A line of the grid with its label; ``at`` is x or y."""

    at: int
    label: str


@dataclass(frozen=True)
class Mark:
    """A point worth noticing, with the words for it."""

    x: int
    y: int
    label: str


@dataclass(frozen=True)
class Block:
    """A stretch of time in one bucket; ``rank`` 1 to 7."""

    x: int
    y: int
    width: int
    height: int
    bucket: str
    rank: int


@dataclass(frozen=True)
class Growth:
    """An amount over time: a line in steps, the area under it, and payments."""

    line: str
    area: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class History:
    """Buckets over time, as blocks that grow with the bucket."""

    blocks: tuple[Block, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class Span:
    """A bucket for the days ``[start, end)``; None: it stands in it still."""

    start: date
    end: date | None
    bucket: str


class State(Protocol):
    """The bucket of a loan on a day."""

    @property
    def as_of(self) -> date: ...
    @property
    def bucket(self) -> str: ...


def growth(
    points: Sequence[tuple[date, int]],
    payments: Iterable[tuple[date, int]],
    until: date,
    currency: str,
) -> Growth | None:
    """Draw how an amount grew.

    Parameters
    ----------
    points
        ``(day, amount_minor)`` wherever it changed, in order of days.
    payments
        ``(day, amount_minor)``; those outside the picture are left out.
    until
        The last day of the picture.

    Returns
    -------
    Growth or None
        None where there is nothing to draw: the amount was never above zero.
    """
    if not points or not any(amount for _, amount in points):
        return None
    start = points[0][0] - timedelta(days=max(7, (until - points[0][0]).days // 20))
    top = _round_up(max(amount for _, amount in points), currency)
    x = _Days(start, until)

    def y(amount: int) -> int:
        return BOTTOM - (BOTTOM - TOP) * amount // top

    path, level = [f"M{LEFT} {BOTTOM}"], 0
    for when, amount in points:
        path.append(f"H{x(when)}V{y(amount)}")
        level = amount
    line = "".join(path) + f"H{RIGHT}"
    amounts = _Levels(points)
    return Growth(
        line=line,
        area=f"{line}V{BOTTOM}Z" if level else f"{line}Z",
        x_ticks=_dates(start, until, x),
        y_ticks=tuple(Tick(y(part), _short(part, currency)) for part in sorted({0, top // 2, top})),
        marks=tuple(
            Mark(x(when), y(amounts(when)), f"{when} {format_minor(amount, currency)}")
            for when, amount in payments
            if start <= when <= until
        ),
    )


def history(spans: Sequence[Span], until: date) -> History | None:
    """Draw in which bucket a loan stood when; None without spans.

    The height is the bucket's number, so that the picture reads without colours.
    """
    end = until + timedelta(days=1)  # The last day is drawn too: a case has a first day.
    shown = [span for span in spans if span.start < min(span.end or end, end)]
    if not shown:
        return None
    start = min(span.start for span in shown)
    margin = timedelta(days=max(3, (end - start).days // 20))
    x = _Days(start - margin, end)
    step = (BOTTOM - TOP) // 7
    blocks = []
    for span in shown:
        rank = int(span.bucket[1])
        left, right = x(span.start), x(min(span.end or end, end))
        blocks.append(
            Block(left, BOTTOM - rank * step, max(2, right - left), rank * step, span.bucket, rank)
        )
    return History(tuple(blocks), _dates(start - margin, until, x), _ranks(step))


def of_states(states: Sequence[State]) -> History | None:
    """Draw monthly states side by side, one column each, the last two years of them.

    What was between two states nobody knows; a column claims no days. None if never overdue.
    """
    shown = states[-MOST_STATES:]
    if not any(state.bucket.startswith("M") for state in shown):
        return None
    step, width = (BOTTOM - TOP) // 7, (RIGHT - LEFT) // len(shown)
    every = -(-len(shown) // MOST_DATES)
    blocks, ticks = [], []
    for number, state in enumerate(shown):
        left = LEFT + number * width
        if state.bucket.startswith("M"):
            rank = int(state.bucket[1])
            height = rank * step
            blocks.append(
                Block(left + 2, BOTTOM - height, max(2, width - 4), height, state.bucket, rank)
            )
        if number % every == 0:
            ticks.append(Tick(left + width // 2, f"{state.as_of:%Y-%m}"))
    return History(tuple(blocks), tuple(ticks), _ranks(step))


def _ranks(step: int) -> tuple[Tick, ...]:
    named = (("M1", 1), ("M3", 3), ("M5", 5), ("M7+", 7))
    return tuple(Tick(BOTTOM - rank * step, bucket) for bucket, rank in named)


class _Days:
    """Where a day lies between left and right."""

    def __init__(self, start: date, until: date) -> None:
        self._start = start
        self._days = max(1, (until - start).days)

    def __call__(self, when: date) -> int:
        return LEFT + (RIGHT - LEFT) * (when - self._start).days // self._days


class _Levels:
    """The amount on a day: that of the last change before or on it."""

    def __init__(self, points: Sequence[tuple[date, int]]) -> None:
        self._points = points

    def __call__(self, when: date) -> int:
        return next((amount for day, amount in reversed(self._points) if day <= when), 0)


def _dates(start: date, until: date, x: _Days) -> tuple[Tick, ...]:
    """First days of months, evenly thinned; both ends where no month begins between them."""
    months = []
    year, month = start.year, start.month
    while (first := date(year, month, 1)) <= until:
        if first >= start:
            months.append(first)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    if len(months) < 2:
        return tuple(Tick(x(day), f"{day:%m-%d}") for day in (start, until))
    every = -(-len(months) // MOST_DATES)
    return tuple(Tick(x(first), f"{first:%Y-%m}") for first in months[::every])


def _round_up(amount: int, currency: str) -> int:
    """The next 1, 2, 4, 6, 8 or 10 times a power of ten, in major units."""
    unit: int = 10 ** exponent(currency)
    while True:
        for factor in (1, 2, 4, 6, 8):
            if factor * unit >= amount:
                return factor * unit
        unit *= 10


def _short(amount: int, currency: str) -> str:
    """An amount of a scale: whole major units where it is whole."""
    text = format_minor(amount, currency)
    whole, _, rest = text.partition(".")
    if len(whole) > 9 and whole.endswith(",000"):
        return f"{whole[:-4]}k"
    return whole if not rest.strip("0") else text
