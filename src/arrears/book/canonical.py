"""Rows in one form, whatever computed them: a digest, and a Parquet file (V16).

The digest is the same on every engine. The file has the same bytes on the same version of
Arrow, for the same rows.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from arrears.book.engine import stream
from arrears.kernel.errors import BadInput, Unavailable

ROWS_PER_GROUP = 131_072
ROWS_PER_BATCH = 65_536
NULL = "\\N"
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def digest(table: Any) -> str:
    """SHA-256 of the rows, as hex: of their canonical text, sorted, after the column names.

    In a row the values stand in the order of the columns, between tabs; null as ``\\N``,
    numbers in decimal, days as 2026-01-31, truth values as true and false; tab, line feed,
    carriage return and backslash in a text are written ``\\t \\n \\r \\\\``. A row that stands
    twice counts twice. Integers of different widths are the same number.

    Raises
    ------
    BadInput
        If a column is of a type without one exact text: floating point, instants, decimals
        with a fraction, nested values.
    """
    texts = [_text(table[name], name) for name in table.columns]
    line = texts[0]
    for text in texts[1:]:
        line = line.concat("\t", text)
    lines = table.select(line=line).order_by("line")
    total = hashlib.sha256("\t".join(table.columns).encode())
    for batch in stream(lines.get_backend(), lines, ROWS_PER_BATCH):
        column = batch.column(0)
        if len(column):
            total.update(("\n" + "\n".join(column.to_pylist())).encode())
    return total.hexdigest()


def _text(column: Any, name: str) -> Any:
    kind = column.type()
    if kind.is_string():
        text = column.replace("\\", "\\\\")
        for plain, written in (("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
            text = text.replace(plain, written)
    elif kind.is_boolean():
        text = column.ifelse(ibis.literal("true"), ibis.literal("false"))
        text = column.isnull().ifelse(ibis.null("string"), text)
    elif kind.is_integer() or kind.is_date() or (kind.is_decimal() and kind.scale == 0):
        text = column.cast("string")
    else:
        raise BadInput(
            "a column has no exact text to take a digest of",
            expected="texts, whole numbers, days, truth values",
            found=str(kind),
            column=name,
        )
    return text.fill_null(ibis.literal(NULL))


def write_parquet(con: Any, table: Any, path: Path, sort: Sequence[str]) -> int:
    """Write a table to a Parquet file, sorted, wholly or not at all; returns the rows written.

    The types in the file are those of the table: an int64 is never a double. A file that was
    there before is replaced when the new one is complete.

    Parameters
    ----------
    con
        The backend that holds the table.
    path
        The file; its folder is made.
    sort
        The columns to sort by, ending in what makes a row unique.

    Raises
    ------
    Unavailable
        If the disk is full, or the folder may not be written to; no half file stays.
    """
    schema = table.schema().to_pyarrow()
    with replaced(path) as unfinished:
        batches = stream(con, table.order_by(list(sort)), ROWS_PER_BATCH)
        with pq.ParquetWriter(
            unfinished, schema, compression="zstd", compression_level=3, version="2.6"
        ) as writer:
            written = 0
            for group in _groups(batches, schema):
                writer.write_table(group, row_group_size=ROWS_PER_GROUP)
                written += group.num_rows
    return written


def _groups(batches: Any, schema: pa.Schema) -> Iterator[pa.Table]:
    """The same rows in groups of one size, so that the engine's batches leave no trace."""
    waiting: list[pa.Table] = []
    count = 0
    for batch in batches:
        table = exact(pa.Table.from_batches([batch]), schema)
        while table.num_rows:
            part = table.slice(0, ROWS_PER_GROUP - count)
            table = table.slice(part.num_rows)
            waiting.append(part)
            count += part.num_rows
            if count == ROWS_PER_GROUP:
                yield pa.concat_tables(waiting).combine_chunks()
                waiting, count = [], 0
    if waiting:
        yield pa.concat_tables(waiting).combine_chunks()


def exact(found: pa.Table, wanted: pa.Schema) -> pa.Table:
    """The same rows in the types wanted, no digit lost.

    Raises
    ------
    BadInput
        If the engine hands out doubles for whole numbers (digits may be lost already), or a
        number that its column cannot hold.
    """
    for name, kind in zip(wanted.names, wanted.types, strict=True):
        have = found.schema.field(name).type
        if pa.types.is_floating(have) and not pa.types.is_floating(kind):
            raise BadInput(
                "the engine hands out a double where a whole number belongs",
                expected=str(kind),
                found=str(have),
                column=name,
            )
    try:
        return found.cast(wanted)
    except pa.ArrowInvalid as error:
        raise BadInput("a value does not fit the type of its column", found=str(error)) from error


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """A path to write to, beside ``path``, that takes its place if the block ends well.

    Raises
    ------
    Unavailable
        If the disk is full or the folder cannot be written to; the unfinished file is removed.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield unfinished
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(path)
    except Exception as error:
        # The engine that spills while it sorts has an error of its own for a full disk.
        full = getattr(error, "errno", None) in _FULL or "No space left" in str(error)
        if not full and not isinstance(error, OSError):
            raise
        raise Unavailable(
            "the disk is full" if full else "the file cannot be written",
            found=getattr(error, "strerror", None) or str(error),
            remedy="free space and write again" if full else "name a folder you may write to",
            file=str(path),
        ) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
