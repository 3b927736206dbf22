"""What the steps of a run share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from arrears.book.engine import connect
from arrears.daily.models import Run
from arrears.kernel.errors import Conflict

Progress = Callable[[str, int, int], None]


class BookMoved(Conflict):
    """A delivery came in while the run was at work; it begins anew on the newer book."""


def require_version(expected: int, found: int) -> None:
    """Stop a run whose book is not the newest any more.

    Raises
    ------
    BookMoved
        With both versions.
    """
    if found != expected:
        raise BookMoved(
            "the book changed while the run was at work",
            expected=f"version {expected}",
            found=f"version {found}",
            remedy="run again",
        )


TABLES = ("persons", "loans", "instalments", "payments", "snapshots", "holds")


@dataclass
class Day:
    """A run at work.

    Parameters
    ----------
    run
        Its row.
    home
        Where files lie: the book by version under ``cache/``, results under ``runs/``.
    progress
        Told step, done, of.
    """

    run: Run
    home: Path
    progress: Progress

    @property
    def as_of(self) -> date:
        """The business day."""
        return self.run.as_of

    @property
    def book(self) -> Path:
        """The folder of this version of the book, a Parquet file a table.

        The digest is in the name: a database that was restored, or begun anew, may count the
        same version twice.
        """
        name = f"book-{self.run.book_version}-{self.run.book_sha256[:16]}"
        return self.home / "cache" / name

    @property
    def aged(self) -> Path:
        """The overdue loans of the day."""
        return self.home / "runs" / str(self.run.id) / "aged.parquet"

    @property
    def persons(self) -> Path:
        """The persons with an overdue loan, and what is next for them."""
        return self.aged.with_name("persons.parquet")

    @cached_property
    def duckdb(self) -> Any:
        """The engine in this process."""
        return connect("duckdb", temp_directory=self.home / "scratch")

    @cached_property
    def engine(self) -> Any:
        """The engine that ages the book."""
        if self.run.engine == "duckdb":
            return self.duckdb
        return connect(self.run.engine, temp_directory=self.home / "scratch")

    def tables(self, con: Any) -> dict[str, Any]:
        """The book's tables in an engine; without those that are empty but for loans."""
        found = {name: con.read_parquet(self.book / f"{name}.parquet") for name in TABLES}
        empty = [
            name
            for name in ("instalments", "payments", "snapshots")
            if not (self.book / f"{name}.rows").exists()
        ]
        kept = {name: table for name, table in found.items() if name not in empty}
        if "instalments" not in kept and "snapshots" not in kept:
            kept["instalments"] = found["instalments"]
        return kept

    def close(self) -> None:
        """Let go of the engines."""
        for name in ("engine", "duckdb"):
            if name in self.__dict__ and self.__dict__[name].name == "duckdb":
                self.__dict__[name].disconnect()
                break
