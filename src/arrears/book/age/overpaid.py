"""Money beyond all that is scheduled, the future instalments too."""

from __future__ import annotations

from typing import Any

import ibis

from arrears.book.exact import WIDE, total


def overpaid_among(instalments: Any, sums: Any, loans: Any) -> Any:
    """One row per loan for which more was paid than is scheduled.

    Parameters
    ----------
    instalments
        All instalments of the loans looked at.
    sums
        Sums of their standing payments (step 3).
    loans
        For the currency; a loan without instalments has everything overpaid.

    Returns
    -------
    ibis.Table
        ``loan_id, currency, overpaid_minor, last_paid_on``.
    """
    scheduled = instalments.group_by("loan_id").agg(
        scheduled=total(
            instalments.principal_minor + instalments.interest_minor + instalments.fee_minor
        )
    )
    row = sums.left_join(scheduled, "loan_id", rname="due_{name}")
    row = row.mutate(excess=row.paid - row.scheduled.fill_null(ibis.literal(0, type=WIDE)))
    row = row.filter(row.excess > 0).join(loans.select("loan_id", "currency"), "loan_id")
    return row.select(
        "loan_id",
        "currency",
        overpaid_minor=row.excess.cast("int64"),
        last_paid_on=row.last_paid_on,
    )
