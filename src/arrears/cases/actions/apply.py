"""Write what a day changes in the cases: in sets, and person by person where a set fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import pyarrow as pa
from django.db import DataError, IntegrityError, connection, transaction

from arrears.cases.actions.on_record import Told, put_on_record
from arrears.cases.actions.remains import remains
from arrears.cases.rules import CURED, WITHDRAWN, Changes
from arrears.store.staging import BATCH_ROWS, stage
from arrears.store.transactions import At

Progress = Callable[[int, int], None]

_FIGURES = {
    "currency": "text",
    "overdue_minor": "bigint",
    "late_interest_minor": "bigint",
    "other_currencies": "boolean",
    "loans_count": "int",
    "days_past_due": "int",
    "days_past_due_after_grace": "int",
    "product": "text",
    "jurisdiction": "text",
    "max_days_past_due_ever": "int",
    "times_over_30": "int",
    "bucket": "text",
    "bucket_rank": "smallint",
}
# Ours → the name in the frame of treatments.
_TREATMENT = {
    "treatment": "treatment",
    "treatment_rule": "rule",
    "treatment_table": "table",
    "treatment_version": "version",
    "treatment_arm": "arm",
}
_CASES = {
    "person_ref": "text",
    "person_id": "uuid",
    "case_id": "uuid",
    "change": "text",
    "previous_id": "uuid",
    "fresh": "boolean",
    "some_cured": "boolean",
    "hold": "text",
    **_FIGURES,
    **{name: "int" if name == "version" else "text" for name in _TREATMENT.values()},
}
_LOAN_FIGURES = {
    "as_of": "date",
    "currency": "text",
    "principal_overdue_minor": "bigint",
    "interest_overdue_minor": "bigint",
    "fee_overdue_minor": "bigint",
    "overdue_minor": "bigint",
    "late_interest_minor": "bigint",
    "oldest_due_on": "date",
    "days_past_due": "int",
    "days_past_due_after_grace": "int",
    "bucket": "text",
    "last_paid_on": "date",
    "max_days_past_due_ever": "int",
    "times_over_30": "int",
}
_LOANS = {
    "person_ref": "text",
    "loan_id": "uuid",
    "case_id": "uuid",
    "fate": "text",
    **_LOAN_FIGURES,
}
_EVENTS = {
    "id": "uuid",
    "person_ref": "text",
    "case_id": "uuid",
    "ordinal": "smallint",
    "kind": "text",
    "loan_id": "uuid",
    "data": "text",
}
_SPANS = {"person_ref": "text", "loan_id": "uuid", "bucket": "text"}


def _listed(names: Any, prefix: str = "") -> str:
    return ", ".join(f'{prefix}"{name}"' for name in names)


_OPEN = f"""
INSERT INTO cases_case (id, person_id, state, opened_on, previous_id, as_of, worst_bucket_rank,
                        treated_since, hold, {_listed(_FIGURES)}, {_listed(_TREATMENT)})
SELECT t.case_id, t.person_id, 'open', %(as_of)s, t.previous_id, %(as_of)s, t.bucket_rank,
       %(as_of)s, t.hold, {_listed(_FIGURES, "t.")}, {_listed(_TREATMENT.values(), "t.")}
FROM t_cases t WHERE t.change = 'open' {{only}}
"""
_GO_ON = f"""
UPDATE cases_case c SET as_of = %(as_of)s, hold = t.hold,
  worst_bucket_rank = greatest(c.worst_bucket_rank, t.bucket_rank),
  treated_since = CASE WHEN c.treatment = t.treatment THEN c.treated_since ELSE %(as_of)s END,
  {", ".join(f"{name} = t.{name}" for name in _FIGURES)},
  {", ".join(f'{ours} = t."{theirs}"' for ours, theirs in _TREATMENT.items())}
FROM t_cases t WHERE c.id = t.case_id AND t.change = 'go_on' AND t.fresh {{only}}
"""
_KEEP = """
UPDATE cases_case c SET hold = t.hold
FROM t_cases t WHERE c.id = t.case_id AND t.change = 'go_on' AND NOT t.fresh
  AND c.hold IS DISTINCT FROM t.hold {only}
"""
_CLOSE = f"""
UPDATE cases_case c SET closed_on = %(as_of)s, hold = NULL, as_of = %(as_of)s,
  state = CASE t.change WHEN 'cure' THEN '{CURED}' ELSE '{WITHDRAWN}' END
FROM t_cases t WHERE c.id = t.case_id AND t.change IN ('cure', 'withdraw') {{only}}
"""
_FIGURES_OF = _listed(_LOAN_FIGURES)
_AGED = f"""
INSERT INTO cases_loan (case_id, loan_id, joined_on, {_FIGURES_OF})
SELECT c.case_id, t.loan_id, %(as_of)s, {_listed(_LOAN_FIGURES, "t.")}
FROM t_loans t JOIN t_cases c ON c.person_ref = t.person_ref
WHERE t.fate = 'overdue' {{only}}
ON CONFLICT (case_id, loan_id) DO UPDATE SET
  joined_on = CASE WHEN cases_loan.left_on IS NULL THEN cases_loan.joined_on
                   ELSE excluded.joined_on END,
  left_on = NULL, left_because = NULL,
  {", ".join(f"{name} = excluded.{name}" for name in _LOAN_FIGURES)}
"""
_LEFT = """
UPDATE cases_loan k SET left_on = %(as_of)s, left_because = 'cured'
FROM t_loans t WHERE k.case_id = t.case_id AND k.loan_id = t.loan_id AND t.fate = 'cured' {only}
"""
# Where only loans are left that are held or wait, ageing has no row of this day.
_LESS = remains(
    "SELECT t.case_id FROM t_cases t"
    " WHERE t.change = 'go_on' AND NOT t.fresh AND t.some_cured {only}"
)
# A span that began this very day is taken back: half-open spans are never empty.
_SPANS_GONE = """
DELETE FROM cases_bucket_span s USING t_spans t
WHERE s.loan_id = t.loan_id AND s.until_on IS NULL AND s.from_on >= %(as_of)s {only}
"""
_SPANS_END = """
UPDATE cases_bucket_span s SET until_on = %(as_of)s FROM t_spans t
WHERE s.loan_id = t.loan_id AND s.until_on IS NULL AND s.bucket IS DISTINCT FROM t.bucket {only}
"""
_SPANS_BEGIN = """
INSERT INTO cases_bucket_span (loan_id, from_on, bucket)
SELECT t.loan_id, %(as_of)s, t.bucket FROM t_spans t
WHERE t.bucket IS NOT NULL {only} AND NOT EXISTS (
  SELECT 1 FROM cases_bucket_span s WHERE s.loan_id = t.loan_id AND s.until_on IS NULL)
"""
_EVENTS_TOLD = """
INSERT INTO cases_event (id, case_id, happened_on, ordinal, kind, loan_id, data, run_id)
SELECT t.id, t.case_id, %(as_of)s, t.ordinal, t.kind, t.loan_id, t.data::jsonb, %(run)s
FROM t_events t WHERE true {only}
ON CONFLICT (id) DO UPDATE SET data = excluded.data, run_id = excluded.run_id
"""
STATEMENTS = (
    _OPEN, _GO_ON, _KEEP, _AGED, _LEFT, _LESS, _CLOSE, _SPANS_GONE, _SPANS_END,
    _SPANS_BEGIN, _EVENTS_TOLD
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Applied:
    """What was written.

    Parameters
    ----------
    counts
        Cases by what happened to them: opened, escalated, eased, cured, withdrawn.
    parked
        ``person_ref -> error`` of the persons whose change the database refused; nothing of
        theirs was written.
    """

    counts: dict[str, int]
    parked: dict[str, str] = field(default_factory=dict)


def apply(
    at: At, changes: Changes, as_of: date, run_id: UUID, progress: Progress | None = None
) -> Applied:
    """Write the changes of a day; inside a transaction that sees the lender's book.

    All persons go in one set. If the database refuses it, the set is halved until the person
    at fault is found and parked; all the others are written.
    """
    stage("t_cases", _CASES, _batches(changes.cases, _CASES))
    stage("t_loans", _LOANS, _batches(changes.loans, _LOANS))
    stage("t_events", _EVENTS, _batches(changes.events, _EVENTS))
    stage("t_spans", _SPANS, _batches(changes.spans, _SPANS))
    given = {"as_of": as_of, "run": run_id}
    parked: dict[str, str] = {}
    error = _write(given, progress)
    if error is not None:
        persons = changes.cases["person_ref"].to_pylist()
        _halve(given, persons, error, parked)
    told = [line for person, line in _told(changes.events) if person not in parked]
    put_on_record(at, told, as_of, run_id=run_id)
    counts = Counter(line[2] for line in told)
    names = ("opened", "escalated", "eased", "cured", "withdrawn")
    return Applied({name: counts[name] for name in names}, parked)


def _told(events: pa.Table) -> Iterator[tuple[str, Told]]:
    columns = ("person_ref", "case_id", "ordinal", "kind", "loan_id", "data")
    for person, *line in zip(*(events[name].to_pylist() for name in columns), strict=True):
        yield person, (str(line[0]), line[1], line[2], line[3] and str(line[3]), line[4])


def _batches(table: pa.Table, columns: dict[str, str]) -> Iterator[pa.RecordBatch]:
    yield from table.select(list(columns)).to_batches(max_chunksize=BATCH_ROWS)


def _write(given: dict[str, Any], progress: Progress | None = None) -> Exception | None:
    """Carry out the statements, for the persons ``given["only"]`` if there; the error if refused.

    The constraints that PostgreSQL checks at the end are checked here, so that a refusal is
    told while it can still be taken back.
    """
    only = "AND t.person_ref = ANY(%(only)s)" if "only" in given else ""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for number, statement in enumerate(STATEMENTS):
                cursor.execute(statement.format(only=only), given)
                if progress is not None:
                    progress(number + 1, len(STATEMENTS))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    except (DataError, IntegrityError) as error:
        return error
    return None


def _halve(
    given: dict[str, Any], persons: list[str], error: Exception, parked: dict[str, str]
) -> None:
    """Write what can be written of persons whom the database refused as a set."""
    if len(persons) == 1:
        parked[persons[0]] = str(error).strip()
        return
    middle = len(persons) // 2
    for half in (persons[:middle], persons[middle:]):
        refused = _write({**given, "only": half})
        if refused is not None:
            _halve(given, half, refused, parked)
