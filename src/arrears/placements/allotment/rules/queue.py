"""In which order a queue is worked: what was left over first, then as the treatment asks.

How pressing a treatment is, and after how many days a worked case comes again, is data
(``cadence.yaml``); a treatment that is not named there is not worked by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import yaml

from arrears.book.treat import TREATMENTS
from arrears.kernel.errors import ConfigError

SOURCE: Final = Path(__file__).parent.parent / "cadence.yaml"
MOST_DAYS: Final = 366


@dataclass(frozen=True, slots=True)
class Cadence:
    """How a treatment is worked: its place among others (0 first), days until it comes again."""

    rank: int
    every_days: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case in somebody's queue.

    Parameters
    ----------
    due_on
        From which day it waits, as allotting, finishing or putting back left it.
    worked_on
        When it was finished last; None: not since it was allotted or put back.
    treated_since
        Since when it has its treatment.
    taken_on
        The day on which it was taken up; that lapses when the day is over.
    """

    case_id: UUID
    treatment: str
    bucket_rank: int
    overdue_minor: int | None
    due_on: date
    worked_on: date | None
    treated_since: date
    taken_on: date | None


@cache
def cadence() -> Mapping[str, Cadence]:
    """The treatments worked by hand, as the house says."""
    return read_cadence(yaml.safe_load(SOURCE.read_text(encoding="utf-8")))


def read_cadence(data: Any) -> Mapping[str, Cadence]:
    """Read the list of treatments and days.

    Raises
    ------
    ConfigError
        For a treatment that there is not, one named twice, or days outside 1 to 366.
    """
    told: dict[str, Cadence] = {}
    lines = data.get("by_hand") if isinstance(data, dict) else None
    if not isinstance(lines, list):
        raise _bad("by_hand: a list of treatments", repr(data)[:80])
    for rank, line in enumerate(lines):
        if not isinstance(line, dict) or set(line) != {"treatment", "every_days"}:
            raise _bad("treatment and every_days in each line", repr(line)[:80])
        name, days = line["treatment"], line["every_days"]
        if name not in TREATMENTS or name in told:
            raise _bad("each treatment of the house once at most", repr(name))
        if type(days) is not int or not 1 <= days <= MOST_DAYS:
            raise _bad(f"every_days from 1 to {MOST_DAYS}", f"{name}: {days!r}")
        told[name] = Cadence(rank, days)
    return told


def due_on(waiting: Waiting) -> date:
    """The day from which a case waits: a new treatment brings a finished case back sooner."""
    worked_on, since = waiting.worked_on, waiting.treated_since
    if worked_on is not None and since > worked_on:
        return min(waiting.due_on, since)
    return waiting.due_on


def carried_days(waiting: Waiting, today: date) -> int:
    """For how many days it has been left over."""
    return max(0, (today - due_on(waiting)).days)


def again_on(treatment: str, today: date, told: Mapping[str, Cadence]) -> date:
    """When a case that is finished today comes again; one not worked by hand: the next day."""
    found = told.get(treatment)
    return today + timedelta(days=found.every_days if found else 1)


def in_order(waiting: Iterable[Waiting], today: date, told: Mapping[str, Cadence]) -> list[Waiting]:
    """What is to be worked today and is in nobody's hands, the first first.

    What was left over longest comes first, whatever it is: so nothing waits for ever behind
    what is more pressing. Then the treatment, the later bucket, the larger amount, the id.
    """
    due = [
        each
        for each in waiting
        if each.treatment in told and due_on(each) <= today and each.taken_on != today
    ]
    return sorted(
        due,
        key=lambda each: (
            -carried_days(each, today),
            told[each.treatment].rank,
            -each.bucket_rank,
            -(each.overdue_minor or 0),
            each.case_id,
        ),
    )


def _bad(expected: str, found: str) -> ConfigError:
    return ConfigError(
        "the cadence of the work queues cannot be used",
        expected=expected,
        found=found,
        remedy=f"mend {SOURCE.name}",
    )
