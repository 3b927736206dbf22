"""Step 5: what was paid late: for late interest, and for the loan's history."""

from __future__ import annotations

from typing import Any

import ibis

from arrears.book.exact import days_between, total, wide

PASSED_DAYS = 30


def paid_late(laid: Any, paid: Any) -> Any:
    """Per loan, from the pieces that a payment settled after their due day.

    Parameters
    ----------
    laid, paid
        The stretches of step 3, instalments due before the day only.

    Returns
    -------
    ibis.Table
        ``loan_id``; ``late_units``: principal times days late, summed; ``late_days_max`` and
        ``late_over``: over the instalments whose last unit came late, the longest lateness
        and how many passed 30 days.
    """
    # An instalment of sum 0 has no unit to be late, though a payment may reach around it.
    laid = laid.filter(laid.start < laid.end)
    meeting = laid.join(
        paid,
        [
            laid.loan_id == paid.loan_id,
            laid.start < paid.end,
            paid.start < laid.end,
            laid.due_on < paid.paid_on,
        ],
        rname="pay_{name}",
    )
    days = days_between(meeting.paid_on, meeting.due_on)
    piece = ibis.greatest(
        ibis.least(meeting.principal_end, meeting.pay_end)
        - ibis.greatest(meeting.principal_start, meeting.pay_start),
        ibis.literal(0, type="decimal(38, 0)"),
    )
    settles = meeting.end <= meeting.pay_end
    none = ibis.literal(0, type="int32")
    row = meeting.select("loan_id", units=piece * wide(days), days=settles.ifelse(days, none))
    return row.group_by("loan_id").agg(
        late_units=total(row.units),
        late_days_max=row.days.max(),
        late_over=(row.days > PASSED_DAYS).sum(),
    )
