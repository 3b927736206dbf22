"""Which files or database tables a tape consists of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from arrears.book.contract import TABLES
from arrears.book.mapping import Mapping
from arrears.kernel.errors import TapeError

PARQUET, CSV, DATABASE, ROWS = "parquet", "csv", "database", "rows"
_ENDINGS = {".parquet": PARQUET, ".csv": CSV, ".csv.gz": CSV}
ENVELOPE = "tape.json"


@dataclass(frozen=True)
class Source:
    """Where one table is read from.

    Parameters
    ----------
    kind
        ``parquet``, ``csv``, ``database`` or ``rows``.
    files
        Its files in the order of their names; empty for a database.
    label
        How errors name it.
    """

    table: str
    kind: str
    files: tuple[Path, ...]
    label: str


def locate(path: Path, mapping: Mapping) -> tuple[list[Source], tuple[str, ...]]:
    """The sources of a tape on disk, and the names of what lies there and is not read.

    Raises
    ------
    TapeError
        If there is nothing, a table lies there twice, or a file named by the mapping does not.
    """
    if not path.exists():
        raise TapeError("there is no tape at this path", remedy="check the path", file=path)
    if path.is_file():
        kind = _kind(path)
        if kind is None:
            raise TapeError(
                "this file is no tape",
                expected=f"a file ending in {', '.join(_ENDINGS)}, or a directory of them",
                found=path.name,
                file=path,
            )
        tables = list(mapping.tables) or _tables_named(path)
        return [Source(table, kind, (path,), path.name) for table in tables], ()
    return _locate_in_directory(path, mapping)


def _locate_in_directory(path: Path, mapping: Mapping) -> tuple[list[Source], tuple[str, ...]]:
    entries = sorted(entry for entry in path.iterdir() if not entry.name.startswith((".", "_")))
    sources = []
    for table in mapping.tables or TABLES:
        wanted = mapping.tables[table].source if mapping.tables else None
        found = _named(path, entries, wanted) if wanted else _candidates(entries, table)
        if not found and mapping.tables and not wanted:
            # A mapping that draws every table from the only file there need not name it.
            readable = [entry for entry in entries if _kind(entry)]
            found = readable if len(readable) == 1 else []
        if len(found) > 1:
            raise TapeError(
                f"the table {table} lies there more than once",
                expected="one file or directory for each table",
                found=", ".join(entry.name for entry in found),
                remedy="remove all but one",
                file=path,
                table=table,
            )
        if found:
            sources.append(_source(table, found[0]))
        elif mapping.tables:
            raise TapeError(
                f"the file of the table {table} is missing",
                expected=wanted or f"{table}.parquet, {table}.csv, {table}.csv.gz or {table}/",
                found=", ".join(entry.name for entry in entries) or "an empty directory",
                file=path,
                table=table,
            )
    read = {file for source in sources for file in source.files}
    unread = [
        entry.name
        for entry in entries
        if entry.name != ENVELOPE and entry not in read and not _holds(entry, read)
    ]
    if not sources:
        raise TapeError(
            "there is no table of the tape at this path",
            expected=", ".join(f"{table}.parquet" for table in TABLES) + ", or .csv, .csv.gz",
            found=", ".join(unread) or "an empty directory",
            remedy="name the files after their tables, or give a mapping file",
            file=path,
        )
    return sources, tuple(unread)


def _holds(directory: Path, files: Iterable[Path]) -> bool:
    return any(file.parent == directory for file in files)


def _kind(path: Path) -> str | None:
    if not path.is_file():
        return None
    return next((kind for end, kind in _ENDINGS.items() if path.name.lower().endswith(end)), None)


def _stem(path: Path) -> str:
    name = path.name.lower()
    for end in sorted(_ENDINGS, key=len, reverse=True):
        name = name.removesuffix(end)
    return name


def _tables_named(path: Path) -> list[str]:
    if _stem(path) not in TABLES:
        raise TapeError(
            "the name of the file is not the name of a table",
            expected=", ".join(TABLES),
            found=path.name,
            remedy="name it after its table, or give a mapping file",
            file=path,
        )
    return [_stem(path)]


def _candidates(entries: list[Path], table: str) -> list[Path]:
    return [
        entry
        for entry in entries
        if (_kind(entry) and _stem(entry) == table) or (entry.is_dir() and entry.name == table)
    ]


def _named(directory: Path, entries: list[Path], wanted: str) -> list[Path]:
    return [entry for entry in entries if entry == directory / wanted]


def _source(table: str, entry: Path) -> Source:
    if entry.is_file():
        kind = _kind(entry)
        if kind is None:
            raise TapeError(
                "this kind of file is not read",
                expected=", ".join(_ENDINGS),
                found=entry.name,
                file=entry,
                table=table,
            )
        return Source(table, kind, (entry,), entry.name)
    files = tuple(sorted(file for file in entry.iterdir() if _kind(file)))
    kinds = {_kind(file) for file in files}
    if len(kinds) != 1:
        raise TapeError(
            f"the directory of the table {table} "
            + ("mixes formats" if kinds else "holds no file that is read"),
            expected="files of one kind: " + ", ".join(_ENDINGS),
            found=", ".join(sorted(file.name for file in entry.iterdir())) or "nothing",
            file=entry,
            table=table,
        )
    return Source(table, kinds.pop() or PARQUET, files, f"{entry.name}/")
