"""Whether a day is a public holiday where a person lives, by calendars that are handed in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from arrears.conduct.rules.counts import AHEAD_DAYS, EARLIEST_ZONE, LATEST_ZONE, midnight
from arrears.kernel.dates import Calendar
from arrears.rulebook.act import Change

Calendars = Callable[[str, int], Sequence[Calendar]]
"""For a person's jurisdiction and a year: the calendar of their place; where only the country is
known, those of all its parts; none where there is no calendar."""


def public_holiday(calendars: Calendars, jurisdiction: str, days: Sequence[date]) -> bool | None:
    """Whether it is a holiday on a day which may be any of ``days``; None if that is not known.

    It is known where every calendar of the place knows the years and all say the same.
    """
    found: set[bool | None] = set()
    for day in days:
        places = calendars(jurisdiction, day.year)
        found |= {_holiday(calendar, day) for calendar in places} or {None}
    return found.pop() if len(found) == 1 else None


def local_dates(at: datetime, zone: str | None) -> tuple[date, ...]:
    """The person's day at an instant; every day that it may be, if their zone is not known."""
    if zone is not None:
        return (at.astimezone(ZoneInfo(zone)).date(),)
    first, last = (at.astimezone(ZoneInfo(name)).date() for name in (EARLIEST_ZONE, LATEST_ZONE))
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def holiday_changes(
    calendars: Calendars, jurisdiction: str, at: datetime, zone: str | None
) -> Iterator[Change]:
    """What the coming midnights change of ``public_holiday``."""
    before = public_holiday(calendars, jurisdiction, local_dates(at, zone))
    first = local_dates(at, zone)[0]
    days = [first + timedelta(days=ahead) for ahead in range(1, AHEAD_DAYS + 1)]
    moments = {midnight(day, zone) for day in days}
    if zone is None:
        # Where a new day begins first, it may have begun for them.
        moments |= {midnight(day, LATEST_ZONE) for day in days}
    for begins in sorted(moment for moment in moments if moment > at):
        after = public_holiday(calendars, jurisdiction, local_dates(begins, zone))
        if after != before:
            yield Change(begins, "public_holiday", after)
        before = after


def _holiday(calendar: Calendar, day: date) -> bool | None:
    return calendar.is_holiday(day) if day.year in calendar.years else None
