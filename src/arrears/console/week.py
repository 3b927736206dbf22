"""A week of one person: by day and channel, when contact is allowed, and why not otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from arrears.console.reasons_told import ReasonTold, reasons_told
from arrears.rulebook import telling
from arrears.rulebook.act import Act, Change
from arrears.rulebook.load import Rulebook
from arrears.rulebook.next_moment import Span, next_moment, spans
from arrears.rulebook.telling import Language
from arrears.rulebook.vocabulary import ACTS, LISTS, Value

DAYS: Final = 7
DAY_MINUTES: Final = 24 * 60
VISIT_MINUTES: Final = 60
"""How long a visit of the calendar takes."""
SLOT_STEP: Final = 30
"""It begins at full and half hours."""

Channels = Mapping[str, tuple[str, Mapping[str, Value]]]
CHANNELS: Final[Channels] = {
    "sms": ("message", {"channel": "sms"}),
    "app": ("message", {"channel": "app"}),
    "email": ("message", {"channel": "email"}),
    "call_human": ("call_human", {}),
    "call_automated": ("call_automated", {}),
    "letter": ("letter", {}),
    "visit": ("visit_arrival", {}),
}
"""The columns of the calendar: the act, and the facts that make it this channel."""


@dataclass(frozen=True)
class Window:
    """A stretch of one local day, in minutes from midnight; ``until`` up to 1440."""

    from_minute: int
    until_minute: int
    reasons: tuple[ReasonTold, ...] = ()

    @property
    def width(self) -> int:
        """Minutes that it lasts."""
        return self.until_minute - self.from_minute

    @property
    def told(self) -> str:
        """As ``08:00–22:00``."""
        return f"{_clock(self.from_minute)}–{_clock(self.until_minute)}"


@dataclass(frozen=True)
class Cell:
    """One channel on one day."""

    channel: str
    title: str
    allowed: tuple[Window, ...]
    refused: tuple[Window, ...]
    past: int
    """Minutes of the day that have passed already."""


@dataclass(frozen=True)
class Day:
    """A row of the calendar."""

    on: date
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Refusal:
    """A rule that refuses somewhere in the week: stretches, and the channels that share them."""

    reason: ReasonTold
    where: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]


@dataclass(frozen=True)
class Week:
    """The calendar as a screen shows it.

    Parameters
    ----------
    next_at
        By channel: when it is next allowed, in the person's zone; None: not by time alone.
    """

    zone: str
    days: tuple[Day, ...]
    titles: tuple[str, ...]
    refusals: tuple[Refusal, ...]
    next_at: tuple[tuple[str, datetime | None], ...]

    hours = (360, 720, 1080)
    """Where the bars have a mark: 6, 12 and 18 o'clock."""


@dataclass
class _Found:
    """Where a rule refuses, while the week is gathered: channel → day → stretches."""

    reason: ReasonTold
    where: dict[str, dict[date, list[Window]]] = field(default_factory=dict)


def title(channel: str, language: Language) -> str:
    """The name of a column."""
    act, facts = CHANNELS[channel]
    if act == "message":
        return telling.text_of(LISTS["Channel"][str(facts["channel"])], language)
    if act == "visit_arrival":
        return telling.text_of(ACTS["visit_arrival"], language)
    return telling.text_of(ACTS[act], language)


def week(acts: Mapping[str, Act], zone: str, rulebook: Rulebook, language: Language) -> Week:
    """Ask the rulebook about a week of each channel, from the instant of its act on.

    Parameters
    ----------
    acts
        By channel; all at the same instant. The first day is that of this instant.
    zone
        Whose midnights part the days.
    """
    local = ZoneInfo(zone)
    start = next(iter(acts.values())).at.astimezone(local)
    days = [start.date() + timedelta(days=number) for number in range(DAYS)]
    end = datetime.combine(days[-1] + timedelta(days=1), time(), local).astimezone(UTC)
    found: dict[str, _Found] = {}
    cells: dict[date, list[Cell]] = {day: [] for day in days}
    upcoming = []
    for channel, act in acts.items():
        whole = list(spans(act, end, rulebook))
        upcoming.append((title(channel, language), _next(whole, act, rulebook, local)))
        for day in days:
            cell = _cell(channel, day, whole, local, language)
            cells[day].append(cell)
            _gather(found, cell, day)
    return Week(
        zone=zone,
        days=tuple(Day(day, tuple(cells[day])) for day in days),
        titles=tuple(title(channel, language) for channel in acts),
        refusals=tuple(_refusal(each, len(days)) for _, each in sorted(found.items())),
        next_at=tuple(upcoming),
    )


def visiting(act: Act, zone: str) -> Act:
    """A visit that moves with the clock: its slot begins at each full and half hour."""
    local = ZoneInfo(zone)
    wall = act.at.astimezone(local)
    changes = []
    for number in range(DAYS):
        day = wall.date() + timedelta(days=number)
        for minute in range(0, DAY_MINUTES, SLOT_STEP):
            at = datetime.combine(day, time(minute // 60, minute % 60), local).astimezone(UTC)
            changes += [Change(at, name, value) for name, value in _slot(minute).items()]
    now = (wall.hour * 60 + wall.minute) // SLOT_STEP * SLOT_STEP
    return replace(act, facts={**act.facts, **_slot(now)}, changes=(*act.changes, *changes))


def _slot(minute: int) -> dict[str, Value]:
    until = min(minute + VISIT_MINUTES, DAY_MINUTES - 1)
    return {"slot_from_minute": minute, "slot_until_minute": until}


def _cell(
    channel: str, day: date, whole: Sequence[Span], local: ZoneInfo, language: Language
) -> Cell:
    allowed: list[Window] = []
    refused: list[Window] = []
    for span in whole:
        start, until = _minutes(day, span.from_at, local), _minutes(day, span.until_at, local)
        if start >= until:
            continue
        if span.verdict.allowed:
            if allowed and allowed[-1].until_minute == start:  # only a warning changed
                start = allowed.pop().from_minute
            allowed.append(Window(start, until))
        else:
            told = reasons_told(span.verdict.reasons, language)
            refused.append(Window(start, until, told))
    past = _minutes(day, whole[0].from_at, local)
    return Cell(channel, title(channel, language), tuple(allowed), tuple(refused), past)


def _minutes(day: date, at: datetime, local: ZoneInfo) -> int:
    """Wall-clock minutes from a day's midnight to an instant, within the day."""
    wall = at.astimezone(local)
    if wall.date() != day:
        return 0 if wall.date() < day else DAY_MINUTES
    return wall.hour * 60 + wall.minute


def _next(whole: Iterable[Span], act: Act, rulebook: Rulebook, local: ZoneInfo) -> datetime | None:
    for span in whole:
        if span.verdict.allowed:
            return span.from_at.astimezone(local)
    later = next_moment(act, rulebook)
    return None if later is None else later.astimezone(local)


def _gather(found: dict[str, _Found], cell: Cell, day: date) -> None:
    for window in cell.refused:
        for reason in window.reasons:
            each = found.setdefault(reason.id, _Found(reason))
            held = each.where.setdefault(cell.title, {}).setdefault(day, [])
            if held and held[-1].until_minute == window.from_minute:
                # It goes on; only another rule began or ceased to refuse.
                held[-1] = Window(held[-1].from_minute, window.until_minute)
            else:
                held.append(Window(window.from_minute, window.until_minute))


def _refusal(each: _Found, days: int) -> Refusal:
    """The stretches of each channel; the days are named where it is not every day."""
    shared: dict[tuple[str, ...], list[str]] = {}
    for channel, by_day in each.where.items():
        stretches: dict[str, list[date]] = {}
        for day, windows in by_day.items():
            for window in windows:
                stretches.setdefault(window.told, []).append(day)
        told = tuple(
            stretch if len(on) == days else f"{stretch} ({_days(on)})"
            for stretch, on in sorted(stretches.items())
        )
        shared.setdefault(told, []).append(channel)
    return Refusal(each.reason, tuple((tuple(names), told) for told, names in shared.items()))


def _days(on: Sequence[date]) -> str:
    """Days as ``11-24 … 11-26`` where they follow each other, else one by one."""
    if len(on) > 2 and (on[-1] - on[0]).days == len(on) - 1:
        return f"{on[0]:%m-%d} … {on[-1]:%m-%d}"
    return ", ".join(f"{day:%m-%d}" for day in on)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
