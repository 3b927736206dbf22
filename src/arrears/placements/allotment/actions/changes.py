"""End allotments and begin others, in sets, and put it on record by keeper."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Final

import pyarrow as pa
from django.db import connection

from arrears.journal.actions import Entry, of_house, record_many
from arrears.placements.allotment.facts import AWAY, IN_CHARGE
from arrears.store.staging import BATCH_ROWS, stage
from arrears.store.transactions import At

_LOCK: Final = 4_119_711
# Ids in one entry: far below what an entry may hold.
_CASES_AN_ENTRY: Final = 2_000
_COLUMNS: Final = {"case_id": "uuid", "staff_id": "uuid"}

# Ended and begun in one instant, an allotment has an empty period: it takes no room.
_END: Final = f"""
UPDATE placements_allotment a SET until_at = greatest(%(now)s, a.from_at), ended_by = %(by)s,
  ended_because = coalesce(%(because)s, CASE
    WHEN a.organisation_id <> {IN_CHARGE} THEN 'placed'
    WHEN s.left_on <= %(today)s THEN 'left'
    WHEN {AWAY} THEN 'away'
    ELSE 'moved' END)
FROM t_allotment t JOIN cases_case c ON c.id = t.case_id
  LEFT JOIN placements_placement p ON p.person_id = c.person_id AND p.until_at IS NULL,
  people_staff s
WHERE a.case_id = t.case_id AND a.until_at IS NULL AND s.id = a.staff_id
RETURNING a.staff_id::text, a.ended_because, a.case_id::text
"""
# What was before is read in one go: looked up case by case, every look would pass over all rows
# that this statement has written until then.
_BEGIN: Final = """
WITH before AS MATERIALIZED (
  SELECT DISTINCT ON (l.case_id) l.case_id, l.number, l.due_on, l.worked_on
  FROM placements_allotment l WHERE l.case_id IN (SELECT case_id FROM t_allotment)
  ORDER BY l.case_id, l.number DESC
)
INSERT INTO placements_allotment (case_id, number, staff_id, organisation_id, from_at, because,
  made_by, due_on, worked_on)
SELECT t.case_id, coalesce(o.number, 0) + 1, s.id, s.organisation_id, %(now)s, %(begun)s,
  %(by)s, coalesce(o.due_on, %(today)s), o.worked_on
FROM t_allotment t JOIN people_staff s ON s.id = t.staff_id
LEFT JOIN before o ON o.case_id = t.case_id
RETURNING staff_id::text, because, case_id::text
"""
_CLOSE: Final = """
UPDATE placements_allotment a SET until_at = greatest(%(now)s, a.from_at), ended_by = %(by)s,
  ended_because = 'closed'
FROM cases_case c WHERE c.id = a.case_id AND c.state <> 'open' AND a.until_at IS NULL
RETURNING a.staff_id::text, a.ended_because, a.case_id::text
"""
Line = tuple[str, str, str]


def lock(*, alone: bool) -> None:
    """Keep others from changing keepers until the transaction ends: all of them, or sets alone."""
    way = "" if alone else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{way}(%s)", [_LOCK])


def change(
    at: At, changed: pa.Table, *, begun: str = "allotted", because: str | None = None
) -> None:
    """Give cases to other keepers.

    Parameters
    ----------
    changed
        ``case_id`` and ``keeper``, null: to nobody.
    begun
        Why the new ones begin.
    because
        Why the old ones end; None: as each keeper's absence, leaving or employer says.
    """
    if not changed.num_rows:
        return
    rows = changed.select(["case_id", "keeper"]).to_batches(max_chunksize=BATCH_ROWS)
    stage("t_allotment", _COLUMNS, rows)
    given = {"now": at.now, "today": at.today, "by": at.actor.name}
    ended = _carry_out(_END, given | {"because": because})
    made = _carry_out(_BEGIN, given | {"begun": begun})
    record_many(at, [*_told("placements.let_go", ended), *_told("placements.allotted", made)])


def close(at: At) -> int:
    """Let go of cases that are closed; returns how many."""
    ended = _carry_out(_CLOSE, {"now": at.now, "by": at.actor.name})
    record_many(at, list(_told("placements.let_go", ended)))
    return len(ended)


def _carry_out(statement: str, given: dict[str, Any]) -> list[Line]:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return sorted(cursor.fetchall())


def _told(kind: str, lines: Iterable[Line]) -> Iterator[Entry]:
    """One entry for each keeper and cause, or a few if the cases are many."""
    for (staff, because), theirs in groupby(lines, key=lambda line: line[:2]):
        cases = [case for _, _, case in theirs]
        for start in range(0, len(cases), _CASES_AN_ENTRY):
            some = cases[start : start + _CASES_AN_ENTRY]
            told = {"staff": staff, "because": because, "cases": some}
            yield Entry(of_house(f"staff {staff}"), kind, told)
