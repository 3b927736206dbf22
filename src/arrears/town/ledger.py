"""The lender's own books: what they say of each loan, right for most and different for some."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from arrears.kernel.money import round_half_even
from arrears.town.draws import Draws, Ints
from arrears.town.lending import Lending, Schedule
from arrears.town.paying import REVERSAL, Payments

_YEAR = 10_000 * 365


@dataclass(frozen=True)
class Ledger:
    """The state of each loan on the town's last day; -1 where the lender gives no figure."""

    open_minor: Ints  # of everything scheduled, paid or not yet due
    longest_late: Ints  # days since the oldest unpaid due day; 0 if none is past
    payoff_minor: Ints
    late_interest_minor: Ints


def keep_books(
    draws: Draws, lending: Lending, schedule: Schedule, payments: Payments, until: int
) -> Ledger:
    """Book every payment to the oldest instalment: fee, then interest, then principal.

    The payoff is what is past due and unpaid, with the principal that is not due yet. One loan
    in 30 shows what real books show: a fee forgotten, late interest rounded day by day.
    """
    received = _received(lending, payments)
    by_loan = _slices(schedule.loan, lending.count)
    columns = (schedule.due, schedule.principal_minor, schedule.interest_minor, schedule.fee_minor)
    due, principal, interest, fee = (column.tolist() for column in columns)
    rates = lending.overdue_rate_bps.tolist()
    rows: list[tuple[int, int, int, int]] = []
    for loan in range(lending.count):
        start, end = by_loan[loan], by_loan[loan + 1]
        parts = [(due[i], fee[i] + interest[i], principal[i]) for i in range(start, end)]
        rows.append(_settle(parts, received[loan], rates[loan], until))
    table = np.array(rows, dtype=np.int64).reshape(-1, 4)
    payoff, late = table[:, 2], table[:, 3]
    off = draws.chance("payoff differs", lending.key, 200) & (payoff > 0)
    payoff = np.where(off, payoff + draws.between("payoff off by", lending.key, 100, 9_900), payoff)
    off = draws.chance("late interest differs", lending.key, 1_500) & (late > 0)
    late = np.where(off, late + draws.between("late off by", lending.key, 1, 60), late)
    silent = draws.chance("no figures", lending.key, 1_000)
    return Ledger(
        table[:, 0], table[:, 1], np.where(silent, -1, payoff), np.where(silent, -1, late)
    )


def _slices(loan: Ints, count: int) -> list[int]:
    cuts = np.searchsorted(loan, np.arange(count + 1, dtype=np.int64))
    bounds: list[int] = cuts.tolist()
    return bounds


def _received(lending: Lending, payments: Payments) -> list[list[tuple[int, int]]]:
    """Day and amount of what still stands, loan by loan, in the order of days."""
    taken_back = payments.what == REVERSAL
    bounced = set(
        zip(payments.loan[taken_back].tolist(), payments.seq[taken_back].tolist(), strict=True)
    )
    received: list[list[tuple[int, int]]] = [[] for _ in range(lending.count)]
    for loan, seq, what, day, amount in zip(
        payments.loan.tolist(),
        payments.seq.tolist(),
        payments.what.tolist(),
        payments.paid.tolist(),
        payments.amount_minor.tolist(),
        strict=True,
    ):
        if what != REVERSAL and not (what == 0 and (loan, seq) in bounced):
            received[loan].append((day, amount))
    return received


def _settle(
    parts: list[tuple[int, int, int]], received: list[tuple[int, int]], rate: int, until: int
) -> tuple[int, int, int, int]:
    """What is open in all, for how long, the payoff, and the late interest, of one loan."""
    money = iter(received)
    day, left = next(money, (0, 0))
    open_minor = oldest = payoff = accrued = 0
    for due, before, principal in parts:
        unpaid = [before, principal]
        for part in (0, 1):
            while unpaid[part] and left:
                taken = min(left, unpaid[part])
                unpaid[part] -= taken
                left -= taken
                if part and day > due and due < until:
                    accrued += taken * (day - due)
                if not left:
                    day, left = next(money, (0, 0))
        open_minor += unpaid[0] + unpaid[1]
        if due < until:
            payoff += unpaid[0] + unpaid[1]
            accrued += unpaid[1] * (until - due)
            if unpaid[0] + unpaid[1] and not oldest:
                oldest = due
        else:
            payoff += unpaid[1]
    late = round_half_even(accrued * rate, _YEAR) if rate > 0 else 0
    return open_minor, until - oldest if oldest else 0, payoff, late
