"""How many cases open, worsen and are cured from day to day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from arrears.town.auditor.ageing import Standing
from arrears.town.auditor.sifting import Sifted


@dataclass
class Counts:
    """What happened to cases over the days."""

    opened: int = 0
    escalated: int = 0
    eased: int = 0
    cured: int = 0
    open_at_end: int = 0


def follow(sifted: Sifted, days: dict[date, dict[str, Standing]]) -> Counts:
    """Follow each person over the days: a case from the first overdue loan to the last.

    Loans that the lender sold or closed are not collected. A case is as bad as its worst loan.
    """
    collected = {
        row["loan_id"]: row["person_id"]
        for row in sifted.good["loans"]
        if row["status"] not in ("sold", "closed")
    }
    counts, before = Counts(), dict[str, int]()
    for day in sorted(days):
        now: dict[str, int] = {}
        for loan, state in days[day].items():
            if loan in collected:
                person = collected[loan]
                now[person] = max(now.get(person, 0), state.rank)
        counts.opened += len(now.keys() - before.keys())
        counts.cured += len(before.keys() - now.keys())
        for person in now.keys() & before.keys():
            counts.escalated += now[person] > before[person]
            counts.eased += now[person] < before[person]
        before = now
    counts.open_at_end = len(before)
    return counts
