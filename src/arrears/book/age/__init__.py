"""Ageing: from instalments and payments to what is overdue on a day, and since when.

``steps`` shows the order; each step has a file. The result is defined, column by column, in
docs/tape.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis

from arrears.book.age.bucket import BUCKETS, bucket_of
from arrears.book.age.frame import SCHEMA
from arrears.book.age.steps import Aged, age_instalments
from arrears.book.age.waterfall import Waterfalls, shipped_waterfalls

__all__ = ["BUCKETS", "SCHEMA", "Aged", "age", "age_whole", "bucket_of", "overpaid"]


def age(
    con: Any, tables: Mapping[str, Any], as_of: date, *, waterfalls: Waterfalls | None = None
) -> Any:
    """One row per loan that owes an overdue amount on the day, unsorted.

    Parameters
    ----------
    con
        A backend of :func:`arrears.book.engine.connect`, which holds the tables.
    tables
        Accepted tables of the tape: ``loans`` and either or both of ``instalments`` (with
        ``payments``, none if missing) and ``snapshots``; ``persons`` only if the waterfalls
        depend on jurisdictions.
    as_of
        The day; what fell due on it is not overdue yet.
    waterfalls
        In what order a payment settles the parts of an instalment; the shipped order if None.

    Returns
    -------
    ibis.Table
        The columns :data:`SCHEMA`; computed when this returns, held until ``con`` ends.

    Raises
    ------
    BadInput
        If a sum of one loan does not fit 64 bits.
    """
    return age_whole(con, tables, as_of, waterfalls=waterfalls).overdue


def overpaid(con: Any, tables: Mapping[str, Any], as_of: date) -> Any:
    """One row per loan to which more was paid by the day than is scheduled in all.

    Returns
    -------
    ibis.Table
        ``loan_id, currency, overpaid_minor, last_paid_on``; see :func:`age_whole`, which gives
        this and :func:`age` in one pass.
    """
    return age_whole(con, tables, as_of).overpaid


def age_whole(
    con: Any, tables: Mapping[str, Any], as_of: date, *, waterfalls: Waterfalls | None = None
) -> Aged:
    """:func:`age` and :func:`overpaid` in one pass over the book."""
    waterfalls = waterfalls or shipped_waterfalls()
    if "snapshots" not in tables:
        return age_instalments(con, tables, as_of, waterfalls)

    from arrears.book.snapshots import age_snapshots  # tidy: lazy (it uses our buckets)

    states = age_snapshots(tables, as_of)
    if "instalments" not in tables:
        nothing = states.filter(ibis.literal(False))
        none_over = nothing.select(
            "loan_id", "currency", overpaid_minor="overdue_minor", last_paid_on="last_paid_on"
        )
        return Aged(states, none_over)
    aged = age_instalments(con, tables, as_of, waterfalls)
    # A loan with a schedule is aged by it: one row per loan.
    states = states.anti_join(tables["instalments"], "loan_id").select(*SCHEMA)
    return Aged(ibis.union(aged.overdue, states), aged.overpaid)
