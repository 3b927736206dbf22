"""Step 6: where the lender's own figures are not what ageing explains."""

from __future__ import annotations

from typing import Any

import ibis
from django.db import connection

from arrears.book.exact import wide
from arrears.book.payoff import payoff
from arrears.daily.steps.day import Day
from arrears.kernel.ids import NAMED_SQL_POSTGRES
from arrears.store.staging import BATCH_ROWS, stage
from arrears.store.transactions import At

_COLUMNS = {"loan_ref": "text", "measure": "text", "lender_minor": "bigint", "ours_minor": "bigint"}
_GONE = "DELETE FROM loans_difference"
_LOAN_ID = NAMED_SQL_POSTGRES.format(r"('loan' || E'\x1f' || t.loan_ref)")
_FOUND = f"""
INSERT INTO loans_difference (loan_id, measure, as_of, lender_minor, ours_minor)
SELECT {_LOAN_ID}, t.measure, %s,
       t.lender_minor, t.ours_minor
FROM t_differences t
"""


def differences(day: Day, at: At) -> dict[str, Any]:
    """Compare the figures of loans that the lender's book shows as of this very day.

    The payoff of every loan with a schedule, the late interest of overdue ones. On any other
    day there is nothing to compare, and what was found last stays.
    """
    con = day.duckdb
    tables = day.tables(con)
    loans = tables["loans"]
    told = loans.filter(
        (loans.accepted_book_on == ibis.literal(day.as_of))
        & (loans.payoff_minor.notnull() | loans.lender_late_interest_minor.notnull())
    )
    if "instalments" not in tables or told.count().to_pyarrow().as_py() == 0:
        return {"compared": False}
    aged = con.read_parquet(day.aged)
    found = ibis.union(
        _measured(
            told,
            payoff(con, tables | {"loans": told}, day.as_of),
            "payoff",
            "payoff_minor",
            "payoff_minor",
        ),
        _measured(
            told,
            aged.select("loan_id", "late_interest_minor"),
            "late_interest",
            "lender_late_interest_minor",
            "late_interest_minor",
        ),
    )
    rows = found.order_by(["loan_ref", "measure"]).to_pyarrow()
    stage("t_differences", _COLUMNS, rows.to_batches(max_chunksize=BATCH_ROWS))
    with connection.cursor() as cursor:
        cursor.execute(_GONE)
        cursor.execute(_FOUND, [day.as_of])
    return {"compared": True, "differences": rows.num_rows}


def _measured(told: Any, figures: Any, measure: str, lender: str, ours: str) -> Any:
    """The loans of which both figures are known and differ."""
    beside = told.select("loan_id", lender=told[lender]).join(
        figures.select("loan_id", ours=figures[ours]), "loan_id"
    )
    differ = beside.filter(beside.lender.notnull() & (wide(beside.lender) != wide(beside.ours)))
    return differ.select(
        loan_ref=differ.loan_id,
        measure=ibis.literal(measure),
        lender_minor=differ.lender,
        ours_minor=differ.ours.cast("int64"),
    )
