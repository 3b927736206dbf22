"""From overdue loans to persons: one row per person, in the currency of the worst loan."""

from __future__ import annotations

from typing import Any

import ibis

from arrears.book.age.bucket import first_days
from arrears.book.exact import total

SCHEMA = ibis.schema(
    {
        "person_id": "string",
        "as_of": "date",
        "jurisdiction": "string",
        "loan_id": "string",
        "product": "string",
        "currency": "string",
        "overdue_minor": "int64",
        "principal_overdue_minor": "int64",
        "interest_overdue_minor": "int64",
        "fee_overdue_minor": "int64",
        "late_interest_minor": "int64",
        "loans_count": "int32",
        "other_currencies": "boolean",
        "oldest_due_on": "date",
        "days_past_due": "int32",
        "days_past_due_after_grace": "int32",
        "bucket": "string",
        "last_paid_on": "date",
        "max_days_past_due_ever": "int32",
        "times_over_30": "int32",
    }
)
SUMMED = (
    "overdue_minor",
    "principal_overdue_minor",
    "interest_overdue_minor",
    "fee_overdue_minor",
    "late_interest_minor",
)


def per_person(aged: Any, loans: Any, persons: Any | None = None) -> Any:
    """One row per person with an overdue loan.

    The *main* loan is the one with the most days past due (of a loan known in months, the
    fewest days of its bucket), then the highest overdue amount, then the first by id. Its
    id, product, currency, bucket and days stand in the row; amounts are sums over the
    person's overdue loans in that currency, null where no loan has the figure.

    Parameters
    ----------
    aged
        The frame of :func:`arrears.book.age.age`.
    loans
        For the product of the main loan.
    persons
        For the jurisdiction; null if not handed in.

    Returns
    -------
    ibis.Table
        The columns :data:`SCHEMA`, key ``person_id``. ``loans_count`` counts the overdue loans
        of all currencies, ``other_currencies`` tells whether one is not in the main currency;
        ``last_paid_on`` and ``max_days_past_due_ever`` are the latest and the longest over the
        overdue loans, ``times_over_30`` their sum.
    """
    main = _main_loan(aged)
    summed = _summed(aged, main)
    row = main.join(summed, "person_id", rname="sum_{name}").join(
        loans.select("loan_id", "product"), "loan_id", rname="of_{name}"
    )
    if persons is None:
        row = row.mutate(jurisdiction=ibis.null("string"))
    else:
        places = persons.select("person_id", "jurisdiction")
        row = row.left_join(places, "person_id", rname="at_{name}")
    return row.select(**{name: row[name].cast(kind) for name, kind in SCHEMA.items()})


def _main_loan(aged: Any) -> Any:
    """The worst loan of each person."""
    ranked = aged.mutate(
        severity=ibis.coalesce(aged.days_past_due, first_days(aged.bucket)),
        size=aged.overdue_minor.fill_null(ibis.literal(-1, type="int64")),
    )
    order = [ranked.severity.desc(), ranked["size"].desc(), ranked.loan_id]
    place = ibis.row_number().over(group_by=ranked.person_id, order_by=order)
    ranked = ranked.mutate(place=place)
    return ranked.filter(ranked.place == 0).select(
        "person_id",
        "loan_id",
        "currency",
        "days_past_due",
        "days_past_due_after_grace",
        "bucket",
    )


def _summed(aged: Any, main: Any) -> Any:
    """Sums in the currency of the main loan, and what holds over all overdue loans."""
    beside = aged.join(main.select("person_id", main_currency="currency"), "person_id")
    same = beside.currency == beside.main_currency
    sums = {name: total(same.ifelse(beside[name], ibis.null("int64"))) for name in SUMMED}
    return beside.group_by("person_id").agg(
        as_of=beside.as_of.max(),
        loans_count=beside.count(),
        other_currencies=(~same).any(),
        oldest_due_on=beside.oldest_due_on.min(),
        last_paid_on=beside.last_paid_on.max(),
        max_days_past_due_ever=beside.max_days_past_due_ever.max(),
        times_over_30=beside.times_over_30.sum(),
        **sums,
    )
