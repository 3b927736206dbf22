"""Step 4: whose placement is over comes back to the lender, before cases are allotted."""

from __future__ import annotations

from typing import Any

from arrears.daily.steps.day import Day
from arrears.placements.actions import return_all_over
from arrears.store.transactions import At


def terms(day: Day, at: At) -> dict[str, Any]:
    """Take back whose term is over on the day; again, there is nobody left."""
    by_agency = return_all_over(at)
    return {"returned": sum(by_agency.values()), "by_agency": by_agency}
