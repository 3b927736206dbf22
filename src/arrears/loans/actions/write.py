"""From the staged rows to the stored book, in sets; every statement may run again.

What did not change is not written: a full tape of an unchanged book touches no schedule.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from arrears.book.contract import TABLES
from arrears.kernel.ids import NAMED_SQL_POSTGRES
from arrears.people.sealed import FIELDS, HASHES


def named_sql(kind: str, *expressions: str) -> str:
    """SQL of the name-based id: ``kernel.ids.named(kind, …)`` of text expressions."""
    joined = "".join(f" || E'\\x1f' || {expression}" for expression in expressions)
    return NAMED_SQL_POSTGRES.format(f"('{kind}'{joined})")


# The contract's columns under the same names in the stored tables.
_PERSON_COLUMNS = [
    *(n for n in TABLES["persons"].names if n not in ("person_id", "coordinate_system")),
    "extra",
    *HASHES,
]
# What is sealed reads differently each time it is sealed: its hash tells whether it changed.
_PERSON_TELLING = [n for n in _PERSON_COLUMNS if n not in (*FIELDS, "extra")]
_LOAN_COLUMNS = [
    *(n for n in TABLES["loans"].names if n not in ("loan_id", "person_id")),
    "extra",
    "contract_hmac",
]


def _updates(columns: list[str]) -> str:
    return ", ".join(f"{column} = excluded.{column}" for column in columns)


def _differs(table: str, columns: list[str]) -> str:
    ours = ", ".join(f"{table}.{column}" for column in columns)
    theirs = ", ".join(f"excluded.{column}" for column in columns)
    return f"({ours}) IS DISTINCT FROM ({theirs})"


_PERSONS = f"""
INSERT INTO people_person (id, person_ref, {", ".join(_PERSON_COLUMNS)}, tape_id, updated_at)
SELECT {named_sql("person", "t.person_id")}, t.person_id,
       {", ".join(f"t.{column}" for column in _PERSON_COLUMNS)}, %(tape)s, %(now)s
FROM t_persons t
ON CONFLICT (id) DO UPDATE SET {_updates(_PERSON_COLUMNS)}, tape_id = excluded.tape_id,
  updated_at = excluded.updated_at
WHERE {_differs("people_person", _PERSON_TELLING)}
"""
_LOANS = f"""
INSERT INTO loans_loan (id, loan_ref, person_id, {", ".join(_LOAN_COLUMNS)}, accepted_book_on,
                        tape_id)
SELECT {named_sql("loan", "t.loan_id")}, t.loan_id, {named_sql("person", "t.person_id")},
       {", ".join(f"t.{column}" for column in _LOAN_COLUMNS)}, %(book_on)s, %(tape)s
FROM t_loans t
ON CONFLICT (id) DO UPDATE SET person_id = excluded.person_id, {_updates(_LOAN_COLUMNS)},
  accepted_book_on = excluded.accepted_book_on, tape_id = excluded.tape_id
"""
# A loan that a delta names by its rows alone was accepted on that day as well.
_TOUCHED = """
UPDATE loans_loan l SET accepted_book_on = %(book_on)s, tape_id = %(tape)s
FROM (SELECT loan_id FROM t_instalments UNION SELECT loan_id FROM t_payments
      UNION SELECT loan_id FROM t_snapshots EXCEPT SELECT loan_id FROM t_loans) t
WHERE l.loan_ref = t.loan_id
"""
_PARTIES_GONE = """
DELETE FROM loans_party y USING t_loans t JOIN loans_loan l ON l.loan_ref = t.loan_id
WHERE y.loan_id = l.id AND (%(full)s OR t.loan_id IN (SELECT loan_id FROM t_loan_parties))
  AND NOT EXISTS (SELECT 1 FROM t_loan_parties p JOIN people_person w ON w.person_ref = p.person_id
                  WHERE p.loan_id = t.loan_id AND w.id = y.person_id AND p.role = y.role)
"""
_PARTIES = """
INSERT INTO loans_party (loan_id, person_id, role, extra)
SELECT l.id, p.id, t.role, t.extra
FROM t_loan_parties t JOIN loans_loan l ON l.loan_ref = t.loan_id
JOIN people_person p ON p.person_ref = t.person_id
ON CONFLICT (loan_id, person_id, role) DO NOTHING
"""
# The loans whose schedule is brought whole: all of a full tape; otherwise those that are named
# with instalments (one named by its terms alone keeps its schedule; when rows of a full tape are
# mended, those that a later delivery superseded are not among them).
_SCHEDULED = """
CREATE TEMP TABLE t_scheduled ON COMMIT DROP AS
SELECT l.id AS loan_id FROM loans_loan l
WHERE l.loan_ref IN (SELECT loan_id FROM t_instalments)
   OR (%(full)s AND l.loan_ref IN (SELECT loan_id FROM t_loans))
"""
_INSTALMENTS_GONE = """
DELETE FROM loans_instalment i USING t_scheduled s
WHERE i.loan_id = s.loan_id AND NOT EXISTS (
  SELECT 1 FROM t_instalments t JOIN loans_loan l ON l.loan_ref = t.loan_id
  WHERE l.id = i.loan_id AND t.seq = i.seq)
"""
_SCHEDULE_COLUMNS = ["due_on", "principal_minor", "interest_minor", "fee_minor", "extra"]
_INSTALMENTS = f"""
INSERT INTO loans_instalment (loan_id, seq, {", ".join(_SCHEDULE_COLUMNS)})
SELECT l.id, t.seq, {", ".join(f"t.{column}" for column in _SCHEDULE_COLUMNS)}
FROM t_instalments t JOIN loans_loan l ON l.loan_ref = t.loan_id
ON CONFLICT (loan_id, seq) DO UPDATE SET {_updates(_SCHEDULE_COLUMNS)}
WHERE {_differs("loans_instalment", _SCHEDULE_COLUMNS)}
"""
# The lender's core is the record: a payment that a whole tape no longer has, is gone. What came
# after the tape being mended stays.
_PAYMENTS_GONE = """
DELETE FROM loans_payment y USING t_loans t JOIN loans_loan l ON l.loan_ref = t.loan_id
WHERE %(replaces)s AND y.loan_id = l.id
  AND NOT EXISTS (SELECT 1 FROM t_payments p WHERE p.payment_id = y.payment_ref)
  AND (%(before)s::bigint IS NULL OR EXISTS (
    SELECT 1 FROM loans_tape b WHERE b.id = y.tape_id AND b.book_version < %(before)s))
"""
# The unique reversal is checked row by row: a changed one lets go before another takes hold.
_REVERSALS_LOOSE = """
UPDATE loans_payment y SET reverses = NULL FROM t_payments t
WHERE t.payment_id = y.payment_ref AND y.reverses IS NOT NULL
  AND t.reverses IS DISTINCT FROM y.reverses
"""
_PAYMENT_COLUMNS = [
    "loan_id",
    "paid_on",
    "amount_minor",
    "reverses",
    "channel",
    "provider_ref",
    "extra",
]
# A payment that a delta repeats bears its mark: mending an older tape must not take it for gone.
_PAYMENTS = f"""
INSERT INTO loans_payment (payment_ref, {", ".join(_PAYMENT_COLUMNS)}, tape_id)
SELECT t.payment_id, l.id, {", ".join(f"t.{column}" for column in _PAYMENT_COLUMNS[1:])}, %(tape)s
FROM t_payments t JOIN loans_loan l ON l.loan_ref = t.loan_id
ON CONFLICT (payment_ref) DO UPDATE SET {_updates(_PAYMENT_COLUMNS)}, tape_id = excluded.tape_id
WHERE NOT %(full)s OR {_differs("loans_payment", _PAYMENT_COLUMNS)}
"""
_SNAPSHOTS_GONE = """
DELETE FROM loans_snapshot s USING t_loans t JOIN loans_loan l ON l.loan_ref = t.loan_id
WHERE %(full)s AND s.loan_id = l.id AND NOT EXISTS (
  SELECT 1 FROM t_snapshots n WHERE n.loan_id = t.loan_id AND n.as_of = s.as_of)
"""
_STATE_COLUMNS = [
    "days_past_due",
    "months_past_due",
    "balance_minor",
    "overdue_minor",
    "paid_minor",
    "extra",
]
_SNAPSHOTS = f"""
INSERT INTO loans_snapshot (loan_id, as_of, {", ".join(_STATE_COLUMNS)})
SELECT l.id, t.as_of, {", ".join(f"t.{column}" for column in _STATE_COLUMNS)}
FROM t_snapshots t JOIN loans_loan l ON l.loan_ref = t.loan_id
ON CONFLICT (loan_id, as_of) DO UPDATE SET {_updates(_STATE_COLUMNS)}
WHERE {_differs("loans_snapshot", _STATE_COLUMNS)}
"""
_KEPT_GONE = """
DELETE FROM loans_kept_row k
WHERE %(full)s AND k."table" <> 'recalls' AND k."table" = ANY(%(tables)s)
"""
_KEPT = f"""
INSERT INTO loans_kept_row (id, tape_id, "table", key, row)
SELECT {named_sql("kept", "%(ref)s", 't."table"', "t.key")}, %(tape)s, t."table", t.key, t.row
FROM t_kept t ON CONFLICT (id) DO NOTHING
"""

STATEMENTS = (
    ("persons", _PERSONS),
    ("loans", _LOANS),
    ("loans_touched", _TOUCHED),
    ("parties_gone", _PARTIES_GONE),
    ("parties", _PARTIES),
    ("", "DROP TABLE IF EXISTS pg_temp.t_scheduled"),
    ("", _SCHEDULED),
    ("instalments_gone", _INSTALMENTS_GONE),
    ("instalments", _INSTALMENTS),
    ("payments_gone", _PAYMENTS_GONE),
    ("", _REVERSALS_LOOSE),
    ("payments", _PAYMENTS),
    ("snapshots_gone", _SNAPSHOTS_GONE),
    ("snapshots", _SNAPSHOTS),
    ("kept_gone", _KEPT_GONE),
    ("kept", _KEPT),
)


def write(given: dict[str, Any], progress: Any) -> dict[str, int]:
    """Carry out the statements in order; how many rows each changed."""
    changed = {}
    with connection.cursor() as cursor:
        for done, (name, statement) in enumerate(STATEMENTS):
            progress("write", done, len(STATEMENTS))
            cursor.execute(statement, given)
            if name:
                changed[name] = cursor.rowcount
    return changed
