"""Step 4: what is still unpaid of all that fell due before the day, part by part."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from arrears.book.age.late import PASSED_DAYS
from arrears.book.age.match import unpaid
from arrears.book.age.waterfall import PARTS
from arrears.book.exact import days_between, total, wide


def still_open(laid: Any, sums: Any, as_of: date) -> Any:
    """Per loan, from the instalments that the payments do not reach, or not wholly.

    Parameters
    ----------
    laid, sums
        The stretches and the sums paid of step 3.
    as_of
        The day.

    Returns
    -------
    ibis.Table
        ``loan_id, fee, interest, principal`` (open units), ``oldest_due_on``, ``open_units``
        (open principal times days since its due day), ``open_over`` (instalments open for
        more than 30 days), ``last_paid_on``.
    """
    row = laid.join(sums, "loan_id", how="left", rname="sums_{name}")
    zero = ibis.literal(0, type="decimal(38, 0)")
    row = row.mutate(paid=row.paid.fill_null(zero))
    # An instalment of sum 0 is paid on its due day: its end is its start.
    row = row.filter((row.end > row.paid) & (row.end > row.start))
    days = days_between(as_of, row.due_on)
    parts = {part: unpaid(row, part) for part in PARTS}
    row = row.select(
        "loan_id",
        "due_on",
        "last_paid_on",
        **parts,
        days=days,
        units=parts["principal"] * wide(days),
    )
    return row.group_by("loan_id").agg(
        **{part: total(row[part]) for part in PARTS},
        oldest_due_on=row.due_on.min(),
        open_units=total(row.units),
        open_over=(row.days > PASSED_DAYS).sum(),
        last_paid_on=row.last_paid_on.max(),
    )
