"""The public list of agencies: which are on it, and with what; never a word of persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

DAYS_TO_PUBLISH: Final = timedelta(days=7)
"""A change must be on the list within 7 days (RBI/2026-27/223, para 454K)."""

Entry = Mapping[str, Any]


def in_period(published: Sequence[Entry], day: date) -> list[Entry]:
    """The agencies of a published list whose period is not over on the day."""
    return [each for each in published if each["until_on"] > day.isoformat()]


def due_on(
    published: Sequence[Entry], wanted: Sequence[Entry], published_on: date, day: date
) -> date | None:
    """By when the list must be published anew; None if it says what it should.

    Every change of the register is published with it, so that what differs is what time alone
    has changed: a contract that ended, or gave way to the next.

    Parameters
    ----------
    wanted
        What the register says on ``day``.
    """
    if list(published) == list(wanted):
        return None
    ended = [date.fromisoformat(each["until_on"]) for each in published]
    return min((end for end in ended if end <= day), default=published_on) + DAYS_TO_PUBLISH
