"""What a loan costs to pay off on a day, as its schedule and payments explain it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis

from arrears.book.age.match import laid, paid_sums, unpaid
from arrears.book.age.standing import made, no_payments
from arrears.book.age.steps import loans_with_waterfall
from arrears.book.age.waterfall import Waterfalls, shipped_waterfalls
from arrears.book.exact import literal, total
from arrears.book.staged import Stage


def payoff(
    con: Any, tables: Mapping[str, Any], as_of: date, *, waterfalls: Waterfalls | None = None
) -> Any:
    """Per loan with a schedule: what is past due and unpaid, with the principal not yet due.

    Interest and fees of instalments that are not due before the day are left out: they are not
    owed yet. A lender that adds interest of the running period differs by it, and the difference
    is shown.

    Parameters
    ----------
    con, tables, waterfalls
        As for :func:`arrears.book.age.age`.

    Returns
    -------
    ibis.Table
        ``loan_id, payoff_minor`` (decimal(38, 0), ≥ 0).
    """
    waterfalls = waterfalls or shipped_waterfalls()
    instalments = tables["instalments"]
    payments = tables.get("payments")
    if payments is None:
        payments = no_payments(instalments)
    with Stage(con) as stage:
        sums = stage.keep(paid_sums(made(payments, as_of)).select("loan_id", "paid"))
        loans = stage.keep(loans_with_waterfall(tables, tables["loans"], waterfalls))
        row = laid(instalments, loans, waterfalls)
        row = row.join(sums, "loan_id", how="left", rname="sums_{name}")
        row = row.mutate(paid=row.paid.fill_null(literal(0)))
        due = row.due_on < ibis.literal(as_of)
        early = due.ifelse(unpaid(row, "fee") + unpaid(row, "interest"), literal(0))
        row = row.select("loan_id", owed=unpaid(row, "principal") + early)
        return stage.keep(row.group_by("loan_id").agg(payoff_minor=total(row.owed)), result=True)
