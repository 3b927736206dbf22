"""CSV files as text columns with row numbers; rows of the wrong shape keep their own text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from arrears.book.contract import FILE, ROW, SHAPE
from arrears.book.mapping import Mapping
from arrears.book.read.encoding import chunks, utf8_bytes
from arrears.kernel.errors import TapeError

_BLOCK_BYTES = 8 << 20
_MARK = b"\xef\xbb\xbf"


@dataclass
class CsvStream:
    """One CSV file as Arrow batches.

    Parameters
    ----------
    header
        The names of the columns.
    reader
        The batches: text columns, then ``_row``, ``_file`` and ``_shape``. Rows are numbered from
        1, the header not counted and empty lines left out. A row with more or fewer fields than
        the header comes at the end, with its text in ``_shape`` and all else null.
    error
        What stopped the batches; an engine that draws them would hide it in an error of its own.
    """

    header: list[str]
    reader: Any = None
    error: TapeError | None = None


def open_csv(path: Path, mapping: Mapping, scratch: Path) -> CsvStream:
    """Check a CSV file's encoding, header and end, and stream its rows.

    Raises
    ------
    TapeError
        If the file is empty, truncated, in no known encoding, or has no usable header.
    Unavailable
        If it has to be transcoded and the disk is full.
    """
    text, marked = utf8_bytes(path, mapping.encoding, scratch)
    header = _header(path, text, mapping, marked)
    _refuse_cut_end(path, text, len(header), mapping)
    schema = pa.schema(
        [(name, pa.string()) for name in header]
        + [(ROW, pa.int64()), (FILE, pa.string()), (SHAPE, pa.string())]
    )
    stream = CsvStream(header)
    batches = _batches(path, text, mapping, schema, stream)
    stream.reader = pa.RecordBatchReader.from_batches(schema, batches)
    return stream


def _parse_options(mapping: Mapping, handler: Any = None) -> Any:
    return pyarrow.csv.ParseOptions(
        delimiter=mapping.delimiter,
        quote_char=mapping.quote,
        double_quote=True,
        newlines_in_values=True,
        ignore_empty_lines=True,
        invalid_row_handler=handler,
    )


def _header(path: Path, text: Path, mapping: Mapping, marked: bool) -> list[str]:
    first = b""
    for piece in chunks(text):
        first += piece
        if b"\n" in first.lstrip(b"\r\n"):
            break
    first = first.removeprefix(_MARK) if marked else first
    line = first.lstrip(b"\r\n").split(b"\n", 1)[0].rstrip(b"\r")
    if not line.strip():
        raise TapeError(
            "the file is empty",
            expected="a header with the names of the columns, then rows",
            found=f"{len(first)} bytes",
            remedy="have the file sent again",
            file=path,
        )
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(line + b"\n"),
            parse_options=_parse_options(mapping),
        )
    except pa.ArrowInvalid as error:
        raise TapeError(
            "the header of the file cannot be read", found=str(error), file=path
        ) from error
    names = [name.strip() for name in table.column_names]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice or "" in names:
        raise TapeError(
            "the header names a column twice" if twice else "the header has an empty name",
            expected="every column with a name of its own",
            found=", ".join(twice) if twice else line.decode(errors="replace")[:200],
            remedy="check the delimiter and the first line of the file",
            file=path,
        )
    return names


def _refuse_cut_end(path: Path, text: Path, fields: int, mapping: Mapping) -> None:
    """A last line without its end and with too few fields: the file was cut off."""
    tail = b""
    for piece in chunks(text):
        tail = (tail + piece)[-65536:]
    if not tail or tail.endswith(b"\n"):
        return
    last = tail.rsplit(b"\n", 1)[-1]
    quotes = last.count(mapping.quote.encode())
    if quotes % 2 or (not quotes and last.count(mapping.delimiter.encode()) < fields - 1):
        raise TapeError(
            "the file is cut off in the middle of its last row",
            expected=f"{fields} fields and the end of the line",
            found=last.decode(errors="replace")[:200],
            remedy="have the file sent again and compare its size or SHA-256",
            file=path,
        )


def _batches(
    path: Path, text: Path, mapping: Mapping, schema: Any, stream: CsvStream
) -> Iterator[Any]:
    skipped: list[tuple[int, str]] = []

    def keep_aside(row: Any) -> str:
        # Numbered from 1 with the header in it.
        skipped.append((row.number - 1, f"{row.actual_columns} fields: {row.text}"))
        return "skip"

    taken = 0
    try:
        for batch in _read(text, len(stream.header), mapping, keep_aside):
            numbers = _numbers(taken, batch.num_rows, [number for number, _ in skipped])
            taken += batch.num_rows
            yield _framed(batch, numbers, path.name, schema)
    except pa.ArrowInvalid as error:
        stream.error = TapeError(
            "the file cannot be read as CSV",
            expected=f"quoted fields that end, rows of {len(stream.header)} fields",
            found=str(error),
            remedy="look for a quote that is never closed",
            file=path,
            row=taken + len(skipped) + 1,
        )
        raise stream.error from error
    if skipped:
        yield _shapeless(skipped, path.name, schema)


def _read(text: Path, width: int, mapping: Mapping, keep_aside: Any) -> Iterator[Any]:
    names = [f"c{index}" for index in range(width)]
    with pa.input_stream(str(text)) as stream:
        yield from pyarrow.csv.open_csv(
            stream,
            read_options=pyarrow.csv.ReadOptions(
                # Threads would lose the numbers of the rows that are kept aside.
                use_threads=False,
                block_size=_BLOCK_BYTES,
                column_names=names,
                skip_rows_after_names=1,
            ),
            parse_options=_parse_options(mapping, keep_aside),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )


def _numbers(before: int, count: int, skipped: list[int]) -> Any:
    """The row numbers of the next ``count`` good rows, after ``before`` good ones."""
    good = np.arange(before + 1, before + count + 1, dtype=np.int64)
    # How many good rows stand before each skipped one: it pushes on all that stand behind it.
    standing_before = np.array(skipped, dtype=np.int64) - 1 - np.arange(len(skipped))
    return good + np.searchsorted(standing_before, good, side="left")


def _framed(batch: Any, numbers: Any, name: str, schema: Any) -> Any:
    rows = batch.num_rows
    columns = [
        *batch.columns,
        pa.array(numbers),
        pa.repeat(name, rows),
        pa.nulls(rows, pa.string()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _shapeless(skipped: list[tuple[int, str]], name: str, schema: Any) -> Any:
    rows = len(skipped)
    columns = [pa.nulls(rows, pa.string()) for _ in range(len(schema) - 3)]
    columns += [
        pa.array([number for number, _ in skipped], pa.int64()),
        pa.repeat(name, rows),
        pa.array([text for _, text in skipped], pa.string()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)
