"""Step 1: which payments count on the day. One that was taken back never happened."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis


def standing(payments: Any, as_of: date) -> Any:
    """Payments with ``paid_on <= as_of`` that no row with ``paid_on <= as_of`` reverses.

    A reversal is no payment itself.
    """
    known = payments.filter(payments.paid_on <= ibis.literal(as_of))
    taken_back = known.filter(known.reverses.notnull()).select(payment_id="reverses")
    made = known.filter(known.reverses.isnull())
    return made.anti_join(taken_back, "payment_id").drop("reverses")


def no_payments(instalments: Any) -> Any:
    """An empty table of payments, for a book that has none."""
    nothing = instalments.filter(ibis.literal(False))
    return nothing.select(
        payment_id=nothing.loan_id,
        loan_id=nothing.loan_id,
        paid_on=nothing.due_on,
        amount_minor=nothing.principal_minor,
        reverses=nothing.loan_id,
    )
