"""How a loan came to be overdue, as the screens tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from arrears.book.explain import LoanTold
from arrears.console import pictures
from arrears.loans.queries import LoanDetail, tell_loan


@dataclass(frozen=True)
class Told:
    """The ageing of a loan with its picture.

    Parameters
    ----------
    snapshots_only
        The lender delivers states, no schedule: there is nothing to retell.
    """

    loan: LoanTold | None
    growth: pictures.Growth | None
    snapshots_only: bool


def told_of(detail: LoanDetail, as_of: date) -> Told:
    """Retell the loan as of the day."""
    told = tell_loan(detail, as_of)
    if told is None:
        return Told(None, None, snapshots_only=not detail.cut_short)
    standing = [
        (payment.paid_on, payment.amount_minor)
        for payment in told.payments
        if payment.taken_back_on is None
    ]
    return Told(
        told, pictures.growth(told.growth, standing, as_of, told.currency), snapshots_only=False
    )
