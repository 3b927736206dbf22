"""Money beyond all that is scheduled, the future instalments too."""

from __future__ import annotations

from typing import Any

from arrears.book.exact import literal


def overpaid_among(candidates: Any, sums: Any, loans: Any) -> Any:
    """One row per loan for which more was paid than is scheduled.

    Parameters
    ----------
    candidates
        The loans of step 2, for ``excess``.
    sums
        What was made and what of it stands, per loan (step 3).
    loans
        For the currency; a loan without instalments has everything overpaid.

    Returns
    -------
    ibis.Table
        ``loan_id, currency, overpaid_minor, last_paid_on``.
    """
    over = candidates.filter(candidates.excess > literal(0))
    row = over.join(sums, "loan_id", rname="sums_{name}")
    row = row.mutate(left=row.excess - (row.made - row.paid))
    row = row.filter(row.left > literal(0))
    row = row.join(loans.select("loan_id", "currency"), "loan_id", rname="of_{name}")
    return row.select(
        "loan_id",
        "currency",
        overpaid_minor=row.left.cast("int64"),
        last_paid_on=row.last_paid_on,
    )
