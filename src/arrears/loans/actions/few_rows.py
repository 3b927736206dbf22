"""A few rows, pushed or mended, opened as a tape."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from arrears.book.engine import connect
from arrears.book.read import Tape, open_rows

_MEMORY = "400MB"


@contextmanager
def opened_rows(tables: Mapping[str, Sequence[Mapping[str, Any]]], source: str) -> Iterator[Tape]:
    """The rows of each table as a tape, in an engine of their own."""
    scratch = settings.ARREARS.home / "scratch"
    con = connect("duckdb", memory_limit=_MEMORY, threads=1, temp_directory=scratch)
    try:
        with open_rows(con, tables, source=source, scratch=scratch) as tape:
            yield tape
    finally:
        con.disconnect()
