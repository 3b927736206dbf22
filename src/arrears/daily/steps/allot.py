"""Step 5: every open case has a keeper who can work on it, or is counted as one that has none."""

from __future__ import annotations

from typing import Any

from arrears.daily.steps.day import Day
from arrears.people.actions import carry_out_leaving
from arrears.placements.allotment.actions import allot_cases
from arrears.placements.allotment.queries import count_unkept
from arrears.store.transactions import At


def allot(day: Day, at: At) -> dict[str, Any]:
    """Allot new cases and those that came free to who is here now; again, it changes nothing."""
    left = carry_out_leaving(at)
    done = allot_cases(at)
    return done.as_counts() | {"left": left, "unkept": count_unkept(at)}
