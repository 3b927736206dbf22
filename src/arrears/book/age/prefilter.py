"""Step 2: who can be overdue, or overpaid, at all; a few loans in a hundred go on.

Payments go to the oldest instalment first, so that a loan is overdue exactly when less was paid
than fell due: two sums, no matching. Reversals are netted by amount (each equals the payment it
takes back), which reads no payment ids. If a tape reverses one payment twice, the loan counts
as a candidate too often, never too seldom; the later steps are exact.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from arrears.book.exact import is_spark, wide


def candidates(con: Any, instalments: Any, payments: Any, as_of: date) -> Any:
    """One row per loan that may be overdue or overpaid on the day.

    Returns
    -------
    ibis.Table
        ``loan_id``; ``owing``: whether more fell due before the day than was paid; ``excess``:
        what was paid, payments taken back later included, less all that is scheduled.
    """
    # The 128-bit sum of 64-bit numbers is DuckDB's own; Spark needs to be told.
    exact = wide if is_spark(con) else (lambda value: value)
    scheduled = instalments.principal_minor + instalments.interest_minor + instalments.fee_minor
    nothing = ibis.literal(0, type="int64")
    # A condition inside the sum, not a filter: DuckDB 2.0 turns a filter on a date under a
    # grouping by a clustered text key into twenty scans.
    due = (instalments.due_on < ibis.literal(as_of)).ifelse(scheduled, nothing)
    known = payments.filter(payments.paid_on <= ibis.literal(as_of))
    amount = known.amount_minor.cast("int64")
    taken_back = known.reverses.notnull()
    lines = ibis.union(
        instalments.select("loan_id", owed=exact(due), excess=exact(-scheduled)),
        known.select(
            "loan_id",
            owed=exact(taken_back.ifelse(amount, -amount)),
            excess=exact(taken_back.ifelse(nothing, amount)),
        ),
    )
    sums = lines.group_by("loan_id").agg(owed=lines.owed.sum(), excess=lines.excess.sum())
    some = sums.filter((sums.owed > 0) | (sums.excess > 0))
    return some.select("loan_id", owing=some.owed > 0, excess=wide(some.excess))
