"""Ageing done the slow way, day by day, to judge the real one. Shares no code with it.

For every day from the first due day to the day asked about, all money that has come in by
the evening is poured over the schedule from the oldest instalment on, and what is left dry is
looked at. Cumulative sums, overlaps and engines do not occur.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

DAY = timedelta(days=1)
DEFAULT_ORDER = ("fee", "interest", "principal")


@dataclass
class Instalment:
    seq: int
    due_on: date
    principal: int
    interest: int
    fee: int


@dataclass
class Payment:
    payment_id: str
    paid_on: date
    amount: int
    reverses: str | None = None


@dataclass
class Loan:
    loan_id: str
    person_id: str = "person"
    currency: str = "CNY"
    product: str = "other"
    overdue_rate_bps: int | None = None
    grace_days: int = 0
    instalments: list[Instalment] = field(default_factory=list)
    payments: list[Payment] = field(default_factory=list)


def standing(loan: Loan, as_of: date) -> list[Payment]:
    gone = {p.reverses for p in loan.payments if p.reverses and p.paid_on <= as_of}
    return [
        p
        for p in loan.payments
        if p.paid_on <= as_of and not p.reverses and p.payment_id not in gone
    ]


def poured(loan: Loan, money: int, order: tuple[str, ...]) -> list[dict[str, int]]:
    """What stays dry of each instalment, oldest first, after pouring the money."""
    dry = []
    for instalment in sorted(loan.instalments, key=lambda i: (i.due_on, i.seq)):
        left = {}
        for part in order:
            wet = min(money, getattr(instalment, part))
            money -= wet
            left[part] = getattr(instalment, part) - wet
        dry.append(left)
    return dry


def aged(loan: Loan, as_of: date, order: tuple[str, ...] = DEFAULT_ORDER) -> dict[str, Any] | None:
    """The row of the loan on the day, or None if it owes nothing."""
    schedule = sorted(loan.instalments, key=lambda i: (i.due_on, i.seq))
    payments = standing(loan, as_of)
    fallen = [n for n, i in enumerate(schedule) if i.due_on < as_of]
    if not fallen:
        return None
    unit_days = 0
    dry_days = dict.fromkeys(fallen, 0)
    day = schedule[0].due_on
    while day < as_of:
        dry = poured(loan, sum(p.amount for p in payments if p.paid_on <= day), order)
        for n in fallen:
            if schedule[n].due_on <= day:
                unit_days += dry[n]["principal"]
                dry_days[n] += any(dry[n].values())
        day += DAY
    dry = poured(loan, sum(p.amount for p in payments), order)
    owed = {part: sum(dry[n][part] for n in fallen) for part in DEFAULT_ORDER}
    if not any(owed.values()):
        return None
    oldest = min(schedule[n].due_on for n in fallen if any(dry[n].values()))
    late = (as_of - oldest).days
    accrued = Fraction(unit_days * (loan.overdue_rate_bps or 0), 10_000 * 365)
    return {
        "loan_id": loan.loan_id,
        "person_id": loan.person_id,
        "as_of": as_of,
        "currency": loan.currency,
        "principal_overdue_minor": owed["principal"],
        "interest_overdue_minor": owed["interest"],
        "fee_overdue_minor": owed["fee"],
        "overdue_minor": sum(owed.values()),
        "late_interest_minor": round(accrued),  # of a Fraction: half to even, exact
        "oldest_due_on": oldest,
        "days_past_due": late,
        "days_past_due_after_grace": max(0, late - loan.grace_days),
        "bucket": "M7+" if late > 180 else f"M{-(-late // 30)}",
        "last_paid_on": max((p.paid_on for p in payments), default=None),
        "max_days_past_due_ever": max(dry_days.values()),
        "times_over_30": sum(days > 30 for days in dry_days.values()),
    }


def overpaid(loan: Loan, as_of: date) -> dict[str, Any] | None:
    payments = standing(loan, as_of)
    excess = sum(p.amount for p in payments)
    for i in loan.instalments:
        excess -= i.principal + i.interest + i.fee
    if excess <= 0:
        return None
    return {
        "loan_id": loan.loan_id,
        "currency": loan.currency,
        "overpaid_minor": excess,
        "last_paid_on": max(p.paid_on for p in payments),
    }


def due(loan: Loan, as_of: date, within: int) -> list[dict[str, Any]]:
    schedule = sorted(loan.instalments, key=lambda i: (i.due_on, i.seq))
    money = sum(p.amount for p in standing(loan, as_of))
    rows = []
    for instalment, dry in zip(schedule, poured(loan, money, DEFAULT_ORDER), strict=True):
        if as_of <= instalment.due_on <= as_of + within * DAY and any(dry.values()):
            rows.append(
                {
                    "loan_id": loan.loan_id,
                    "person_id": loan.person_id,
                    "as_of": as_of,
                    "seq": instalment.seq,
                    "due_on": instalment.due_on,
                    "currency": loan.currency,
                    "principal_minor": instalment.principal,
                    "interest_minor": instalment.interest,
                    "fee_minor": instalment.fee,
                    "due_minor": instalment.principal + instalment.interest + instalment.fee,
                    "principal_open_minor": dry["principal"],
                    "interest_open_minor": dry["interest"],
                    "fee_open_minor": dry["fee"],
                    "open_minor": sum(dry.values()),
                }
            )
    return rows


def payoff(loan: Loan, as_of: date, order: tuple[str, ...] = DEFAULT_ORDER) -> int:
    """All that fell due and stays dry, and the dry principal of what is still to come."""
    schedule = sorted(loan.instalments, key=lambda i: (i.due_on, i.seq))
    money = sum(p.amount for p in standing(loan, as_of))
    return sum(
        sum(dry.values()) if instalment.due_on < as_of else dry["principal"]
        for instalment, dry in zip(schedule, poured(loan, money, order), strict=True)
    )
