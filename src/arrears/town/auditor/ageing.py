"""What a loan owes on a day, coin by coin from the oldest instalment on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from arrears.town.auditor.sifting import Row, Sifted


@dataclass(frozen=True)
class Standing:
    """A loan that owes an overdue amount on a day."""

    overdue_minor: int
    days_past_due: int

    @property
    def rank(self) -> int:
        """1 for 1–30 days past due, … 7 for 181 and more."""
        return min((self.days_past_due + 29) // 30, 7)


def standing(sifted: Sifted, days: list[date]) -> dict[date, dict[str, Standing]]:
    """For each day the loans that owe an overdue amount, by loan id."""
    schedules = _by_loan(sifted.good["instalments"])
    money = _by_loan(sifted.good["payments"])
    found: dict[date, dict[str, Standing]] = {day: {} for day in days}
    for loan in sorted(schedules):
        schedule = sorted(schedules[loan], key=lambda row: (row["due_on"], row["seq"]))
        for day in days:
            state = _one(schedule, money.get(loan, []), day)
            if state is not None:
                found[day][loan] = state
    return found


def _by_loan(rows: list[Row]) -> dict[str, list[Row]]:
    grouped: dict[str, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row["loan_id"], []).append(row)
    return grouped


def _one(schedule: list[Row], payments: list[Row], day: date) -> Standing | None:
    known = [row for row in payments if row["paid_on"] <= day]
    undone = {row["reverses"] for row in known if row["reverses"]}
    purse = sum(
        row["amount_minor"]
        for row in known
        if row["reverses"] is None and row["payment_id"] not in undone
    )
    overdue, oldest = 0, None
    for row in schedule:
        owed = row["principal_minor"] + row["interest_minor"] + row["fee_minor"]
        paid = min(purse, owed)
        purse -= paid
        if row["due_on"] < day and paid < owed:
            overdue += owed - paid
            oldest = oldest or row["due_on"]
    return None if oldest is None else Standing(overdue, (day - oldest).days)
