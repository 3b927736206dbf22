"""Small results as plain Python rows."""

from __future__ import annotations

from typing import Any

from arrears.book.exact import is_spark


def fetch(con: Any, table: Any) -> list[dict[str, Any]]:
    """The rows of a small table, each by column name."""
    if is_spark(con):
        rows: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
        return rows
    # Not by Ibis: its conversion draws pandas in, a second that a short job would notice.
    found = con.raw_sql(con.compile(table))
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def count(con: Any, table: Any) -> int:
    """How many rows a table has."""
    return int(fetch(con, table.agg(rows=table.count()))[0]["rows"])
