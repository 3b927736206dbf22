"""Step 8: evidence whose term is over goes; files that no transaction stands for are swept."""

from __future__ import annotations

from typing import Any

from arrears.daily.steps.day import Day
from arrears.journal.evidence.actions import MOST_AT_ONCE, erase_due, remove_strays
from arrears.store.transactions import At


def evidence(day: Day, at: At) -> dict[str, Any]:
    """Erase what need not be kept on the day any more."""
    erased = 0
    while True:
        batch = erase_due(at, day.as_of)
        erased += batch
        if batch < MOST_AT_ONCE:
            return {"erased": erased, "strays": remove_strays(at.now)}
