"""Tables of a PostgreSQL database as a tape, by ADBC into Arrow."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import pyarrow as pa
import pyarrow.csv

from arrears.book.contract import FILE, ROW, TABLES
from arrears.book.mapping import Mapping, TableMapping
from arrears.kernel.errors import ArrearsError, TapeError, Unavailable

# Its import draws pandas in, a second of work that a tape of files does not need.
_ADBC = "adbc_driver_postgresql.dbapi"
_SCHEMES = ("postgresql", "postgres")


def is_database(source: Path | str) -> bool:
    """Whether it is the address of a database and not a path."""
    return isinstance(source, str) and urlsplit(source).scheme in _SCHEMES


@dataclass
class TableStream:
    """One table as Arrow batches with ``_row`` and ``_file``; ``digest`` grows as they pass."""

    reader: Any
    digest: Any
    error: ArrearsError | None = None


class Database:
    """The tables of one schema that belong to the tape."""

    def __init__(self, connection: Any, schema: str, label: str, mapping: Mapping) -> None:
        self._connection = connection
        self._schema = schema
        self.label = label
        there = self._names()
        wanted = (
            {table: mapped.source or table for table, mapped in mapping.tables.items()}
            if mapping.tables
            else {table: table for table in TABLES if table in there}
        )
        missing = sorted(set(wanted.values()) - set(there))
        if missing or not wanted:
            raise TapeError(
                "the database lacks a table of the tape" if missing else "there is no tape there",
                expected=", ".join(missing or TABLES),
                found=", ".join(there) or f"no tables in the schema {schema}",
                remedy="name the schema in the address (?schema=…), or the tables in a mapping",
                file=label,
            )
        self.tables = wanted
        self.unread = tuple(name for name in there if name not in wanted.values())

    def _names(self) -> list[str]:
        rows = self._rows(
            "SELECT table_name FROM information_schema.tables"
            ' WHERE table_schema = $1 ORDER BY table_name COLLATE "C"',
            (self._schema,),
        )
        return [row[0] for row in rows]

    def header(self, name: str) -> list[str]:
        """The names of a table's columns."""
        rows = self._rows(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position",
            (self._schema, name),
        )
        return [row[0] for row in rows]

    def _rows(self, query: str, values: tuple[str, ...]) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall())

    def stream(self, name: str, mapped: TableMapping) -> TableStream:
        """The rows of a table in the order of their key, so that the digest is repeatable."""
        spec = TABLES[mapped.table]
        cells = mapped.parts[0]
        keys = [cells[key].source for key in spec.key if key in cells and cells[key].source]
        order = ", ".join(f'{_quoted(str(key))}::text COLLATE "C"' for key in keys)
        numeric = self._numeric(name)
        columns = ", ".join(
            # ADBC gives numeric as an opaque type; its text is exact.
            f"{_quoted(column)}::text AS {_quoted(column)}"
            if column in numeric
            else _quoted(column)
            for column in self.header(name)
        )
        table = f"{_quoted(self._schema)}.{_quoted(name)}"
        cursor = self._connection.cursor()
        cursor.execute(f"SELECT {columns} FROM {table}" + (f" ORDER BY {order}" if order else ""))
        reader = cursor.fetch_record_batch()
        schema = reader.schema.append(pa.field(ROW, pa.int64())).append(pa.field(FILE, pa.string()))
        stream = TableStream(None, hashlib.sha256(",".join(reader.schema.names).encode()))
        stream.reader = pa.RecordBatchReader.from_batches(
            schema, _numbered(reader, cursor, name, schema, stream)
        )
        return stream

    def _numeric(self, name: str) -> set[str]:
        rows = self._rows(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = $1 AND table_name = $2"
            " AND data_type IN ('numeric', 'uuid', 'money', 'USER-DEFINED')",
            (self._schema, name),
        )
        return {row[0] for row in rows}


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _numbered(
    reader: Any, cursor: Any, name: str, schema: Any, stream: TableStream
) -> Iterator[Any]:
    taken = 0
    options = pyarrow.csv.WriteOptions(include_header=False)
    try:
        for batch in reader:
            rows = batch.num_rows
            if not rows:
                continue
            text = io.BytesIO()
            pyarrow.csv.write_csv(batch, text, options)
            stream.digest.update(text.getbuffer())
            numbers = pa.array(range(taken + 1, taken + rows + 1), pa.int64())
            taken += rows
            yield pa.RecordBatch.from_arrays(
                [*batch.columns, numbers, pa.repeat(name, rows)], schema=schema
            )
    except (import_module(_ADBC).Error, pa.ArrowException) as error:
        stream.error = _away(error, name)
        raise stream.error from error
    finally:
        cursor.close()


def _away(error: Exception, where: str) -> Unavailable:
    return Unavailable(
        "the database of the tape cannot be read",
        found=" ".join(str(error).split())[:300],
        remedy="check that it runs, that the address is right and that the role may read",
        file=where,
    )


@contextmanager
def open_database(url: str, mapping: Mapping) -> Iterator[Database]:
    """Connect to ``postgresql://user@host/name?schema=tapes`` (schema ``public`` if unnamed).

    Raises
    ------
    Unavailable
        If it cannot be reached or read.
    TapeError
        If the schema holds no table of the tape, or lacks one that the mapping names.
    """
    adbc = import_module(_ADBC)
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    schema = query.pop("schema", "public")
    address = urlunsplit(parts._replace(query=urlencode(query)))
    host = parts.hostname or query.get("host", "")
    label = f"{parts.scheme}://{host}{parts.path}?schema={schema}"
    try:
        connection = adbc.connect(address)
    except adbc.Error as error:
        raise _away(error, label) from error
    try:
        yield Database(connection, schema, label, mapping)
    except adbc.Error as error:
        raise _away(error, label) from error
    finally:
        connection.close()
