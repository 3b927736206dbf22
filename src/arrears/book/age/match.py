"""Step 3: lay instalments and payments of a loan end to end on one axis of minor units.

Unit number n of all that fell due is paid by unit number n of all that was paid: a payment and
an instalment (or a part of it) meet where their stretches overlap.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from arrears.book.age.waterfall import PARTS, Waterfalls
from arrears.book.exact import running_total, total, wide


def laid(instalments: Any, loans: Any, waterfalls: Waterfalls) -> Any:
    """Instalments of the loans, oldest first, as stretches ``[start, end)`` with their parts.

    Parameters
    ----------
    instalments
        As in the tape, already cut to the days that matter.
    loans
        ``loan_id`` and ``waterfall``, the number of the rule; other loans fall away.
    waterfalls
        Which part of an instalment is settled first.

    Returns
    -------
    ibis.Table
        ``loan_id, seq, due_on, start, end`` and ``{part}_start, {part}_end`` of fee, interest
        and principal, all ``decimal(38, 0)``.
    """
    row = instalments.join(loans.select("loan_id", "waterfall"), "loan_id")
    amounts = {part: wide(row[f"{part}_minor"]) for part in PARTS}
    due = amounts["fee"] + amounts["interest"] + amounts["principal"]
    offsets = {f"{part}_offset": waterfalls.before(part, row.waterfall, amounts) for part in PARTS}
    row = row.select("loan_id", "seq", "due_on", **amounts, **offsets, due=due)
    row = row.mutate(end=running_total(row.due, row.loan_id, [row.due_on, row.seq]))
    row = row.mutate(start=row.end - row.due)
    starts = {f"{part}_start": row.start + row[f"{part}_offset"] for part in PARTS}
    ends = {f"{part}_end": row.start + row[f"{part}_offset"] + row[part] for part in PARTS}
    return row.select("loan_id", "seq", "due_on", "start", "end", **starts, **ends)


def paid(payments: Any) -> Any:
    """Standing payments, in order of ``paid_on, payment_id``, as stretches ``[start, end)``."""
    row = payments.select("loan_id", "payment_id", "paid_on", amount=wide(payments.amount_minor))
    row = row.mutate(end=running_total(row.amount, row.loan_id, [row.paid_on, row.payment_id]))
    return row.select("loan_id", "paid_on", start=row.end - row.amount, end=row.end)


def paid_sums(payments: Any) -> Any:
    """Per loan with a payment: the sums ``made`` and ``paid``, and ``last_paid_on``.

    ``made`` counts every payment, the others only those that stand.
    """
    amount, stands = payments.amount_minor, payments.stands
    nothing = ibis.literal(0, type="int64")
    return payments.group_by("loan_id").agg(
        made=total(amount),
        paid=total(stands.ifelse(amount, nothing)),
        last_paid_on=payments.paid_on.max(where=stands),
    )


def unpaid(row: Any, part: str) -> Any:
    """The units of a part that the sum ``row.paid`` does not reach."""
    zero = ibis.literal(0, type="decimal(38, 0)")
    start = ibis.greatest(row[f"{part}_start"], row.paid)
    return ibis.greatest(row[f"{part}_end"] - start, zero)


def before(instalments: Any, as_of: date) -> Any:
    """The instalments that fell due before the day."""
    return instalments.filter(instalments.due_on < ibis.literal(as_of))
