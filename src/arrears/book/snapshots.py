"""The snapshot form of the tape: states by the month instead of a schedule and payments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis

from arrears.book.age.bucket import BUCKETS, bucket
from arrears.book.age.frame import SCHEMA
from arrears.book.exact import total

CURRENT = "current"
"""Where the buckets name a loan that is not overdue, in history and roll rates."""
MISSING = "missing"
"""Where a loan of one month has no snapshot in the next."""


def age_snapshots(tables: Mapping[str, Any], as_of: date) -> Any:
    """One row per loan that is overdue by its latest snapshot on or before the day.

    Parameters
    ----------
    tables
        Accepted ``loans`` and ``snapshots``.
    as_of
        The day; the state is that of the snapshot, not carried forward.

    Returns
    -------
    ibis.Table
        The columns of ageing. What a snapshot does not tell is null: the parts, late interest,
        ``oldest_due_on``, payments and history; ``days_past_due`` too where only months are
        told, and ``overdue_minor`` where it is not delivered.
    """
    snapshots = tables["snapshots"].rename(state_on="as_of")
    past = snapshots.filter(snapshots.state_on <= ibis.literal(as_of))
    latest = past.group_by("loan_id").agg(state_on=past.state_on.max())
    state = past.join(latest, ["loan_id", "state_on"])
    row = state.join(tables["loans"], "loan_id").mutate(bucket=_bucket_or_null)
    # A lender that says late and owes nothing says that nothing is overdue.
    overdue = row.filter(row.bucket.notnull() & (row.overdue_minor.fill_null(1) > 0))
    days = overdue.days_past_due
    after_grace = ibis.greatest(days - overdue.grace_days, ibis.literal(0, type="int32"))
    known = {
        "loan_id": overdue.loan_id,
        "person_id": overdue.person_id,
        "as_of": ibis.literal(as_of),
        "currency": overdue.currency,
        "overdue_minor": overdue.overdue_minor,
        "days_past_due": days,
        # Null days stay null; `greatest` would take the other side.
        "days_past_due_after_grace": days.notnull().ifelse(after_grace, ibis.null("int32")),
        "bucket": overdue.bucket,
    }
    return overdue.select(
        **{
            name: known[name].cast(kind) if name in known else ibis.null(kind)
            for name, kind in SCHEMA.items()
        }
    )


def bucket_history(tables: Mapping[str, Any]) -> Any:
    """One row per snapshot: the bucket of each loan, month by month.

    Returns
    -------
    ibis.Table
        loan_id, as_of, bucket (``current`` if not overdue), days_past_due, months_past_due,
        balance_minor, overdue_minor, paid_minor; unsorted.
    """
    rows = tables["snapshots"].mutate(bucket=_bucket)
    return rows.select(
        "loan_id",
        "as_of",
        "bucket",
        "days_past_due",
        "months_past_due",
        "balance_minor",
        "overdue_minor",
        "paid_minor",
    )


def roll_rates(tables: Mapping[str, Any]) -> Any:
    """How loans moved between buckets from each month to the next.

    Of several snapshots in one month the last counts.

    Returns
    -------
    ibis.Table
        from_month, to_month (their first days), from_bucket, to_bucket (``current``, ``M1`` …
        ``M7+``; to ``missing`` where the next month has none), loans, and from_loans (all loans
        of that month and bucket: the rate is their quotient); sorted.
    """
    history = bucket_history(tables)
    history = history.mutate(month=history.as_of.truncate("M"))
    last = history.group_by("loan_id", "month").agg(as_of=history.as_of.max())
    months = history.join(last, ["loan_id", "month", "as_of"]).select("loan_id", "month", "bucket")
    newest = months.month.max().as_scalar()
    start = months.filter(months.month < newest)
    start = start.mutate(to_month=(start.month + ibis.interval(months=1)).cast("date"))
    then = months.rename(to_month="month", to_bucket="bucket")
    moved = start.left_join(then, ["loan_id", "to_month"])
    pairs = moved.group_by(
        from_month=moved.month,
        to_month=moved.to_month,
        from_bucket=moved.bucket,
        to_bucket=moved.to_bucket.fill_null(MISSING),
    ).agg(loans=moved.count())
    sums = ibis.window(group_by=["from_month", "from_bucket"])
    return pairs.mutate(from_loans=total(pairs.loans).over(sums).cast("int64")).order_by(
        "from_month", "to_month", "from_bucket", "to_bucket"
    )


def _bucket_or_null(row: Any) -> Any:
    """The bucket of a snapshot; null if it is not overdue. Days say more than months."""
    months = row.months_past_due
    branches = [(months == m, ibis.literal(name)) for m, name in enumerate(BUCKETS[:-1], start=1)]
    by_months = ibis.cases(
        (months <= 0, ibis.null("string")), *branches, else_=ibis.literal(BUCKETS[-1])
    )
    by_days = (row.days_past_due > 0).ifelse(bucket(row.days_past_due), ibis.null("string"))
    return ibis.cases(
        (row.days_past_due.notnull(), by_days),
        (months.notnull(), by_months),
        else_=ibis.null("string"),
    )


def _bucket(row: Any) -> Any:
    return _bucket_or_null(row).fill_null(CURRENT)
