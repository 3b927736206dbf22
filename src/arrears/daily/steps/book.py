"""Step 1: one version of the stored book, as Parquet files.

One transaction reads it whole, so that no tape is seen half; the files take their place at once
and serve every run of that version.
"""

from __future__ import annotations

import shutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import OperationalError, connection

from arrears.book.canonical import exact
from arrears.daily.steps.day import Day, require_version
from arrears.daily.steps.exported import SCHEMAS, STATEMENTS
from arrears.kernel.errors import Unavailable
from arrears.store.actor import LENDER
from arrears.store.logins import address_of
from arrears.store.transactions import At

KEPT_VERSIONS = 2
# Its import draws pandas in, a second that a start should not wait for.
_ADBC = "adbc_driver_postgresql.dbapi"


def book(day: Day, at: At) -> dict[str, Any]:
    """Write the files of this version, unless they are there.

    Raises
    ------
    BookMoved
        If a tape came in since the run began; the run starts anew on the newer book.
    Unavailable
        If the disk is full.
    """
    if day.book.exists():
        return {"rows": _rows(day.book)}
    unfinished = day.book.with_name(f".{day.book.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        unfinished.mkdir(parents=True)
        _export(unfinished, day)
        unfinished.replace(day.book)
    except OSError as error:
        raise Unavailable(
            "the book cannot be written to files",
            found=str(error),
            remedy="free space under ARREARS_HOME and run again",
            directory=str(day.book.parent),
        ) from error
    except Exception as error:
        if _is_gone(error):
            raise OperationalError(str(error)) from error
        raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    _forget_older(day.book)
    return {"rows": _rows(day.book)}


def _export(folder: Path, day: Day) -> None:
    adbc = import_module(_ADBC)
    with adbc.connect(address_of(connection)) as link, link.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(f"SELECT set_config('arrears.scope', '{LENDER}', true)")
        cursor.execute("SELECT version FROM loans_book")
        require_version(day.run.book_version, cursor.fetchone()[0])
        for number, (name, statement) in enumerate(STATEMENTS.items()):
            day.progress("book", number, len(STATEMENTS))
            cursor.execute(statement)
            rows = 0
            with pq.ParquetWriter(
                folder / f"{name}.parquet", SCHEMAS[name], compression="zstd"
            ) as writer:
                for batch in cursor.fetch_record_batch():
                    table = exact(pa.Table.from_batches([batch]), SCHEMAS[name])
                    writer.write_table(table)
                    rows += table.num_rows
            if rows:
                (folder / f"{name}.rows").write_text(str(rows))


def _is_gone(error: Exception) -> bool:
    """Whether this driver says that the connection broke; as Django would say it, it is waited for.

    Its own errors carry a code of SQL, or none where the socket failed.
    """
    driver = type(error).__module__.startswith("adbc")
    code = getattr(error, "sqlstate", None) or ""
    return driver and (not code.strip("\0") or code.startswith(("08", "57P")))


def _rows(folder: Path) -> dict[str, int]:
    return {
        name: int(marker.read_text()) if (marker := folder / f"{name}.rows").exists() else 0
        for name in STATEMENTS
    }


def _forget_older(newest: Path) -> None:
    """Keep the newest versions only; they can be written again at any time."""
    versions = sorted(
        newest.parent.glob("book-*-*"), key=lambda path: (path.stat().st_mtime_ns, path.name)
    )
    for old in versions[:-KEPT_VERSIONS]:
        if old != newest:
            shutil.rmtree(old, ignore_errors=True)
