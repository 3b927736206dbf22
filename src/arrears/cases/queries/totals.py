"""What stands where: open cases by bucket and by treatment."""

from __future__ import annotations

from decimal import Decimal

from arrears.cases.queries.views import BucketTotal, TreatmentTotal
from arrears.store.actor import Actor
from arrears.store.pages import select, views
from arrears.store.transactions import transaction

_BUCKETS = """
SELECT k.bucket, k.currency, count(*) AS loans, sum(k.overdue_minor) AS overdue_minor
FROM cases_loan k JOIN cases_case c ON c.id = k.case_id
WHERE c.state = 'open' AND k.left_on IS NULL
GROUP BY k.bucket, k.currency ORDER BY k.bucket, k.currency LIMIT 1000
"""
_TREATMENTS = """
SELECT treatment, count(*) AS cases FROM cases_case WHERE state = 'open'
GROUP BY treatment ORDER BY cases DESC, treatment LIMIT 100
"""


def bucket_totals(actor: Actor) -> tuple[BucketTotal, ...]:
    """Loans and money of the open cases by bucket and currency; needs ``cases.read``."""
    actor.require("cases.read")
    with transaction(actor):
        return tuple(
            BucketTotal(row["bucket"], row["currency"], row["loans"], _whole(row["overdue_minor"]))
            for row in select(_BUCKETS)
        )


def _whole(total: Decimal | None) -> int | None:
    """PostgreSQL sums to numeric; of nothing known the sum is unknown, not zero."""
    return None if total is None else int(total)


def treatment_totals(actor: Actor) -> tuple[TreatmentTotal, ...]:
    """How many open cases have which treatment next; needs ``cases.read``."""
    actor.require("cases.read")
    with transaction(actor):
        return views(TreatmentTotal, _TREATMENTS)
