"""Step 1: which payments count on the day. One that was taken back never happened."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis


def made(payments: Any, as_of: date) -> Any:
    """Payments with ``paid_on <= as_of``, each with ``stands``: whether it was not taken back.

    A row with ``paid_on <= as_of`` that reverses a payment takes it back, and is no payment
    itself.
    """
    known = payments.filter(payments.paid_on <= ibis.literal(as_of))
    taken_back = known.filter(known.reverses.notnull()).select(taken="reverses").distinct()
    rows = known.filter(known.reverses.isnull()).drop("reverses")
    beside = rows.left_join(taken_back, rows.payment_id == taken_back.taken)
    return beside.select(*rows.columns, stands=beside.taken.isnull())


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
