"""Opening a tape: find its tables, convert them, and hand them to the engine."""

from __future__ import annotations

import hashlib
import tempfile
import uuid
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from arrears.book.contract import FILE, ROW, SHAPE, TABLES
from arrears.book.engine import connect
from arrears.book.exact import is_spark
from arrears.book.mapping import PLAIN, Mapping, TableMapping
from arrears.book.read import stage
from arrears.book.read.csv import open_csv
from arrears.book.read.damage import refuse_damaged
from arrears.book.read.database import is_database, open_database
from arrears.book.read.encoding import disk_trouble
from arrears.book.read.parquet import read_parquet, schema_of
from arrears.book.read.sources import PARQUET, Source, locate
from arrears.book.read.tape import Tape, require_columns
from arrears.book.scratch import Scratch
from arrears.kernel.errors import BadInput, TapeError


def open_tape(
    con: Any,
    source: Path | str,
    mapping: Mapping | None = None,
    *,
    scratch: Path | str | None = None,
) -> Tape:
    """Open the tape at a path or in a database.

    Parquet of the contract's own types is read in place. Everything else (CSV, other types, a
    mapping that converts, a database) is converted once into Parquet under ``scratch``.

    Parameters
    ----------
    con
        The backend from :func:`arrears.book.engine.connect` that will read it.
    source
        A directory, a file, or ``postgresql://…?schema=…``.
    scratch
        Where to make the directory of what is staged; the system's temporary directory if None.

    Raises
    ------
    TapeError
        If the tape as a whole cannot be read: file, place, expected and found are named.
    Unavailable
        If the disk is full, or the database is away.
    """
    mapping = mapping or PLAIN
    opening = _Opening(con, mapping, scratch)
    try:
        if is_database(source):
            return opening.database(str(source))
        return opening.files(Path(source))
    except BaseException as error:
        opening.abandon()
        opening.refuse_damaged(error)
        raise


def open_rows(
    con: Any,
    rows: Dict[str, Sequence[Dict[str, object]]],
    *,
    scratch: Path | str | None = None,
    source: str = "rows",
) -> Tape:
    """Open rows that are already here (pushed by the API, mended by hand) as a tape.

    Every value is read as text, by the rules for CSV; keys that no column has are unknown
    columns.

    Raises
    ------
    BadInput
        If a table is not of the contract.
    """
    opening = _Opening(con, PLAIN, scratch)
    try:
        return opening.rows(rows, source)
    except BaseException:
        opening.abandon()
        raise


class _Opening:
    """One tape being opened; gathers its tables."""

    def __init__(self, con: Any, mapping: Mapping, scratch: Path | str | None) -> None:
        self._con = con
        self._mapping = mapping
        parent = Path(scratch or tempfile.gettempdir())
        with disk_trouble(parent, "the tape is opened"):
            self._staged = Scratch(parent)
        self._scratch = self._staged.path
        self._tables: dict[str, Any] = {}
        self._columns: dict[str, tuple[str, ...]] = {}
        self._unknown: dict[str, tuple[str, ...]] = {}
        self._stager: Any = None
        self._parquet_files: dict[str, tuple[Path, ...]] = {}

    def abandon(self) -> None:
        self._tape("", (), dict).close()

    def refuse_damaged(self, error: BaseException) -> None:
        refuse_damaged(self._parquet_files, error)

    def files(self, path: Path) -> Tape:
        sources, unread = locate(path, self._mapping)
        names = {source.table for source in sources}
        for source in sources:
            if source.kind == PARQUET:
                self._parquet(source, names)
            else:
                self._csv(source, names)
        return self._tape(str(path), unread, partial(_file_digests, sources))

    def database(self, url: str) -> Tape:
        with open_database(url, self._mapping) as database:
            digests = {}
            for table, name in database.tables.items():
                header = database.header(name)
                mapped = self._mapped(
                    table, header, set(database.tables), f"{name} of the database"
                )
                stream = database.stream(name, mapped)
                self._stage(table, stream.reader, header, mapped, stream)
                digests[table] = stream.digest.hexdigest()
            return self._tape(database.label, database.unread, lambda: digests)

    def rows(self, rows: Dict[str, Sequence[Dict[str, object]]], source: str) -> Tape:
        digests = {}
        for table, found in rows.items():
            if table not in TABLES:
                raise BadInput(
                    "there is no such table in the tape", expected=", ".join(TABLES), found=table
                )
            header = sorted({key for row in found for key in row} | set(TABLES[table].names))
            arrow = _rows_as_text(found, header, source)
            digests[table] = hashlib.sha256(repr(arrow.to_pylist()).encode()).hexdigest()
            mapped = self._mapped(table, header, set(rows), source)
            self._stage(table, arrow.to_reader(), header, mapped)
        return self._tape(source, (), lambda: digests)

    def _mapped(self, table: str, header: list[str], names: set[str], label: str) -> TableMapping:
        mapped = stage.mapping_of(table, header, self._mapping)
        given = set(mapped.parts[0])
        require_columns(table, header, given, names, label)
        self._columns[table] = tuple(name for name in TABLES[table].names if name in given)
        unknown = stage.unknown_columns(table, header, mapped, self._mapping)
        if unknown:
            self._unknown[table] = unknown
        return mapped

    def _parquet(self, source: Source, names: set[str]) -> None:
        header = schema_of(source)
        self._parquet_files[source.table] = source.files
        mapped = self._mapped(source.table, header, names, source.label)
        raw = read_parquet(self._con, source)
        if stage.is_direct(source.table, raw.schema(), mapped, self._mapping):
            unknown = self._unknown.get(source.table, ())
            self._tables[source.table] = stage.direct(raw, source.table, mapped, unknown)
            return
        raw = read_parquet(self._stage_engine(), source)
        self._write(source.table, stage.staged(raw, source.table, mapped, self._mapping))

    def _csv(self, source: Source, names: set[str]) -> None:
        first: list[str] = []
        for part, file in enumerate(source.files):
            stream = open_csv(file, self._mapping, self._scratch)
            first = first or stream.header
            if stream.header != first:
                raise TapeError(
                    f"the files of {source.table} have different headers",
                    expected=", ".join(first),
                    found=", ".join(stream.header),
                    file=file,
                    table=source.table,
                )
            mapped = self._mapped(source.table, stream.header, names, str(file))
            self._stage(source.table, stream.reader, stream.header, mapped, stream, part)

    def _stage(
        self,
        table: str,
        reader: Any,
        header: list[str],
        mapped: TableMapping,
        stream: Any = None,
        part: int = 0,
    ) -> None:
        """Convert a stream of batches into one Parquet file of the table."""
        engine = self._stage_engine()
        name = f"stream_{uuid.uuid4().hex}"
        engine.con.register(name, reader)
        try:
            raw = engine.table(name)
            if len(mapped.parts) > 1:
                # A stream can be drawn from once, and unpivoting reads it once for each part.
                raw = self._keep(raw, f"{table}-{part}")
            self._write(table, stage.staged(raw, table, mapped, self._mapping), part)
        except Exception:
            if stream is not None and stream.error is not None:
                raise stream.error from None
            raise
        finally:
            engine.con.unregister(name)

    def _keep(self, raw: Any, name: str) -> Any:
        engine = self._stage_engine()
        path = self._scratch / f"{name}.raw.parquet"
        with disk_trouble(self._scratch, f"{name} is unpacked"):
            engine.to_parquet(raw, path)
        return engine.read_parquet(path)

    def _write(self, table: str, expression: Any, part: int = 0) -> None:
        directory = self._scratch / table
        directory.mkdir(exist_ok=True)
        with disk_trouble(self._scratch, f"{table} is converted"):
            self._stage_engine().to_parquet(expression, directory / f"{part:06}.parquet")
        # Ibis hands Spark a list of files as one name; of the directory both read every part.
        files: str | list[str] = [str(file) for file in sorted(directory.iterdir())]
        if is_spark(self._con):
            files = str(directory)
        self._tables[table] = self._con.read_parquet(files)

    def _stage_engine(self) -> Any:
        if not is_spark(self._con):
            return self._con
        if self._stager is None:
            self._stager = connect("duckdb", memory_limit="1GB", temp_directory=self._scratch)
        return self._stager

    def _tape(self, source: str, unread: tuple[str, ...], digests: Any) -> Tape:
        return Tape(
            con=self._con,
            source=source,
            tables={name: self._tables[name] for name in TABLES if name in self._tables},
            columns=self._columns,
            unknown_columns=self._unknown,
            unread=unread,
            mapping=self._mapping,
            staged=self._staged,
            _digests=digests,
            _parquet_files=self._parquet_files,
        )


def _file_digests(sources: list[Source]) -> dict[str, str]:
    return {source.table: _digest(source.files) for source in sources}


def _digest(files: Sequence[Path]) -> str:
    digests = []
    for file in files:
        with file.open("rb") as stream:
            digests.append(hashlib.file_digest(stream, "sha256").hexdigest())
    if len(files) == 1:
        return digests[0]
    lines = (f"{digest}  {file.name}\n" for digest, file in zip(digests, files, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _rows_as_text(rows: Sequence[Dict[str, object]], header: list[str], source: str) -> pa.Table:
    columns = {
        name: pa.array([_text(row.get(name)) for row in rows], pa.string()) for name in header
    }
    columns[ROW] = pa.array(range(1, len(rows) + 1), pa.int64())
    columns[FILE] = pa.array([source] * len(rows), pa.string())
    columns[SHAPE] = pa.nulls(len(rows), pa.string())
    return pa.table(columns)


def _text(value: object) -> str | None:
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)
