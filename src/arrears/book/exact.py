"""Whole numbers that stay whole on both engines.

Sums are taken in ``decimal(38, 0)``: DuckDB would sum int64 to a 128-bit number that Parquet
can only hold as a double, Spark would overflow. Ibis' ``//`` divides doubles, so that quotients
go through integer division of the engine itself.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import ibis.expr.datatypes as dt

from arrears.kernel.errors import BadInput

WIDE = dt.Decimal(38, 0)
INT64_MAX = 2**63 - 1

# DuckDB divides decimals as doubles, but whole numbers of 128 bits exactly.
_MACRO = (
    "CREATE OR REPLACE TEMP MACRO whole_quotient(n, d) AS"
    " (n::HUGEINT // d::HUGEINT)::DECIMAL(38, 0)"
)


def _declare(name: str, result: dt.DataType) -> Any:
    def quotient(n, d): ...  # type: ignore[no-untyped-def]

    return ibis.udf.scalar.builtin(quotient, name=name, signature=((WIDE, WIDE), result))


_duckdb_quotient = _declare("whole_quotient", WIDE)
_spark_quotient = _declare("div", dt.int64)


def is_spark(con: Any) -> bool:
    """Whether the backend is Spark."""
    return bool(con.name == "pyspark")


def wide(value: Any) -> Any:
    """The same integer as ``decimal(38, 0)``, before it is multiplied or summed."""
    return value.cast(WIDE)


def total(value: Any) -> Any:
    """The exact sum of an integer column."""
    # Cast again: Ibis takes the sum of a decimal to have two decimal places.
    return wide(wide(value).sum())


def running_total(value: Any, group_by: Any, order_by: list[Any]) -> Any:
    """The exact sum of a column up to and with each row of its group, in a total order."""
    # ROWS, not RANGE: two rows of one day must not share a sum.
    window = ibis.cumulative_window(group_by=group_by, order_by=order_by)
    return wide(wide(value).sum().over(window))


def literal(number: int) -> Any:
    """An integer as ``decimal(38, 0)``."""
    return ibis.literal(number, type=WIDE)


def half_even(con: Any, numerator: Any, denominator: int) -> Any:
    """``numerator / denominator`` (both ≥ 0) rounded to the nearest integer, ties to the even.

    ``numerator`` is of :data:`WIDE`; so is the result, which must fit 64 bits on Spark.
    """
    if is_spark(con):
        quotient = wide(_spark_quotient(numerator, literal(denominator)))
    else:
        con.raw_sql(_MACRO)
        quotient = _duckdb_quotient(numerator, literal(denominator))
    twice = (numerator - quotient * literal(denominator)) * literal(2)
    tie_to_odd = (twice == literal(denominator)) & (quotient % literal(2) == literal(1))
    up = (twice > literal(denominator)) | tie_to_odd
    return quotient + up.ifelse(literal(1), literal(0))


def days_between(later: Any, earlier: Any) -> Any:
    """Whole days from one date column (or day) to another; negative if ``later`` is earlier."""
    if isinstance(later, date):
        return (-earlier.delta(ibis.literal(later), unit="day")).cast("int32")
    return later.delta(earlier, unit="day").cast("int32")


def require_int64(con: Any, table: Any, key: str, columns: list[str]) -> None:
    """Refuse sums that do not fit 64 bits, naming the first row by its key.

    Raises
    ------
    BadInput
        With the column and the key of the row.
    """
    for column in columns:
        over = table.filter(table[column] > literal(INT64_MAX))
        found = over.select(key, column).order_by(key).limit(1).to_pyarrow().to_pylist()
        if found:
            raise BadInput(
                "a sum of one loan is larger than 64 bits hold",
                expected=f"{column} of at most {INT64_MAX}",
                found=str(found[0][column]),
                remedy="check the unit of the amounts: they are minor units",
                column=column,
                key=found[0][key],
            )
