"""What allotment is decided on, read from the tables; inside a transaction with a scope."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import pyarrow as pa

from arrears.people.access.table import TABLE
from arrears.people.organisations import LENDER_ID
from arrears.people.register.facts import staff_on_register
from arrears.people.rules.standing import OnRegister
from arrears.placements.allotment.rules import CASES, Keeper
from arrears.store.pages import select
from arrears.store.staging import fetch_arrow

TAKES: Final = "queues.take"
# Without these papers nobody acts on anybody; what an act asks beyond them, the gate knows.
PAPERS: Final = ("training", "test", "background")

# A hold on the whole person; one on a loan, a channel or a number leaves other work.
HELD: Final = """
(c.hold IS NOT NULL OR EXISTS (
  SELECT FROM conduct_hold h WHERE h.person_id = c.person_id AND h.closed_at IS NULL
    AND h.loan_id IS NULL AND h.channel IS NULL AND h.part IS NULL AND h.number_hmac IS NULL
    AND h.from_at <= %(now)s AND (h.until_at IS NULL OR h.until_at > %(now)s)))
"""
IN_CHARGE: Final = f"coalesce(p.organisation_id, '{LENDER_ID}')"
"""Which organisation leads a person, ``p`` being the placement in force."""
AWAY: Final = """
EXISTS (SELECT FROM people_absence w WHERE w.staff_id = s.id
  AND w.from_on <= %(today)s AND (w.until_on IS NULL OR w.until_on > %(today)s))
"""
_CASES: Final = f"""
SELECT c.id::text, c.person_id::text, {IN_CHARGE}::text, c.product, c.bucket, q.language,
  c.overdue_minor, a.staff_id::text
FROM cases_case c JOIN people_person q ON q.id = c.person_id
LEFT JOIN placements_placement p ON p.person_id = c.person_id AND p.until_at IS NULL
LEFT JOIN placements_allotment a ON a.case_id = c.id AND a.until_at IS NULL
WHERE c.state = 'open' AND (a.staff_id IS NOT NULL OR NOT {HELD})
"""
_STAFF: Final = f"""
SELECT s.id::text, s.badge_no, s.organisation_id::text AS organisation, s.capacity, s.languages,
  s.skills
FROM people_staff s JOIN people_organisation o ON o.id = s.organisation_id
LEFT JOIN people_user u ON u.id = s.user_id
WHERE o.state = 'approved' AND s.joined_on <= %(today)s
  AND (s.left_on IS NULL OR s.left_on > %(today)s) AND NOT {AWAY}
  AND (u.id IS NULL OR (u.is_active AND u.role = ANY(%(roles)s)))
ORDER BY s.id
"""
_LOADS: Final = """
SELECT staff_id::text AS id, count(*) AS load FROM placements_allotment
WHERE until_at IS NULL AND NOT (case_id = ANY(%s)) GROUP BY staff_id
"""
_CONFLICTS: Final = "SELECT person_id::text AS person, staff_id::text AS staff FROM people_conflict"


def open_cases(now: datetime, only: Sequence[UUID] | None = None) -> pa.Table:
    """The open cases that need a keeper, as the rules take them.

    A case on hold keeps whom it has, for the borrower's sake, and is given to nobody new.

    Parameters
    ----------
    only
        These cases alone; None: all.
    """
    given: dict[str, Any] = {"now": now}
    sql = _CASES
    if only is not None:
        sql += " AND c.id = ANY(%(only)s)"
        given["only"] = list(only)
    return fetch_arrow(sql, CASES, given)


def keepers(today: date, beside: Sequence[UUID] | None = None) -> list[Keeper]:
    """Who is at work on a day and may act: employed, not away, badge and papers in order.

    Whoever signs in needs a role that takes up cases. People of an agency that is not in good
    order keep nothing.

    Parameters
    ----------
    beside
        The cases to be decided on, if not all are: what else somebody has is their load.
    """
    roles = [role for role in TABLE.roles if TAKES in TABLE.held[role]]
    rows = select(_STAFF, {"today": today, "roles": roles})
    register = {each.badge_no: each for each in staff_on_register([r["badge_no"] for r in rows])}
    loads: dict[str, int] = {}
    if beside is not None:
        loads = {row["id"]: row["load"] for row in select(_LOADS, [list(beside)])}
    return [
        Keeper(
            row["id"],
            row["organisation"],
            row["capacity"],
            frozenset(row["languages"]),
            frozenset(row["skills"]),
            loads.get(row["id"], 0),
        )
        for row in rows
        if ready(register[row["badge_no"]], today)
    ]


def ready(staff: OnRegister, today: date) -> bool:
    """Whether badge and papers are in order on a day."""
    return staff.badge.contain(today) and all(staff.holds(paper, today) for paper in PAPERS)


def conflicts() -> list[tuple[str, str]]:
    """Pairs of person and member of staff who never come together."""
    return [(row["person"], row["staff"]) for row in select(_CONFLICTS)]
