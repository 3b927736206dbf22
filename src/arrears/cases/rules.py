"""What a business day means for the cases, decided on frames for all persons at once.

Facts in, changes out: nothing here reads the database, the clock or a setting. Step by step:

1. ``loans``    what became of every loan of an open case, and which loans are overdue now
2. ``cases``    one row per person: open, go on, or close; with the new figures
3. ``events``   the lines of the timeline that follow from both
4. ``spans``    in which bucket each loan stands from this day on

All are DuckDB statements over the tables of :class:`Facts`, in this order.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from arrears.cases.states import CASE
from arrears.kernel.ids import NAMED_SQL_DUCKDB

# How a case closes, by the table of its states.
CURED = CASE.step("open", "cure")
WITHDRAWN = CASE.step("open", "withdraw")

OPEN_LOANS = pa.schema(
    [
        ("person_ref", pa.string()),
        ("case_id", pa.string()),
        ("loan_ref", pa.string()),
        ("bucket", pa.string()),
        ("hold", pa.string()),  # data_doubt or missing, if one is running on the day
        ("accepted_book_on", pa.date32()),
    ]
)
OPEN_CASES = pa.schema(
    [
        ("person_ref", pa.string()),
        ("case_id", pa.string()),
        ("bucket_rank", pa.int32()),
        ("treatment", pa.string()),
        ("some_cured", pa.bool_()),  # a loan left it earlier because it was paid up
    ]
)
CLOSED_CASES = pa.schema(
    [
        ("person_ref", pa.string()),
        ("case_id", pa.string()),  # the one that closed last
        ("opened_that_day", pa.int32()),  # cases of this person that opened on the day
    ]
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known on the day.

    Parameters
    ----------
    aged
        Overdue loans that may be collected: the frame of :func:`arrears.book.age.age`.
    persons
        One row per person with such a loan: :func:`arrears.book.persons.per_person` with the
        treatment's columns (treatment, rule, table, version, arm).
    open_loans, open_cases, closed_cases
        Of the stored cases: :data:`OPEN_LOANS`, :data:`OPEN_CASES`, :data:`CLOSED_CASES`.
    """

    aged: pa.Table
    persons: pa.Table
    open_loans: pa.Table
    open_cases: pa.Table
    closed_cases: pa.Table


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be written, one Arrow table each; every row names its ``person_ref``."""

    cases: pa.Table
    loans: pa.Table
    events: pa.Table
    spans: pa.Table


# A loan that is no longer overdue is cured only by a book of that day or later in which it was
# accepted (docs/tape.md); a doubt about its data keeps it where it is.
_LOANS = """
CREATE OR REPLACE TEMP TABLE d_loans AS
SELECT coalesce(a.person_id, o.person_ref) AS person_ref,
       coalesce(a.loan_id, o.loan_ref) AS loan_ref,
       {loan_id} AS loan_id,
       o.case_id,
       o.bucket AS bucket_before,
       o.loan_ref IS NULL AS joins,
       CASE WHEN a.loan_id IS NOT NULL THEN 'overdue'
            WHEN o.hold IS NOT NULL THEN 'held'
            WHEN o.accepted_book_on >= $as_of THEN 'cured'
            ELSE 'waiting' END AS fate,
       o.hold,
       a.* EXCLUDE (loan_id, person_id)
FROM aged a
FULL JOIN open_loans o ON o.loan_ref = a.loan_id AND o.person_ref = a.person_id
"""
_CASES = """
CREATE OR REPLACE TEMP TABLE d_cases AS
WITH fates AS (
  SELECT person_ref,
         bool_or(fate = 'overdue') AS overdue,
         bool_or(fate IN ('held', 'waiting')) AS kept,
         bool_or(fate = 'cured') AS cured,
         min(hold) AS hold  -- data_doubt sorts before missing
  FROM d_loans GROUP BY person_ref
)
SELECT coalesce(f.person_ref, c.person_ref) AS person_ref,
       {person_id} AS person_id,
       coalesce(c.case_id, {case_id}) AS case_id,
       CASE WHEN c.case_id IS NULL THEN 'open'
            WHEN f.overdue OR f.kept THEN 'go_on'
            WHEN f.cured OR c.some_cured THEN 'cure'
            ELSE 'withdraw' END AS change,
       z.case_id AS previous_id,
       coalesce(f.overdue, false) AS fresh,
       coalesce(f.cured, false) AS some_cured,
       CASE WHEN f.overdue OR f.kept THEN f.hold END AS hold,
       c.bucket_rank AS rank_before,
       c.treatment AS treatment_before,
       substr(p.bucket, 2, 1)::INTEGER AS bucket_rank,
       p.* EXCLUDE (person_id, as_of, loan_id)
FROM fates f
FULL JOIN open_cases c ON c.person_ref = f.person_ref
LEFT JOIN persons p ON p.person_id = f.person_ref
LEFT JOIN closed_cases z ON z.person_ref = f.person_ref AND c.case_id IS NULL
"""
_SPANS = """
CREATE OR REPLACE TEMP TABLE d_spans AS
SELECT person_ref, loan_ref, loan_id, CASE WHEN fate = 'overdue' THEN bucket END AS bucket
FROM d_loans
WHERE (fate = 'overdue' AND bucket IS DISTINCT FROM bucket_before) OR fate = 'cured'
"""
# The ordinal is the order of the kinds within a day.
_EVENTS = """
CREATE OR REPLACE TEMP TABLE d_events AS
WITH lines AS (
  SELECT person_ref, case_id, 1 AS ordinal, 'opened' AS kind, NULL AS loan_ref,
         json_object('bucket', bucket, 'loans', loans_count, 'currency', currency,
                     'overdue_minor', overdue_minor, 'treatment', treatment, 'arm', arm) AS data
  FROM d_cases WHERE change = 'open'
  UNION ALL
  SELECT l.person_ref, c.case_id, 2, 'loan_joined', l.loan_ref,
         json_object('bucket', l.bucket, 'currency', l.currency, 'overdue_minor', l.overdue_minor)
  FROM d_loans l JOIN d_cases c USING (person_ref)
  WHERE l.joins AND l.fate = 'overdue' AND c.change = 'go_on'
  UNION ALL
  SELECT person_ref, case_id, 3, 'loan_left', loan_ref, json_object('because', fate)
  FROM d_loans WHERE fate = 'cured'
  UNION ALL
  SELECT person_ref, case_id, 4, if(bucket_rank > rank_before, 'escalated', 'eased'), NULL,
         json_object('from', {name_before}, 'to', bucket)
  FROM d_cases WHERE change = 'go_on' AND fresh AND bucket_rank <> rank_before
  UNION ALL
  SELECT person_ref, case_id, 5, 'treated', NULL,
         json_object('from', treatment_before, 'to', treatment, 'arm', arm)
  FROM d_cases WHERE change = 'go_on' AND fresh AND treatment IS DISTINCT FROM treatment_before
  UNION ALL
  SELECT person_ref, case_id, 8, {closed}, NULL, json_object()
  FROM d_cases WHERE change IN ('cure', 'withdraw')
)
SELECT {event_id} AS id, person_ref, case_id, ordinal, kind, {loan_id} AS loan_id,
       data::VARCHAR AS data
FROM lines
"""


def _named(kind: str, *expressions: str) -> str:
    """SQL of the name-based id of text expressions, as text."""
    joined = "".join(f" || chr(31) || {expression}" for expression in expressions)
    return NAMED_SQL_DUCKDB.format(f"('{kind}'{joined})") + "::VARCHAR"


def _statements() -> list[str]:
    day = "$as_of::VARCHAR"
    number = "(1 + coalesce(z.opened_that_day, 0))::VARCHAR"
    return [
        _LOANS.format(loan_id=_named("loan", "coalesce(a.loan_id, o.loan_ref)")),
        _CASES.format(
            case_id=_named("case", "f.person_ref", day, number),
            person_id=_named("person", "coalesce(f.person_ref, c.person_ref)"),
        ),
        _SPANS,
        _EVENTS.format(
            event_id=_named("event", "case_id", "kind", "coalesce(loan_ref, '')", day),
            loan_id=f"CASE WHEN loan_ref IS NOT NULL THEN {_named('loan', 'loan_ref')} END",
            name_before="CASE WHEN rank_before < 7 THEN 'M' || rank_before ELSE 'M7+' END",
            closed=f"CASE change WHEN 'cure' THEN '{CURED}' ELSE '{WITHDRAWN}' END",
        ),
    ]


def decide(con: Any, facts: Facts, as_of: date) -> Changes:
    """What the day changes in the cases.

    A person with an overdue loan has an open case; a relapse opens a new one that links to the
    one before. A case goes on while a loan of it is overdue, in doubt, or waits for a book that
    is recent enough to cure it. It closes as cured if a loan of it was paid up, else as
    withdrawn.

    Parameters
    ----------
    con
        A DuckDB connection (not Ibis): its temporary tables ``d_…`` are replaced.
    facts
        See :class:`Facts`.
    as_of
        The business day.

    Returns
    -------
    Changes
        ``cases``: person_ref, person_id, case_id, change (open, go_on, cure, withdraw),
        previous_id, fresh (figures are of this day), hold, figures and treatment.
        ``loans``: person_ref, loan_ref, loan_id, fate (overdue, held, waiting, cured), figures.
        ``events``: the lines of the timeline. ``spans``: loan and its bucket from this day on
        (null: it is in good standing again). Each sorted by its key. Ids are name-based, so
        that the same day decided again writes the same rows (V16).
    """
    for name in Facts.__slots__:
        con.register(name, getattr(facts, name))
    for statement in _statements():
        con.execute(statement, {"as_of": as_of} if "$as_of" in statement else None)
    changes = Changes(
        cases=_table(con, "d_cases", "person_ref"),
        loans=_table(con, "d_loans", "person_ref, loan_ref"),
        events=_table(con, "d_events", "id"),
        spans=_table(con, "d_spans", "loan_ref"),
    )
    for name in Facts.__slots__:
        con.unregister(name)
    return changes


def _table(con: Any, name: str, key: str) -> pa.Table:
    return con.sql(f"SELECT * FROM {name} ORDER BY {key}").to_arrow_table()
