"""A tape that has been opened: typed tables beside what could not be typed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

from arrears.book.contract import TABLES, nullable_with_snapshots
from arrears.book.fetch import fetch
from arrears.book.functions import json_text
from arrears.book.mapping import PLAIN, Mapping
from arrears.book.read.damage import refuse_damaged
from arrears.book.read.stage import EXTRA
from arrears.book.scratch import Scratch
from arrears.kernel.errors import TapeError


@dataclass
class Tape:
    """What a lender handed in, readable by the engine; nothing is checked yet.

    Use it as a context manager: leaving it removes what was staged on disk, and with it the
    tables. Otherwise that stays until the engine's connection ends. An engine's error that
    leaves it becomes a TapeError if a Parquet file turns out to be damaged.

    Parameters
    ----------
    source
        The path or database (without its password) that it came from.
    tables
        Each table with the contract's columns in the contract's types (null where a cell did not
        convert), ``_row`` (from 1, in its file), ``_file``, and where the tape has them
        ``_raw_<column>`` (the text of cells that did not convert), ``_shape`` (the text of a row
        of the wrong number of fields) and ``_extra`` (the lender's own columns as JSON).
    columns
        The contract's columns that the lender delivered, by table.
    unknown_columns
        The lender's columns that the contract does not know, by table: kept in ``_extra``.
    unread
        Files and tables that lie beside it and were not read.
    """

    con: Any
    source: str
    tables: dict[str, Any]
    columns: dict[str, tuple[str, ...]]
    unknown_columns: dict[str, tuple[str, ...]]
    staged: Scratch = field(repr=False)
    unread: tuple[str, ...] = ()
    mapping: Mapping = PLAIN
    _digests: Callable[[], dict[str, str]] = field(default=dict, repr=False)
    _parquet_files: Dict[str, Sequence[Path]] = field(default_factory=dict, repr=False)

    @property
    def form(self) -> str:
        """``instalment``, ``snapshot``, ``both``, or ``none`` if it brings neither."""
        forms = [
            form
            for table, form in (("instalments", "instalment"), ("snapshots", "snapshot"))
            if table in self.tables
        ]
        return "both" if len(forms) == 2 else forms[0] if forms else "none"

    @cached_property
    def sha256(self) -> dict[str, str]:
        """The digest of each table as handed in, hexadecimal; reads the files once.

        Of a table in one file it is the file's; of several, that of the lines which ``sha256sum``
        prints for them in the order of their names.
        """
        return self._digests()

    @cached_property
    def digest(self) -> str:
        """One SHA-256 of all that was handed in, and of the mapping that reads it."""
        lines = [f"{name} {digest}\n" for name, digest in sorted(self.sha256.items())]
        lines.append(f"mapping {self.mapping.digest}\n")
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @cached_property
    def unknown_codes(self) -> dict[str, dict[str, int]]:
        """Codes that nobody documented: how many rows have each, by ``table.column``.

        Those of the contract's columns go in as ``other``; those of the lender's own columns
        stay as they are.
        """
        found = {}
        for name, table in self.tables.items():
            for column in TABLES[name].columns:
                if column.code_else is not None:
                    found[f"{name}.{column.name}"] = _other_than(
                        self.con, table, table[column.name], column.codes
                    )
        for named in self.mapping.documented:
            table = self.tables[named.table]
            if EXTRA in table.columns:
                code = json_text(self.con, table[EXTRA], named.column)
                found[f"{named.table}.{named.column}"] = _other_than(
                    self.con, table, code, named.codes
                )
        return {place: codes for place, codes in found.items() if codes}

    def require(self, *names: str) -> None:
        """Refuse a tape that lacks one of these tables.

        Raises
        ------
        TapeError
            With the missing tables and those that are there.
        """
        missing = [name for name in names if name not in self.tables]
        if missing:
            raise TapeError(
                f"the tape has no {', '.join(missing)}",
                expected=", ".join(names),
                found=", ".join(self.tables),
                remedy="add the file, or name it in the mapping",
                file=self.source,
            )

    def require_schedule(self) -> None:
        """Refuse a tape that cannot be aged: it needs loans, and instalments or snapshots.

        ``payments`` may be absent (nothing was paid), and so may ``persons``.
        """
        self.require("loans")
        if self.form == "none":
            raise TapeError(
                "the tape has neither instalments nor snapshots",
                expected="instalments (and payments), or snapshots",
                found=", ".join(self.tables),
                remedy="add one of them",
                file=self.source,
            )

    def __post_init__(self) -> None:
        # Bound to the engine, not to this object: tables that were given out outlive it.
        self.staged.keep_for(self.con)

    @property
    def scratch(self) -> Path:
        """Where it is staged on disk."""
        return self.staged.path

    def close(self) -> None:
        """Remove what was staged on disk."""
        self.staged.close()

    def __enter__(self) -> Tape:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        refuse_damaged(self._parquet_files, value)


def _other_than(con: Any, table: Any, code: Any, codes: tuple[str, ...]) -> dict[str, int]:
    counted = (
        table.filter(code.notnull() & code.notin(codes))
        .group_by(code=code)
        .agg(rows=lambda t: t.count())
    )
    rows = fetch(con, counted.order_by("code"))
    return {row["code"]: row["rows"] for row in rows}


def require_columns(
    table: str, found: list[str], given: set[str], tables: set[str], label: str
) -> None:
    """Refuse a table whose header lacks a required column.

    Parameters
    ----------
    found
        The names in its header.
    given
        The contract's columns that it delivers.
    tables
        All tables of the tape: with snapshots some columns of loans may be absent.

    Raises
    ------
    TapeError
        With the header as found and the columns as expected.
    """
    spec = TABLES[table]
    needed = [
        column.name
        for column in spec.columns
        if column.required
        and not ("snapshots" in tables and nullable_with_snapshots(table, column.name))
    ]
    missing = [name for name in needed if name not in given]
    if not missing:
        return
    remedy = "rename the columns, or give a mapping file"
    if len(found) == 1 and any(mark in found[0] for mark in ";\t|,"):
        remedy = "the delimiter looks wrong: name it in a mapping file (csv: {delimiter: …})"
    raise TapeError(
        f"the table {table} lacks the column {', '.join(missing)}",
        expected=", ".join(needed),
        found=", ".join(found),
        remedy=remedy,
        file=label,
        table=table,
        column=", ".join(missing),
    )
