"""Rows in bulk, from an engine into a temporary table of the present transaction.

PostgreSQL refuses COPY straight into a table with row security. So rows go by COPY into a
temporary table and from there, in sets, to where they belong.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.csv
from django.db import connection

BATCH_ROWS = 65_536
# Quotes around every text: an empty one must differ from null.
_WRITING = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")


def stage(table: str, columns: Mapping[str, str], batches: Iterable[pa.RecordBatch]) -> int:
    """Make a temporary table (anew) and fill it; returns the rows written.

    Parameters
    ----------
    table
        Its name; it lives until the transaction ends.
    columns
        Name and PostgreSQL type, in the order of the batches' columns.
    batches
        Texts, integers, dates, booleans and floats; nothing nested.
    """
    listed = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    names = ", ".join(f'"{name}"' for name in columns)
    rows = 0
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
        cursor.execute(f"CREATE TEMP TABLE {table} ({listed}) ON COMMIT DROP")
        with cursor.copy(f"COPY pg_temp.{table} ({names}) FROM STDIN (FORMAT csv)") as copy:
            for batch in batches:
                rows += batch.num_rows
                copy.write(_csv(batch))
        cursor.execute(f"ANALYZE pg_temp.{table}")
    return rows


def fetch_arrow(
    sql: str, schema: pa.Schema, parameters: Iterable[Any] | Mapping[str, Any] = ()
) -> pa.Table:
    """The rows of a query as Arrow, by COPY: for as many as fit into memory."""
    sink = io.BytesIO()
    given = parameters if isinstance(parameters, Mapping) else tuple(parameters) or None
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)", given) as copy,
    ):
        for chunk in copy:
            sink.write(chunk)
    if not sink.tell():
        return schema.empty_table()
    sink.seek(0)
    return pyarrow.csv.read_csv(
        sink,
        read_options=pyarrow.csv.ReadOptions(column_names=schema.names),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict(zip(schema.names, schema.types, strict=True)),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )


def _csv(batch: pa.RecordBatch) -> memoryview:
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(batch, sink, _WRITING)
    return memoryview(sink.getvalue())
