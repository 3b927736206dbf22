"""What the journal costs: recording, sealing, exporting and verifying, against bare PostgreSQL.

An embedded server of its own with the installation's settings. In one run:

- *record_many* of all entries, in transactions of 100,000, against a bare COPY of the very same
  rows by the owner into a clone with the same partitions and indexes, without triggers;
- *record*, one entry a transaction, against a bare INSERT of the same rows, one a transaction;
- sealing all of it; verifying the database; exporting everything; verifying that file.

    .venv/bin/python bench/journal.py --entries 1000000
"""

from __future__ import annotations

import argparse
import io
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from measure import cpu_so_far, table

DAY = date(2026, 6, 30)
BATCH = 100_000
MOST_VERIFY_S = 60.0  # for a million entries
PERSONAL_EVERY = 20
TURN = 100
# Job, entries, seconds by the clock, seconds of the client's CPU.
Row = tuple[str, int, float, float]
CLONE = """
CREATE TABLE bare (LIKE journal_entry INCLUDING ALL) PARTITION BY HASH (stream);
DO $$ BEGIN FOR n IN 0 .. 15 LOOP
  EXECUTE format('CREATE TABLE bare_%s PARTITION OF bare'
    ' FOR VALUES WITH (MODULUS 16, REMAINDER %s)', n, n);
END LOOP; END $$;
"""


def measured(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Seconds by the clock, seconds of this process's CPU, and what the work returned."""
    began, cpu = time.perf_counter(), cpu_so_far()
    result = work()
    return time.perf_counter() - began, cpu_so_far() - cpu, result


def entries(first: int, last: int) -> list[Any]:
    """Entries as a day brings them: contacts of as many cases as there are fives of entries."""
    from arrears.journal.actions import Entry, of_case

    return [
        Entry(
            of_case(UUID(int=n % max(1, last // 5))),
            "contacts.attempted",
            {
                "channel": "call",
                "number": n,
                "outcome": "无人接听",
                "rules": ["cn.hours", "cn.cap"],
            },
            {"phone": f"139{n:08}"} if n % PERSONAL_EVERY == 0 else None,
        )
        for n in range(first, last)
    ]


def record_all(count: int) -> None:
    """Everything, in transactions of 100,000."""
    from arrears.journal.actions import record_many
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    for first in range(0, count, BATCH):
        with transaction(system("bench")) as at:
            record_many(at, entries(first, min(first + BATCH, count)))


def record_singly(first: int, last: int) -> None:
    """One entry a transaction."""
    from arrears.journal.actions import record
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    for entry in entries(first, last):
        with transaction(system("bench")) as at:
            record(at, entry.stream, "contacts.reported", entry.data)


def copied(owner: Any) -> Callable[[], None]:
    """A bare COPY of the entries that are there, as text made before."""
    text = io.BytesIO()
    with owner.cursor().copy("COPY (SELECT * FROM journal_entry) TO STDOUT") as out:
        for chunk in out:
            text.write(chunk)

    def work() -> None:
        with owner.cursor().copy("COPY bare FROM STDIN") as into:
            view = memoryview(text.getvalue())
            for start in range(0, len(view), 1 << 20):
                into.write(view[start : start + (1 << 20)])

    return work


def singly(owner: Any, singles: int) -> list[Row]:
    """One a transaction: recorded, then the same rows bare; in turns, since disks have moods."""
    insert = f"INSERT INTO bare VALUES ({', '.join(['%s'] * 12)})"
    newest = f"SELECT * FROM journal_entry ORDER BY position DESC LIMIT {TURN}"
    owner.execute("TRUNCATE bare")
    spent = {"record, each committed": [0.0, 0.0], "bare INSERT, each committed": [0.0, 0.0]}
    for first in range(0, singles, TURN):
        ours = measured(lambda first=first: record_singly(first, first + TURN))
        rows = [
            [json.dumps(cell) if isinstance(cell, dict) else cell for cell in row]
            for row in owner.execute(newest).fetchall()
        ]
        bare = measured(lambda rows=rows: [owner.execute(insert, row) for row in rows])
        for sums, turn in zip(spent.values(), (ours, bare), strict=True):
            sums[0], sums[1] = sums[0] + turn[0], sums[1] + turn[1]
    return [(name, singles, wall, cpu) for name, (wall, cpu) in spent.items()]


def writing(owner: Any, count: int, singles: int) -> list[Row]:
    """Record, and write the same rows bare."""
    owner.execute("SELECT set_config('arrears.scope', 'lender', false)")
    owner.execute(CLONE)
    rows = [
        ("record_many", count, *measured(lambda: record_all(count))[:2]),
        ("bare COPY", count, *measured(copied(owner))[:2]),
        *singly(owner, singles),
    ]
    owner.execute("DROP TABLE bare")
    owner.execute("ANALYZE")
    return rows


def reading(total: int, path: Path) -> list[Row]:
    """Seal, verify in place, export, verify the export; nothing may be wrong."""
    from arrears.journal.actions import export, seal
    from arrears.journal.queries import verify_database
    from arrears.journal.verifier.files import verify_file
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    actor = system("bench")

    def sealed() -> None:
        with transaction(actor) as at:
            seal(at, DAY)

    def exported() -> None:
        with transaction(actor) as at, path.open("wb") as file:
            export(at, file, None, personal=True)

    rows, jobs = [], {
        "seal": sealed,
        "verify the database": lambda: verify_database(actor),
        "export everything": exported,
        "verify the export": lambda: verify_file(path),
    }  # fmt: skip
    for name, job in jobs.items():
        wall, cpu, report = measured(job)
        if report is not None and (report.wrong or report.entries != total):
            raise SystemExit(f"{name}: {report.as_json()}")
        rows.append((name, total, wall, cpu))
    return rows


def bench(count: int, singles: int) -> dict[str, Any]:
    """Measure everything and print the table."""
    import psycopg

    from arrears.site.installation import opened
    from arrears.store.logins import Logins

    with opened() as config:
        with psycopg.connect(autocommit=True, **Logins.of(config).parameters("owner")) as owner:
            rows = writing(owner, count, singles)
        path = config.home / "all.jsonl"
        rows += reading(count + singles, path)
        return told(rows, path.stat().st_size / 1e6)


def told(rows: list[Row], megabytes: float) -> dict[str, Any]:
    """Print the table and the ratios."""
    lines = [["job", "entries", "wall s", "CPU s of the client", "entries / wall s"]]
    lines += [
        [name, f"{count:,}", f"{wall:.2f}", f"{cpu:.2f}", f"{count / wall:,.0f}"]
        for name, count, wall, cpu in rows
    ]
    print(table(lines))
    wall_of = {name: wall for name, _, wall, _ in rows}
    many = wall_of["record_many"] / wall_of["bare COPY"]
    single = wall_of["bare INSERT, each committed"] / wall_of["record, each committed"]
    verify = wall_of["verify the export"] / rows[-1][1] * 1_000_000
    print(f"record_many / bare COPY {many:.2f}; record at {single:.0%} of the rate of bare INSERTs")
    verdict = "within" if verify <= MOST_VERIFY_S else "OVER"
    print(f"a million entries verify in {verify:.1f} s, {verdict} {MOST_VERIFY_S:g}")
    summary = {"copy_ratio": round(many, 2), "insert_share": round(single, 2),
               "verify_million_s": round(verify, 1), "export_mb": round(megabytes, 1)}  # fmt: skip
    print(json.dumps(summary))
    return summary


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--entries", type=int, default=20_000)
    parser.add_argument("--singles", type=int, default=2_000)
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="arrears-bench-"))
    home.chmod(0o755)  # as root, the server's user passes through it
    os.environ |= {"ARREARS_HOME": str(home), "ARREARS_LOG_LEVEL": "WARNING"}
    os.environ.pop("DATABASE_URL", None)
    try:
        summary = bench(given.entries, given.singles)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0 if summary["verify_million_s"] <= MOST_VERIFY_S else 1


if __name__ == "__main__":
    sys.exit(main())
