"""The clock as a port: whoever needs the time is handed one of these."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Where instants come from: the system's clock, or a simulated town's."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present instant, in UTC."""
        return datetime.now(UTC)  # tidy: clock


class FixedClock:
    """A clock that stands still until it is set; for the town and for tests."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def set(self, at: datetime) -> None:
        """Set it to another instant; one without a zone is refused."""
        if at.tzinfo is None:
            raise ValueError("a clock is set to an instant with a time zone")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """The instant that it was set to, in UTC."""
        return self._at


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The calendar day that an instant falls on in a zone."""
    if at.tzinfo is None:
        raise ValueError("local_day needs an instant with a time zone")
    return at.astimezone(zone).date()
