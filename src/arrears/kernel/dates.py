"""Days and business days. Calendars are dated data handed in; a missing year is an error."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from arrears.kernel.errors import ConfigError

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Calendar:
    """The business days of one place, for the years that are known.

    Parameters
    ----------
    name
        The place, as in ISO 3166: "cn".
    years
        The years for which ``off`` and ``on`` are complete.
    off
        Public holidays: days on which nobody works, whatever the weekday.
    on
        Saturdays and Sundays that are worked (调休, as in China).
    """

    name: str
    years: frozenset[int]
    off: frozenset[date] = field(default_factory=frozenset)
    on: frozenset[date] = field(default_factory=frozenset)

    def is_business_day(self, day: date) -> bool:
        """Whether people work on that day.

        Raises
        ------
        ConfigError
            If the calendar does not know the year: a guess would miss a holiday.
        """
        self._require_year(day)
        return day in self.on or (day.weekday() < 5 and day not in self.off)

    def is_holiday(self, day: date) -> bool:
        """Whether that day is a public holiday; raises as :meth:`is_business_day` does."""
        self._require_year(day)
        return day in self.off

    def _require_year(self, day: date) -> None:
        if day.year not in self.years:
            raise ConfigError(
                f"the {self.name} calendar does not know the year {day.year}",
                expected=f"a year in {min(self.years)}–{max(self.years)}" if self.years else None,
                found=str(day.year),
                remedy="add the year to the calendar's data file",
            )

    def add_business_days(self, day: date, count: int) -> date:
        """The day ``count`` business days later (earlier if negative); 0 is the day itself."""
        step = ONE_DAY if count > 0 else -ONE_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_business_day(day)
        return day


def days(start: date, end: date) -> Iterator[date]:
    """Every day of the half-open interval ``[start, end)``, in order."""
    for offset in range((end - start).days):
        yield start + timedelta(days=offset)


def add_months(day: date, count: int) -> date:
    """The same day ``count`` months later, or the last of that month where it has no such day."""
    months = day.year * 12 + day.month - 1 + count
    year, month = months // 12, months % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def years_over(since: date, day: date) -> int:
    """How many whole years since a day are over on another; the year ends with its anniversary.

    Counted by the calendar, as law counts years (China: Civil Code 201, 202): the day itself does
    not count, and where the last year has no such day (29 February) it ends with the month.
    Never below 0.
    """
    years = max(0, day.year - since.year)
    return years - (years > 0 and day <= add_months(since, 12 * years))
