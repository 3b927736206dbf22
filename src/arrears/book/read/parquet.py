"""Parquet files in place, with the number of each row in its file."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from arrears.book.contract import FILE, ROW
from arrears.book.exact import is_spark
from arrears.book.read.sources import Source
from arrears.kernel.errors import TapeError


def schema_of(source: Source) -> list[str]:
    """The names of the columns, the same in each file.

    Raises
    ------
    TapeError
        If a file is truncated, empty or no Parquet, or its columns differ from the first file's.
    """
    first = _schema(source.files[0], source.table)
    for file in source.files[1:]:
        schema = _schema(file, source.table)
        # Whether a column may be null is not compared: DuckDB guesses it file by file.
        if _describe(schema) != _describe(first):
            raise TapeError(
                f"the files of {source.table} have different columns",
                expected=_describe(first),
                found=_describe(schema),
                remedy="write all files of a table with one schema",
                file=file,
                table=source.table,
            )
    return list(first.names)


def _schema(file: Path, table: str) -> pa.Schema:
    try:
        return pyarrow.parquet.read_schema(file)
    except (pa.ArrowInvalid, OSError) as error:
        size = file.stat().st_size if file.exists() else 0
        raise TapeError(
            "the file is empty" if size == 0 else "the file is truncated or not Parquet",
            expected="a whole Parquet file, which ends in the bytes PAR1",
            found=f"{size} bytes: {str(error).splitlines()[0]}",
            remedy="have the file sent again and compare its size or SHA-256",
            file=file,
            table=table,
        ) from error


def _describe(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in schema)


def read_parquet(con: Any, source: Source) -> Any:
    """The table's files as one table of the engine, with ``_row`` and ``_file``.

    The two are virtual columns of the readers: they cost nothing where nobody asks for them.
    """
    name = f"tape_{source.table}_{uuid.uuid4().hex}"
    files = [str(file) for file in source.files]
    if is_spark(con):
        from pyspark.sql import functions  # tidy: lazy (an optional engine)

        frame = con._session.read.parquet(*files)
        frame = frame.select(
            "*",
            functions.element_at(functions.split("_metadata.file_path", "/"), -1).alias(FILE),
            (functions.col("_metadata.row_index") + 1).alias(ROW),
        )
        frame.createOrReplaceTempView(name)
        return con.table(name)
    listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
    con.raw_sql(
        f"CREATE TEMP VIEW {name} AS SELECT * EXCLUDE (filename, file_row_number),"
        f" parse_filename(filename) AS {FILE}, file_row_number + 1 AS {ROW}"
        f" FROM read_parquet([{listed}], filename = true, file_row_number = true,"
        " hive_partitioning = false)"
    )
    return con.table(name)
