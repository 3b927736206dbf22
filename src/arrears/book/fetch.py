"""Small results as plain Python rows."""

from __future__ import annotations

from typing import Any

from arrears.book.exact import is_spark


def fetch(con: Any, table: Any) -> list[dict[str, Any]]:
    """The rows of a small table, each by column name."""
    if is_spark(con):
        # Not by Ibis: it goes through pandas, where an integer beside a null is a double.
        return [row.asDict() for row in con._session.sql(con.compile(table)).collect()]
    # Nor here: pandas takes a second to import, which a short job would notice.
    found = con.raw_sql(con.compile(table))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def count(con: Any, table: Any) -> int:
    """How many rows a table has."""
    return int(fetch(con, table.agg(rows=table.count()))[0]["rows"])
