"""What falls due soon and is not yet fully paid: for reminders before the due date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ibis

from arrears.book.age.match import laid, paid_sums, unpaid
from arrears.book.age.standing import made, no_payments
from arrears.book.age.steps import loans_with_waterfall
from arrears.book.age.waterfall import PARTS, Waterfalls, shipped_waterfalls
from arrears.book.exact import WIDE, total, wide
from arrears.kernel.errors import BadInput

SCHEMA = ibis.schema(
    {
        "loan_id": "string",
        "person_id": "string",
        "as_of": "date",
        "seq": "int32",
        "due_on": "date",
        "currency": "string",
        "principal_minor": "int64",
        "interest_minor": "int64",
        "fee_minor": "int64",
        "due_minor": "int64",
        "principal_open_minor": "int64",
        "interest_open_minor": "int64",
        "fee_open_minor": "int64",
        "open_minor": "int64",
    }
)
LONGEST_DAYS = 3660


def due(
    con: Any,
    tables: Mapping[str, Any],
    as_of: date,
    within_days: int,
    *,
    waterfalls: Waterfalls | None = None,
) -> Any:
    """One row per instalment due from ``as_of`` to ``as_of + within_days``, both included.

    Only what is still open: payments with ``paid_on <= as_of`` went to older instalments
    first, early payments to the coming ones. An instalment of sum 0 has nothing open.

    Parameters
    ----------
    con
        The backend that holds the tables.
    tables
        ``loans``, ``instalments`` and, if there are any, ``payments``.
    as_of
        The first day.
    within_days
        How many days to look ahead, 0 to 3660.
    waterfalls
        As in :func:`arrears.book.age.age`.

    Returns
    -------
    ibis.Table
        The columns :data:`SCHEMA`, key ``loan_id, seq``, unsorted, not yet computed.

    Raises
    ------
    BadInput
        If ``within_days`` is out of range, or the tape has no schedules (snapshots only).
    """
    if not 0 <= within_days <= LONGEST_DAYS:
        raise BadInput(
            "the days to look ahead are out of range",
            expected=f"a whole number from 0 to {LONGEST_DAYS}",
            found=str(within_days),
        )
    del con  # The expression is the same for every backend.
    return _coming(tables, as_of, within_days, waterfalls or shipped_waterfalls())


def _coming(
    tables: Mapping[str, Any], as_of: date, within_days: int, waterfalls: Waterfalls
) -> Any:
    """The expression: what the sums paid leave open of the instalments in the days to come."""
    ahead = min(within_days, (date.max - as_of).days)
    first, last = ibis.literal(as_of), ibis.literal(as_of + timedelta(days=ahead))
    instalments = tables.get("instalments")
    if instalments is None:
        raise BadInput(
            "nothing in the tape says what falls due",
            expected="a table instalments",
            found=f"only {', '.join(sorted(tables))}",
            remedy="ask the lender for the schedules; monthly states tell what is overdue alone",
        )
    payments = tables.get("payments")
    if payments is None:
        payments = no_payments(instalments)

    coming = instalments.filter((instalments.due_on >= first) & (instalments.due_on <= last))
    loans = loans_with_waterfall(tables, coming.select("loan_id"), waterfalls)
    older = _older(instalments.semi_join(coming, "loan_id"), as_of)
    sums = paid_sums(made(payments.semi_join(coming, "loan_id"), as_of))
    row = (
        laid(coming, loans, waterfalls)
        .left_join(older, "loan_id", rname="older_{name}")
        .left_join(sums, "loan_id", rname="sums_{name}")
        .join(loans, "loan_id", rname="loan_{name}")
    )
    zero = ibis.literal(0, type=WIDE)
    # The axis of the stretches starts with the first coming instalment.
    return _frame(row.mutate(paid=row.paid.fill_null(zero) - row.older.fill_null(zero)), as_of)


def _frame(row: Any, as_of: date) -> Any:
    """The columns of the result, of the instalments that the payments do not reach."""
    row = row.filter((row.end > row.paid) & (row.end > row.start))
    open_parts = {part: unpaid(row, part) for part in PARTS}
    whole = row.select(
        "loan_id",
        "person_id",
        "seq",
        "due_on",
        "currency",
        as_of=ibis.literal(as_of),
        due_minor=row.end - row.start,
        open_minor=open_parts["fee"] + open_parts["interest"] + open_parts["principal"],
        **{f"{part}_minor": row[f"{part}_end"] - row[f"{part}_start"] for part in PARTS},
        **{f"{part}_open_minor": amount for part, amount in open_parts.items()},
    )
    return whole.select(**{name: whole[name].cast(kind) for name, kind in SCHEMA.items()})


def _older(instalments: Any, as_of: date) -> Any:
    """Per loan, the sum of what fell due before the day."""
    scheduled = instalments.principal_minor + instalments.interest_minor + instalments.fee_minor
    past = (instalments.due_on < ibis.literal(as_of)).ifelse(
        wide(scheduled), ibis.literal(0, type=WIDE)
    )
    return instalments.group_by("loan_id").agg(older=total(past))
