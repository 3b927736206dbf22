"""What a delivery means for doubts, recalls and rows set aside earlier."""

from __future__ import annotations

from typing import Any

from django.db import connection

from arrears.loans.actions.write import named_sql

_SET_ASIDE = f"""
INSERT INTO loans_set_aside (id, tape_id, "table", file, row_number, key, loan_ref, person_ref,
                             reason, text, currency, amount_minor, row, state)
SELECT {named_sql("set_aside", "%(ref)s", 't."table"', "coalesce(t.file, '')", "t.row_number||''")},
       %(tape)s, t."table", regexp_replace(t.file, '^.*/', ''), t.row_number, t.key, t.loan_id,
       t.person_id, t.reason, t.text, left(t.currency, 10), t.amount_minor, t.row_json::jsonb,
       'open'
FROM t_rejected t
"""
# A delivery that brings a loan whole says all there is to say of it: what earlier tapes set
# aside of it is over, whether the loan is in good order now or set aside anew.
_SUPERSEDED_WHOLE = """
UPDATE loans_set_aside s SET state = 'superseded'
WHERE %(full)s AND s.state = 'open' AND s.tape_id <> %(tape)s AND (
  s.loan_ref IN (SELECT loan_id FROM t_loans UNION SELECT loan_id FROM t_rejected
                 WHERE "table" = 'loans' AND loan_id IS NOT NULL)
  OR (s."table" = 'persons' AND s.person_ref IN (
      SELECT person_id FROM t_persons UNION SELECT person_id FROM t_rejected
      WHERE "table" = 'persons' AND person_id IS NOT NULL)))
"""
# Otherwise a row is over when its own key came in good order, or the schedule it belongs to.
_SUPERSEDED_BY_KEY = """
UPDATE loans_set_aside s SET state = 'superseded'
WHERE s.state = 'open' AND s.tape_id <> %(tape)s AND CASE s."table"
  WHEN 'persons' THEN s.person_ref IN (SELECT person_id FROM t_persons)
  WHEN 'loans' THEN s.loan_ref IN (SELECT loan_id FROM t_loans)
  WHEN 'instalments' THEN s.loan_ref IN (SELECT loan_id FROM t_instalments)
  WHEN 'payments' THEN s.key IN (SELECT payment_id FROM t_payments)
  WHEN 'snapshots' THEN s.key IN (SELECT loan_id || ' / ' || as_of FROM t_snapshots)
  WHEN 'loan_parties' THEN
    s.key IN (SELECT concat_ws(' / ', loan_id, person_id, role) FROM t_loan_parties)
  ELSE false END
"""
_DOUBTED = f"""
INSERT INTO loans_hold (id, loan_ref, loan_id, kind, from_on, until_on, tape_id)
SELECT {named_sql("hold", "l.loan_ref", "'data_doubt'", "%(on)s::date::text", "%(ref)s")},
       l.loan_ref, l.id, 'data_doubt', %(on)s, NULL, %(tape)s
FROM loans_loan l
WHERE l.loan_ref IN (
  SELECT loan_id FROM t_incomplete UNION
  SELECT loan_id FROM t_rejected
  WHERE "table" IN ('loans', 'loan_parties', 'instalments', 'payments', 'snapshots'))
ON CONFLICT DO NOTHING
"""
# Ends the same day it began if need be: a doubt of no length leaves no trace.
_LIFTED = """
WITH lifted AS (
  SELECT h.id, h.from_on FROM loans_hold h
  WHERE h.until_on IS NULL AND (
    (h.kind = 'missing' AND h.loan_ref IN (
      SELECT loan_id FROM t_loans UNION SELECT loan_id FROM t_rejected WHERE "table" = 'loans'
      UNION SELECT loan_ref FROM loans_loan WHERE recalled_on IS NOT NULL))
    OR (h.kind = 'data_doubt' AND h.tape_id <> %(tape)s
        AND h.loan_ref IN (SELECT loan_id FROM t_loans UNION SELECT loan_id FROM t_instalments
                           UNION SELECT loan_id FROM t_payments
                           UNION SELECT loan_id FROM t_snapshots)
        AND NOT EXISTS (SELECT 1 FROM loans_set_aside s
                        WHERE s.loan_ref = h.loan_ref AND s.state = 'open')))
), gone AS (
  DELETE FROM loans_hold h USING lifted f WHERE h.id = f.id AND f.from_on >= %(on)s
)
UPDATE loans_hold h SET until_on = %(on)s FROM lifted f WHERE h.id = f.id AND f.from_on < %(on)s
"""
_MISSING = f"""
INSERT INTO loans_hold (id, loan_ref, loan_id, kind, from_on, until_on, tape_id)
SELECT {named_sql("hold", "l.loan_ref", "'missing'", "%(on)s::date::text", "%(ref)s")},
       l.loan_ref, l.id, 'missing', %(on)s, NULL, %(tape)s
FROM loans_loan l
WHERE %(full)s AND l.status IN ('open', 'written_off') AND l.recalled_on IS NULL
  -- What this tape accepted bears its mark: most are out before any join is made.
  AND l.tape_id <> %(tape)s
  AND NOT EXISTS (SELECT 1 FROM t_loans t WHERE t.loan_id = l.loan_ref)
  AND NOT EXISTS (SELECT 1 FROM t_rejected r WHERE r.loan_id = l.loan_ref AND r."table" = 'loans')
ON CONFLICT DO NOTHING
"""
# All recalls ever delivered: one may come before its loan.
_RECALLED = """
UPDATE loans_loan l
SET recalled_on = (k.row->>'recalled_on')::date, recall_reason = k.row->>'reason'
FROM loans_kept_row k
WHERE k."table" = 'recalls' AND k.key = l.loan_ref AND l.recalled_on IS NULL
"""
_RECALL_HOLDS = f"""
INSERT INTO loans_hold (id, loan_ref, loan_id, kind, from_on, until_on, tape_id)
SELECT {named_sql("hold", "l.loan_ref", "'recalled'", "l.recalled_on::text", "%(ref)s")},
       l.loan_ref, l.id, 'recalled', l.recalled_on, NULL, %(tape)s
FROM loans_loan l WHERE l.recalled_on IS NOT NULL ON CONFLICT DO NOTHING
"""

STATEMENTS = (
    ("superseded", _SUPERSEDED_WHOLE),
    ("superseded", _SUPERSEDED_BY_KEY),
    ("set_aside", _SET_ASIDE),
    ("recalled", _RECALLED),
    ("recalled", _RECALL_HOLDS),
    ("doubted", _DOUBTED),
    ("lifted", _LIFTED),
    ("missing", _MISSING),
)


def follow(given: dict[str, Any]) -> dict[str, int]:
    """Carry out the statements in order; how many rows each changed."""
    changed: dict[str, int] = {}
    with connection.cursor() as cursor:
        for name, statement in STATEMENTS:
            cursor.execute(statement, given)
            changed[name] = max(changed.get(name, 0), cursor.rowcount)
    return changed
