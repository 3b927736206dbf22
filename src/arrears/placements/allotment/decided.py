"""What an allotment of today would decide, within the reach of who asks."""

from __future__ import annotations

import hashlib
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from arrears.people.organisations import LENDER_ID
from arrears.placements.allotment.actions.reach import OWN_TEAMS_ONLY, led, myself
from arrears.placements.allotment.facts import IN_CHARGE, conflicts, keepers, open_cases
from arrears.placements.allotment.rules import Allotted, Keeper, allot
from arrears.store.pages import select
from arrears.store.transactions import At

# What a lead's teams keep, and what nobody keeps of their house.
_OF_TEAMS: Final = f"""
SELECT c.id FROM cases_case c
LEFT JOIN placements_placement p ON p.person_id = c.person_id AND p.until_at IS NULL
LEFT JOIN placements_allotment a ON a.case_id = c.id AND a.until_at IS NULL
WHERE c.state = 'open' AND {IN_CHARGE} = '{LENDER_ID}'
  AND (a.staff_id = ANY(%s) OR a.case_id IS NULL)
ORDER BY c.id
"""


def today(at: At) -> tuple[Allotted, list[Keeper]]:
    """Decide, and among whom: of a lead's teams what they keep and what nobody keeps, to them.

    For a lead nobody is let go: what fits none of theirs stays for whoever decides on all.
    """
    if at.actor.role not in OWN_TEAMS_ONLY:
        among = keepers(at.today)
        return allot(open_cases(at.now), among, conflicts()), among
    team = led(myself(at.actor), at.today)
    cases = [row["id"] for row in select(_OF_TEAMS, [sorted(team)])]
    among = [keeper for keeper in keepers(at.today, cases) if keeper.id in set(map(str, team))]
    decided = allot(open_cases(at.now, cases), among, conflicts())
    stay = pc.or_(pc.is_valid(decided.rows["keeper"]), pc.is_null(decided.rows["keeper_before"]))
    return Allotted(decided.rows.filter(stay), decided.over_capacity), among


def digest(decided: Allotted) -> str:
    """Of what would change: whoever carries it out has seen just that."""
    return hashlib.sha256(_lines(decided.changed).encode()).hexdigest()


def _lines(changed: pa.Table) -> str:
    rows = zip(changed["case_id"].to_pylist(), changed["keeper"].to_pylist(), strict=True)
    return "\n".join(f"{case} {keeper or '-'}" for case, keeper in rows)
