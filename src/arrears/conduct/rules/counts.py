"""From contacts per local day to the counts that rules read, today and on later days.

All windows are of whole local days, today included: "7 days" are today and the six before, as in
12 CFR 1006.14(b)(2) ("seven consecutive days"); for the numbers of the house the same reading is
used. So counts change at the person's midnight only. Contacts dated later than today count as
well, so that a clock set back frees nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from arrears.rulebook.act import Change
from arrears.rulebook.vocabulary import Value

WINDOWS: Final[Mapping[str, tuple[str, int]]] = {
    # Answered calls that we started, robots and all agencies included (GB/T 45251 §5.3).
    "calls_connected_today": ("connected", 1),
    # Unanswered attempts to the number at hand (CBA guideline: six a day and number).
    "attempts_today_number": ("unanswered", 1),
    # Every call that we started, whichever number, answered or not.
    "attempts_today": ("calls", 1),
    # Calls that we started about the debts at hand; one about no debt in particular counts.
    "calls_7d_debt": ("calls_debt", 7),
    "messages_today": ("messages", 1),
    "messages_7d": ("messages", 7),
    "letters_30d": ("letters", 30),
    # Messages, calls, letters and visits; not debits, and not questions put to third persons.
    "contacts_today": ("contacts", 1),
    "contacts_7d": ("contacts", 7),
    "contacts_30d": ("contacts", 30),
    "visits_7d": ("visits", 7),
    "visits_30d": ("visits", 30),
    "debits_7d": ("debits", 7),
}
"""Fact → what is counted, and over how many local days."""

LONGEST_DAYS: Final = 30
AHEAD_DAYS: Final = 36
# Of a person whose zone is not known: the day as late as it may be for contacts, as early as it
# may be for now. What may have been today was today.
LATEST_ZONE: Final = "Etc/GMT-14"
EARLIEST_ZONE: Final = "Etc/GMT+12"


@dataclass(frozen=True, slots=True)
class Counted:
    """The contacts of a subject, by local day.

    Parameters
    ----------
    days
        Local day → what is counted → how many; at least of the last 30 days.
    first_on
        Day of the first contact about these debts; None: never.
    conversation_on
        Day of the last phone conversation about them, whoever called.
    located
        Times that this third person was asked before, ever.
    """

    days: Mapping[date, Mapping[str, int]]
    first_on: date | None
    conversation_on: date | None
    located: int


def day_zones(zone: str | None) -> tuple[str, str]:
    """The zone in which contacts get their day, and the one in which today is told."""
    return (zone, zone) if zone is not None else (LATEST_ZONE, EARLIEST_ZONE)


def local_today(at: datetime, zone: str | None) -> date:
    """The person's day; the earliest that it may be, if their zone is not known."""
    return at.astimezone(ZoneInfo(day_zones(zone)[1])).date()


def midnight(day: date, zone: str | None) -> datetime:
    """The instant at which a local day begins; where clocks skip midnight, the moment they do."""
    begins = datetime.combine(day, time(), tzinfo=ZoneInfo(day_zones(zone)[1]))
    return begins.astimezone(ZoneInfo("UTC"))


def facts_on(counted: Counted, today: date) -> dict[str, Value]:
    """The facts of history on a local day, if nothing more happens until then."""
    facts: dict[str, Value] = {
        name: _within(counted, what, today - timedelta(days=days - 1))
        for name, (what, days) in WINDOWS.items()
    }
    facts["locate_contacts"] = counted.located
    facts["first_communication"] = counted.first_on is None
    facts["days_since_first"] = _since(counted.first_on, today)
    facts["days_since_conversation"] = _since(counted.conversation_on, today)
    return facts


def changes(counted: Counted, at: datetime, zone: str | None) -> Iterator[Change]:
    """What the coming midnights alone change of the counts; the rulebook itself lets days grow."""
    today = local_today(at, zone)
    before = facts_on(counted, today)
    last = max(counted.days, default=date.min)
    for ahead in range(1, AHEAD_DAYS + 1):
        day = today + timedelta(days=ahead)
        if (day - last).days > LONGEST_DAYS:
            return  # every window is empty by now
        after = facts_on(counted, day)
        begins = midnight(day, zone)
        for name, value in after.items():
            if name in WINDOWS and value != before[name]:
                yield Change(begins, name, value)
        before = after


def read_days(rows: Sequence[Mapping[str, int | str]]) -> dict[date, dict[str, int]]:
    """The days as the database gives them (JSON)."""
    return {
        date.fromisoformat(str(row["day"])): {
            name: int(count) for name, count in row.items() if name not in ("day", "counts")
        }
        for row in rows
    }


def _within(counted: Counted, what: str, since: date) -> int:
    return sum(counts.get(what, 0) for day, counts in counted.days.items() if day >= since)


def _since(day: date | None, today: date) -> int | None:
    return None if day is None else min(36_500, max(0, (today - day).days))
