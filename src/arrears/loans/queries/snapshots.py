"""States by the month, for lenders that deliver them: one loan's history, and roll rates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from arrears.store.actor import Actor
from arrears.store.pages import views
from arrears.store.transactions import transaction


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """The state of a loan on a day; ``bucket`` is ``current`` where nothing is overdue."""

    as_of: date
    bucket: str
    days_past_due: int | None
    months_past_due: int | None
    balance_minor: int | None
    overdue_minor: int | None
    paid_minor: int | None


@dataclass(frozen=True, slots=True)
class LoanState:
    """A line of the bucket history of all loans: one loan on the day of one snapshot."""

    loan_ref: str
    as_of: date
    bucket: str
    days_past_due: int | None
    months_past_due: int | None
    balance_minor: int | None
    overdue_minor: int | None
    paid_minor: int | None


@dataclass(frozen=True, slots=True)
class RollRate:
    """How many loans went from one bucket to another from a month to the next.

    ``to_bucket`` is ``missing`` where the next month has no state; ``from_loans`` counts all
    loans of the month in ``from_bucket``, so that ``loans / from_loans`` is the rate.
    """

    from_month: date
    to_month: date
    from_bucket: str
    to_bucket: str
    loans: int
    from_loans: int


# As book.snapshots has it; a test holds them equal.
_BUCKET = """
CASE WHEN days_past_due <= 0 OR (days_past_due IS NULL AND months_past_due <= 0) THEN 'current'
     WHEN coalesce((days_past_due - 1) / 30 + 1, months_past_due) >= 7 THEN 'M7+'
     ELSE 'M' || coalesce((days_past_due - 1) / 30 + 1, months_past_due) END
"""
_OF_LOAN = f"""
SELECT as_of, {_BUCKET} AS bucket, days_past_due, months_past_due, balance_minor, overdue_minor,
       paid_minor
FROM loans_snapshot WHERE loan_id = %s ORDER BY as_of DESC LIMIT 240
"""
_EACH = f"""
SELECT l.loan_ref, s.as_of, {_BUCKET} AS bucket, s.days_past_due, s.months_past_due,
       s.balance_minor, s.overdue_minor, s.paid_minor
FROM loans_snapshot s JOIN loans_loan l ON l.id = s.loan_id
WHERE (l.loan_ref, s.as_of) > (%s, %s) ORDER BY l.loan_ref, s.as_of LIMIT %s
"""
_ROLLS = f"""
WITH months AS (
  SELECT DISTINCT ON (loan_id, date_trunc('month', as_of))
         loan_id, date_trunc('month', as_of)::date AS month, {_BUCKET} AS bucket
  FROM loans_snapshot ORDER BY loan_id, date_trunc('month', as_of), as_of DESC
), moved AS (
  SELECT a.month AS from_month, (a.month + interval '1 month')::date AS to_month,
         a.bucket AS from_bucket, coalesce(b.bucket, 'missing') AS to_bucket
  FROM months a LEFT JOIN months b
    ON b.loan_id = a.loan_id AND b.month = (a.month + interval '1 month')::date
  WHERE a.month < (SELECT max(month) FROM months)
)
SELECT from_month, to_month, from_bucket, to_bucket, count(*) AS loans,
       (sum(count(*)) OVER (PARTITION BY from_month, from_bucket))::bigint AS from_loans
FROM moved GROUP BY from_month, to_month, from_bucket, to_bucket
ORDER BY from_month, to_month, from_bucket, to_bucket LIMIT 20000
"""


def snapshots_of_loan(actor: Actor, loan_id: UUID) -> tuple[SnapshotView, ...]:
    """The states of one loan, oldest first, the last 240; needs ``cases.read``."""
    actor.require("cases.read")
    with transaction(actor):
        return views(SnapshotView, _OF_LOAN, [loan_id])[::-1]


def roll_rates(actor: Actor) -> tuple[RollRate, ...]:
    """The roll-rate matrix of every month, in order; empty without snapshots; ``data.read``."""
    actor.require("data.read")
    with transaction(actor):
        return views(RollRate, _ROLLS)


def each_state(actor: Actor, chunk: int = 50_000) -> Iterator[LoanState]:
    """The bucket history of every loan, by loan and day, for an export; needs ``data.read``."""
    actor.require("data.read")
    after: tuple[str, date] = ("", date.min)
    while True:
        with transaction(actor):
            rows = views(LoanState, _EACH, [*after, chunk])
        yield from rows
        if len(rows) < chunk:
            return
        after = (rows[-1].loan_ref, rows[-1].as_of)
