"""Let go at once of loans that are withdrawn, and note doubts about those that stay.

The daily run does this for the whole book before it decides; a recall or a tape for the loans
that it touches, in its own transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from arrears.cases.actions.on_record import put_on_record
from arrears.cases.actions.remains import remains
from arrears.cases.rules import CURED, WITHDRAWN
from arrears.kernel.ids import NAMED_SQL_POSTGRES
from arrears.loans.events import HoldsChanged
from arrears.store.transactions import At


def _event_id(kind: str, loan_ref: str) -> str:
    joined = (
        f"'event' || E'\\x1f' || e.case_id::text || E'\\x1f' || {kind} || E'\\x1f' ||"
        f" {loan_ref} || E'\\x1f' || %(on)s::date::text || E'\\x1f' || %(cause)s"
    )
    return NAMED_SQL_POSTGRES.format(f"({joined})")


# A loan that is the lender's no more, or another person's, leaves its case; a recall counts from
# the moment it is known, on whatever day.
_LEAVE = """
CREATE TEMP TABLE t_leaving ON COMMIT DROP AS
SELECT k.case_id, k.loan_id, l.loan_ref,
       CASE WHEN l.recalled_on IS NOT NULL THEN 'recalled'
            WHEN l.status IN ('sold', 'closed') THEN l.status
            ELSE 'moved' END AS because
FROM cases_loan k JOIN cases_case c ON c.id = k.case_id JOIN loans_loan l ON l.id = k.loan_id
WHERE c.state = 'open' AND k.left_on IS NULL
  AND (%(loans)s::uuid[] IS NULL OR k.loan_id = ANY(%(loans)s))
  AND (l.recalled_on IS NOT NULL OR l.status IN ('sold', 'closed')
       OR l.person_id <> c.person_id)
"""
_LEFT = """
UPDATE cases_loan k SET left_on = greatest(%(on)s, k.joined_on), left_because = t.because
FROM t_leaving t WHERE k.case_id = t.case_id AND k.loan_id = t.loan_id
"""
_SPANS_GONE = """
DELETE FROM cases_bucket_span s USING t_leaving t
WHERE s.loan_id = t.loan_id AND s.until_on IS NULL AND s.from_on >= %(on)s
"""
_SPANS_END = """
UPDATE cases_bucket_span s SET until_on = %(on)s FROM t_leaving t
WHERE s.loan_id = t.loan_id AND s.until_on IS NULL
"""
_REMAINS = remains("SELECT case_id FROM t_leaving")
_CLOSE = f"""
CREATE TEMP TABLE t_closing ON COMMIT DROP AS
SELECT c.id AS case_id, CASE WHEN EXISTS (
    SELECT 1 FROM cases_loan k WHERE k.case_id = c.id AND k.left_because = 'cured'
  ) THEN '{CURED}' ELSE '{WITHDRAWN}' END AS state
FROM cases_case c
WHERE c.state = 'open' AND c.id IN (SELECT case_id FROM t_leaving)
  AND NOT EXISTS (SELECT 1 FROM cases_loan k WHERE k.case_id = c.id AND k.left_on IS NULL)
"""
_CLOSED = """
UPDATE cases_case c SET state = t.state, closed_on = greatest(%(on)s, c.opened_on), hold = NULL
FROM t_closing t WHERE c.id = t.case_id
"""
_HOLDS = """
CREATE TEMP TABLE t_holding ON COMMIT DROP AS
SELECT c.id AS case_id, c.hold AS hold_before, h.hold
FROM cases_case c LEFT JOIN (
  SELECT k.case_id, min(h.kind) AS hold
  FROM cases_loan k JOIN loans_hold h ON h.loan_id = k.loan_id
  WHERE k.left_on IS NULL AND h.kind IN ('data_doubt', 'missing')
    AND (h.until_on IS NULL OR (h.from_on <= %(on)s AND h.until_on > %(on)s))
  GROUP BY k.case_id
) h ON h.case_id = c.id
WHERE c.state = 'open' AND c.hold IS DISTINCT FROM h.hold
  AND (%(loans)s::uuid[] IS NULL OR c.id IN (
    SELECT k.case_id FROM cases_loan k WHERE k.loan_id = ANY(%(loans)s)))
"""
_HELD = "UPDATE cases_case c SET hold = t.hold FROM t_holding t WHERE c.id = t.case_id"
_EVENTS = f"""
INSERT INTO cases_event (id, case_id, happened_on, ordinal, kind, loan_id, data, run_id)
SELECT {_event_id("e.kind", "coalesce(e.loan_ref, '')")}, e.case_id, %(on)s, e.ordinal, e.kind,
       e.loan_id, e.data, %(run)s
FROM (
  SELECT case_id, 3 AS ordinal, 'loan_left' AS kind, loan_id, loan_ref,
         jsonb_build_object('because', because) AS data FROM t_leaving
  UNION ALL
  SELECT case_id, 8, state, NULL, NULL, jsonb_build_object() FROM t_closing
  UNION ALL
  SELECT case_id, 6, CASE WHEN hold IS NULL THEN 'released' ELSE 'held' END, NULL, NULL,
         jsonb_build_object('from', hold_before, 'to', hold) FROM t_holding
) e
ON CONFLICT (id) DO UPDATE SET data = excluded.data
RETURNING case_id::text, ordinal, kind, loan_id::text, data
"""
_STATEMENTS = (
    _LEAVE, _LEFT, _SPANS_GONE, _SPANS_END, _REMAINS, _CLOSE, _CLOSED, _HOLDS, _HELD
)  # fmt: skip
_TABLES = ("t_leaving", "t_closing", "t_holding")


def settle(
    at: At,
    on: date,
    cause: UUID,
    loan_ids: Sequence[UUID] | None = None,
    run_id: UUID | None = None,
) -> int:
    """Withdraw and hold on a day; inside a transaction that sees the lender's book.

    Parameters
    ----------
    on
        From which day it holds.
    cause
        The tape or run that did it; doing it again for the same cause writes the same.
    loan_ids
        Only these loans; None: all.

    Returns
    -------
    int
        How many cases were withdrawn, or cured because only paid loans had been left.
    """
    given: dict[str, Any] = {
        "on": on,
        "cause": str(cause),
        "loans": None if loan_ids is None else list(loan_ids),
        "run": run_id,
    }
    with connection.cursor() as cursor:
        for table in _TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        for statement in _STATEMENTS:
            cursor.execute(statement, given)
        cursor.execute(_EVENTS, given)
        told = cursor.fetchall()
        cursor.execute("SELECT count(*) FROM t_closing")
        closed: int = cursor.fetchone()[0]
    put_on_record(at, told, on, run_id=run_id, tape_id=None if run_id else cause)
    return closed


def follow_holds(at: At, happened: HoldsChanged) -> None:
    """The reaction to a tape or a recall: cases let go of what was withdrawn at once."""
    settle(at, happened.on, happened.tape_id, happened.loan_ids)
