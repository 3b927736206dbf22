"""Step 7: what stands where at the end of the day."""

from __future__ import annotations

from typing import Any

from django.db import connection

from arrears.book.exact import total
from arrears.cases.models import BUCKETS
from arrears.daily.steps.day import Day
from arrears.store.transactions import At

_OPEN = "SELECT count(*) FROM cases_case WHERE state = 'open'"
_TREATMENTS = """
SELECT treatment, count(*) FROM cases_case WHERE state = 'open'
GROUP BY treatment ORDER BY count(*) DESC, treatment
"""


def summary(day: Day, at: At) -> dict[str, Any]:
    """Overdue loans and money by bucket and currency, open cases, next treatments."""
    aged = day.duckdb.read_parquet(day.aged)
    grouped = aged.group_by(["bucket", "currency"]).agg(
        loans=aged.count(), overdue_minor=total(aged.overdue_minor)
    )
    buckets: dict[str, Any] = {name: {"loans": 0, "overdue_minor": {}} for name in BUCKETS}
    for row in grouped.order_by(["bucket", "currency"]).to_pyarrow().to_pylist():
        bucket = buckets[row["bucket"]]
        bucket["loans"] += row["loans"]
        if row["overdue_minor"] is not None:
            # Monthly states without amounts: how much is overdue is unknown, not nothing.
            bucket["overdue_minor"][row["currency"]] = int(row["overdue_minor"])
    with connection.cursor() as cursor:
        cursor.execute(_OPEN)
        open_cases = cursor.fetchone()[0]
        cursor.execute(_TREATMENTS)
        treatments = dict(cursor.fetchall())
    return {"buckets": buckets, "open": open_cases, "treatments": treatments}
