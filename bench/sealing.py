"""What sealing costs: persons' fields on their way into the database, and a change of the key.

    .venv/bin/python bench/sealing.py --persons 1000000

Batches as the take-in of a tape hands them on, in memory: made into COPY text as they are, and
sealed first. With ``--database`` the persons are also pushed through the statements of the take-in
on an embedded server of its own, and the key is changed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

BATCH_ROWS = 65_536


def batches(persons: int) -> Iterator[pa.RecordBatch]:
    """Persons with phone, e-mail and national id, in the columns of the contract."""
    from arrears.book.contract import TABLES

    for start in range(0, persons, BATCH_ROWS):
        numbers = range(start, min(start + BATCH_ROWS, persons))
        given = {
            "person_id": [f"P{n:09}" for n in numbers],
            "name": [f"name {n}" for n in numbers],
            "phone": [f"+86154{n % 10**8:08}" for n in numbers],
            "email": [f"p{n}@example.org" for n in numbers],
            "national_id": [f"39010119800101{n % 10**4:04}" for n in numbers],
            "jurisdiction": ["CN"] * len(numbers),
        }
        kinds = {"float": pa.float64(), "date": pa.date32()}
        columns = {
            column.name: pa.array(given[column.name])
            if column.name in given
            else pa.nulls(len(numbers), kinds.get(column.type, pa.string()))
            for column in TABLES["persons"].columns
        }
        yield pa.record_batch(columns | {"extra": pa.nulls(len(numbers), pa.string())})


def in_memory(persons: int) -> None:
    from arrears.loans.actions.sealing import seal_persons
    from arrears.store.sealed.cipher import Sealer
    from arrears.store.sealed.place import ring
    from arrears.store.staging import _csv

    for name, treat in (("as they are", lambda batch: batch), ("sealed", None)):
        treat = treat or seal_persons(Sealer(ring()))
        seconds, size = 0.0, 0
        for batch in batches(persons):
            began = time.process_time()
            size += len(_csv(treat(batch)))
            seconds += time.process_time() - began
        print(f"{name:12} {seconds:8.1f} s CPU  {persons / seconds:10,.0f} persons/s  {size:,} B")


def in_database(persons: int) -> None:
    from django.db import connection

    from arrears.book.contract import TABLES
    from arrears.kernel.ids import uuid7
    from arrears.loans.actions import keys
    from arrears.loans.actions.sealing import seal_persons
    from arrears.loans.actions.stage import _BESIDE, _TYPES
    from arrears.loans.actions.write import _PERSONS
    from arrears.store.actor import system
    from arrears.store.sealed.place import sealer
    from arrears.store.staging import stage
    from arrears.store.transactions import transaction

    actor = system("bench")
    columns = {c.name: _TYPES[c.type] for c in TABLES["persons"].columns} | {"extra": "jsonb"}
    columns |= _BESIDE["persons"]
    for name in ("take-in", "the same again"):
        began = time.monotonic()
        with transaction(actor) as at, connection.cursor() as cursor:
            stage("t_persons", columns, map(seal_persons(sealer()), batches(persons)))
            staged = time.monotonic()
            cursor.execute(_PERSONS, {"tape": uuid7(at.now), "now": at.now})
            rows = cursor.rowcount
        ended = time.monotonic()
        print(
            f"{name:15} stage {staged - began:6.1f} s, write {ended - staged:6.1f} s, {rows:,} rows"
        )
    began = time.monotonic()
    keys.rotate(actor)
    rows = keys.reseal_all(actor)
    print(f"change of key   {time.monotonic() - began:6.1f} s, {rows:,} rows")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--database", action="store_true")
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="arrears-bench-"))
    home.chmod(0o755)
    os.environ["ARREARS_HOME"] = str(home / "home")
    os.environ.pop("DATABASE_URL", None)
    try:
        from arrears.cli.work import at_work

        if given.database:
            with at_work():
                in_memory(given.persons)
                in_database(given.persons)
        else:
            import django

            os.environ["DJANGO_SETTINGS_MODULE"] = "arrears.site.settings"
            django.setup()
            in_memory(given.persons)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
