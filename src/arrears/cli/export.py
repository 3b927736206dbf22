"""Files that people open: CSV that no spreadsheet takes for formulas, or Parquet."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

import click

from arrears.kernel.errors import Unavailable

# What makes a spreadsheet compute a cell instead of showing it (OWASP, "CSV Injection").
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BATCH = 10_000


def safe_cell(value: object) -> object:
    """The value as a spreadsheet may open it: text that looks like a formula gets a quote."""
    if isinstance(value, str) and value.startswith(_STARTS):
        return "'" + value
    return value


def write_rows(path: Path, columns: Mapping[str, str], rows: Iterable[Mapping[str, object]]) -> int:
    """Write rows as CSV or Parquet, wholly or not at all.

    CSV has a byte-order mark, so that spreadsheets read Chinese; numbers and dates are plain.

    Parameters
    ----------
    columns
        Name and type (``string``, ``int64`` …) of each; a table without rows has them too.

    Returns
    -------
    int
        How many rows were written.

    Raises
    ------
    Unavailable
        If the file cannot be written.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise click.BadParameter(
            "the file must end in .csv or .parquet", param_hint="--export or --history"
        )
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write = _csv if path.suffix == ".csv" else _parquet
        written = write(unfinished, columns, rows)
        unfinished.replace(path)
    except OSError as error:
        raise Unavailable(
            "the file cannot be written",
            found=error.strerror or str(error),
            remedy="free space there, or name a folder you may write to",
            file=path,
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return written


def _csv(path: Path, columns: Mapping[str, str], rows: Iterable[Mapping[str, object]]) -> int:
    written = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            cells = [row[name] for name in columns]
            writer.writerow(["" if cell is None else safe_cell(cell) for cell in cells])
            written += 1
    return written


def _parquet(path: Path, columns: Mapping[str, str], rows: Iterable[Mapping[str, object]]) -> int:
    import pyarrow as pa  # tidy: lazy (not needed for most exports)
    import pyarrow.parquet as pq  # tidy: lazy (not needed for most exports)

    schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in columns.items()])
    written = 0
    remaining = iter(rows)
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        while batch := list(islice(remaining, BATCH)):
            writer.write_table(pa.Table.from_pylist([dict(row) for row in batch], schema))
            written += len(batch)
    return written
