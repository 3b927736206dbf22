"""Step 7: the frame, column by column as the tape contract has it."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis

from arrears.book.age.bucket import bucket
from arrears.book.exact import WIDE, days_between, half_even, wide

SCHEMA = ibis.schema(
    {
        "loan_id": "string",
        "person_id": "string",
        "as_of": "date",
        "currency": "string",
        "principal_overdue_minor": "int64",
        "interest_overdue_minor": "int64",
        "fee_overdue_minor": "int64",
        "overdue_minor": "int64",
        "late_interest_minor": "int64",
        "oldest_due_on": "date",
        "days_past_due": "int32",
        "days_past_due_after_grace": "int32",
        "bucket": "string",
        "last_paid_on": "date",
        "max_days_past_due_ever": "int32",
        "times_over_30": "int32",
    }
)
# overdue_rate_bps / 10000 a year, 365 days a year.
RATE_DENOMINATOR = 10_000 * 365


def frame(con: Any, loans: Any, still_open: Any, paid_late: Any, as_of: date) -> Any:
    """One row per overdue loan, sums still in 128 bits; :func:`narrow` gives the exact types."""
    row = loans.join(still_open, "loan_id").join(
        paid_late, "loan_id", how="left", rname="late_{name}"
    )
    none, zero = ibis.literal(0, type="int32"), ibis.literal(0, type=WIDE)
    days = days_between(as_of, row.oldest_due_on)
    units = row.open_units + row.late_units.fill_null(zero)
    rate = row.overdue_rate_bps.fill_null(ibis.literal(0, type="int32"))
    # The oldest open instalment has been open for `days`: none has been open for longer.
    longest = ibis.greatest(days, row.late_days_max.fill_null(none))
    over = row.open_over + row.late_over.fill_null(ibis.literal(0, type="int64"))
    return row.select(
        "loan_id",
        "person_id",
        "currency",
        "oldest_due_on",
        "last_paid_on",
        as_of=ibis.literal(as_of),
        principal_overdue_minor=row.principal,
        interest_overdue_minor=row.interest,
        fee_overdue_minor=row.fee,
        overdue_minor=row.principal + row.interest + row.fee,
        late_interest_minor=half_even(con, units * wide(rate), RATE_DENOMINATOR),
        days_past_due=days,
        days_past_due_after_grace=ibis.greatest(days - row.grace_days, none),
        bucket=bucket(days),
        max_days_past_due_ever=longest,
        times_over_30=over,
    )


def narrow(table: Any) -> Any:
    """The columns of the contract in their order, each of its exact type."""
    return table.select(**{name: table[name].cast(kind) for name, kind in SCHEMA.items()})
