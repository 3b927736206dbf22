"""Write overdue loans as cases, against a bare COPY of the very same rows.

Both go into tables with the same columns, constraints, indexes and foreign keys, in one run, on
an embedded server of its own with the installation's own settings. The bare COPY is done by the
owner into clones without row security: the least that PostgreSQL can do for these rows.

    .venv/bin/python bench/cases.py --loans 400000
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil

from measure import table

AS_OF = date(2026, 6, 30)
AT = datetime(2026, 6, 30, 12, tzinfo=UTC)
RUN = UUID(int=7)
MOST = 3.0
# In the order of their foreign keys.
CASES = ("cases_case", "cases_loan", "cases_event", "cases_bucket_span")
# What goes on record, with the heads of the chains; a plain COPY of it has no chain to keep.
JOURNAL = ("journal_entry", "journal_head")
TABLES = (*CASES, *JOURNAL)
FLOOR = "bare COPY into clones"


@dataclass
class Cost:
    """Seconds: of the wall clock, and of CPU in this process and in its backend."""

    wall_s: float = 0.0
    cpu_s: float = 0.0


@contextmanager
def measured(cost: Cost, backend: int) -> Iterator[None]:
    """Add what the block costs, its commit included."""
    processes = [psutil.Process(), psutil.Process(backend)]

    def spent() -> float:
        times = [process.cpu_times() for process in processes]
        return sum(t.user + t.system for t in times)

    cpu, wall = spent(), time.perf_counter()
    yield
    cost.wall_s += time.perf_counter() - wall
    cost.cpu_s += spent() - cpu


def fill(loans: int) -> None:
    """Persons and loans of a book: four persons in five have one loan, the fifth has two."""
    from django.db import connection

    from arrears.loans.actions.write import named_sql
    from arrears.loans.models import Tape
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    with transaction(system("bench")), connection.cursor() as cursor:
        tape = Tape.objects.create(
            id="00000000-0000-0000-0000-000000000001",
            tape_ref="bench",
            kind="full",
            form="instalment",
            source="bench",
            sha256="0" * 64,
            received_at=AT,
            book_version=1,
            state="taken_in",
            totals={"tables": {}},
        )
        cursor.execute(
            f"""INSERT INTO people_person (id, person_ref, jurisdiction, tape_id, updated_at)
            SELECT {named_sql("person", "r")}, r, 'CN', %s, %s
            FROM (SELECT DISTINCT 'CUST-' || lpad((n - n / 6)::text, 10, '0') AS r
                  FROM generate_series(1, %s) n) s""",
            [tape.id, AT, loans],
        )
        cursor.execute(
            f"""INSERT INTO loans_loan (id, loan_ref, person_id, product, creditor_type, currency,
                grace_days, status, tape_id)
            SELECT {named_sql("loan", "r")}, r, {named_sql("person", "p")}, 'online_consumer',
                'bank', 'CNY', 0, 'open', %s
            FROM (SELECT 'HT2026-' || lpad(n::text, 12, '0') AS r,
                         'CUST-' || lpad((n - n / 6)::text, 10, '0') AS p
                  FROM generate_series(1, %s) n) s""",
            [tape.id, loans],
        )


def facts(loans: int) -> tuple[Any, Any, Any]:
    """The aged loans and their persons as a run has them, and the engine."""
    import ibis

    from arrears.book.age import SCHEMA
    from arrears.book.engine import connect
    from arrears.book.persons import per_person
    from arrears.book.treat import shipped_strategies, treat

    con = connect("duckdb")
    con.raw_sql(
        f"""CREATE TEMP TABLE rows AS
        SELECT 'HT2026-' || lpad(n::VARCHAR, 12, '0') AS loan_id,
               'CUST-' || lpad((n - n // 6)::VARCHAR, 10, '0') AS person_id,
               DATE '{AS_OF}' AS as_of, 'CNY' AS currency,
               (hash(n) % 900000)::BIGINT + 1000 AS principal_overdue_minor,
               (hash(n, 1) % 90000)::BIGINT AS interest_overdue_minor,
               (hash(n, 2) % 9000)::BIGINT AS fee_overdue_minor,
               (hash(n, 3) % 9000)::BIGINT AS late_interest_minor,
               (1 + hash(n, 4) % 240)::INTEGER AS days
        FROM range(1, {loans} + 1) t(n)"""
    )
    rows = con.table("rows")
    bucket = ibis.cases(*(((rows.days - 1) // 30 == n, f"M{n + 1}") for n in range(6)), else_="M7+")
    aged = rows.mutate(
        overdue_minor=rows.principal_overdue_minor
        + rows.interest_overdue_minor
        + rows.fee_overdue_minor,
        oldest_due_on=ibis.literal(AS_OF) - rows.days.as_interval("D"),
        days_past_due=rows.days,
        days_past_due_after_grace=rows.days,
        bucket=bucket,
        last_paid_on=ibis.literal(date(2026, 5, 1)),
        max_days_past_due_ever=rows.days + 3,
        times_over_30=rows.days // 31,
    )
    aged = con.create_table(
        "overdue", aged.select(**{n: aged[n].cast(kind) for n, kind in SCHEMA.items()}), temp=True
    )
    products = aged.select("loan_id", product=ibis.literal("online_consumer"))
    places = aged.select("person_id", jurisdiction=ibis.literal("CN")).distinct()
    persons = per_person(aged, products, places)
    treated = treat(con, persons, shipped_strategies().on(AS_OF))
    beside = persons.join(treated, "person_id")
    order = ["person_id"]
    return con, aged.order_by("loan_id").to_pyarrow(), beside.order_by(order).to_pyarrow()


def ours(con: Any, aged: Any, persons: Any, deciding: Cost, writing: Cost) -> dict[str, int]:
    """Decide, then write by the house's own action in one transaction."""
    from django.db import connection

    from arrears.cases.actions import apply, load_facts
    from arrears.cases.rules import decide
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    connection.ensure_connection()
    backend = connection.connection.info.backend_pid
    with transaction(system("bench")), measured(deciding, backend):
        changes = decide(con.con, load_facts(aged, persons, AS_OF), AS_OF)
    with measured(writing, backend), transaction(system("bench")) as at:
        applied = apply(at, changes, AS_OF, RUN)
    if applied.parked:
        raise SystemExit(f"{len(applied.parked)} persons were refused: {applied.parked}")
    with transaction(system("bench")), connection.cursor() as cursor:
        counts = {}
        for name in TABLES:
            cursor.execute(f"SELECT count(*) FROM {name}")
            counts[name] = cursor.fetchone()[0]
    connection.close()
    return counts


def export(owner: Any, folder: Path) -> None:
    """The rows just written, as files for COPY."""
    with owner.transaction():
        owner.execute("SELECT set_config('arrears.scope', 'lender', true)")
        for name in TABLES:
            with (
                (folder / name).open("wb") as file,
                owner.cursor().copy(f"COPY (SELECT * FROM {name}) TO STDOUT (FORMAT csv)") as copy,
            ):
                for chunk in copy:
                    file.write(chunk)


def clone(owner: Any) -> None:
    """Empty tables like the real ones: columns, checks, indexes and foreign keys."""
    for name in TABLES:
        owner.execute(f"DROP TABLE IF EXISTS clone_{name} CASCADE")
        owner.execute(f"CREATE TABLE clone_{name} (LIKE {name} INCLUDING ALL)")
    for name in TABLES:
        keys = owner.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype = 'f'",
            [name],
        ).fetchall()
        for key, definition in keys:
            for other in TABLES:
                definition = definition.replace(
                    f"REFERENCES {other}(", f"REFERENCES clone_{other}("
                )
            owner.execute(f'ALTER TABLE clone_{name} ADD CONSTRAINT "{key}" {definition}')
    _require_alike(owner)


def _require_alike(owner: Any) -> None:
    """Stop if a clone has fewer constraints or indexes than the table it stands for."""
    for name in TABLES:
        counts = [
            owner.execute(
                "SELECT (SELECT count(*) FROM pg_constraint WHERE conrelid = %(t)s::regclass),"
                " (SELECT count(*) FROM pg_index WHERE indrelid = %(t)s::regclass)",
                {"t": each},
            ).fetchone()
            for each in (name, f"clone_{name}")
        ]
        if counts[0] != counts[1]:
            raise SystemExit(f"the clone of {name} is not alike: {counts}")


def bare(owner: Any, folder: Path, cost: Cost) -> None:
    """COPY the files into the clones, in one transaction."""
    with measured(cost, owner.info.backend_pid), owner.transaction():
        for name in TABLES:
            with owner.cursor().copy(f"COPY clone_{name} FROM STDIN (FORMAT csv)") as copy:
                copy.write((folder / name).read_bytes())


def bench(loans: int, turns: int) -> None:
    """Both ways in turn, each time into empty tables after a checkpoint."""
    import psycopg

    from arrears.site.installation import opened
    from arrears.store.embedded import cluster
    from arrears.store.embedded.place import Place
    from arrears.store.logins import Logins

    with opened() as config, tempfile.TemporaryDirectory() as files:
        fill(loans)
        con, aged, persons = facts(loans)
        place = Place.locate(config.home, config.database_port)
        best: dict[str, Cost] = {}
        with psycopg.connect(autocommit=True, **Logins.of(config).parameters("owner")) as owner:
            for _ in range(turns):
                owner.execute(f"TRUNCATE {', '.join(CASES)} CASCADE")
                _forget(cluster, place)
                _checkpoint(cluster, place)
                costs = {"decide": Cost(), "cases.actions.apply": Cost(), FLOOR: Cost()}
                counts = ours(con, aged, persons, costs["decide"], costs["cases.actions.apply"])
                export(owner, Path(files))
                clone(owner)
                _checkpoint(cluster, place)
                bare(owner, Path(files), costs[FLOOR])
                for name, cost in costs.items():
                    if name not in best or cost.wall_s < best[name].wall_s:
                        best[name] = cost
        report(loans, counts, best)


def _forget(cluster: Any, place: Any) -> None:
    """Empty the journal, which only a superuser can who switches its triggers off."""
    from arrears.store.logins import DATABASE

    with cluster.superuser(place, DATABASE) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {', '.join(JOURNAL)}")


def _checkpoint(cluster: Any, place: Any) -> None:
    with cluster.superuser(place) as connection:
        connection.execute("CHECKPOINT")


def report(loans: int, counts: dict[str, int], best: dict[str, Cost]) -> None:
    """Print the table and the verdict."""
    rows = sum(counts.values())
    lines = [["job", "CPU s", "wall s", "rows / wall s"]]
    for name, cost in best.items():
        lines.append(
            [name, f"{cost.cpu_s:.1f}", f"{cost.wall_s:.1f}", f"{rows / cost.wall_s:,.0f}"]
        )
    print(", ".join(f"{name} {count:,}" for name, count in counts.items()))
    print(table(lines))
    wall = best["cases.actions.apply"].wall_s / best[FLOOR].wall_s
    cpu = best["cases.actions.apply"].cpu_s / best[FLOOR].cpu_s
    verdict = "within" if wall <= MOST else "OVER"
    print(f"apply / bare COPY: {wall:.2f} by the clock ({cpu:.2f} by CPU), {verdict} {MOST:g}")
    summary = {"loans": loans, "wall_ratio": round(wall, 2), "cpu_ratio": round(cpu, 2)}
    print(json.dumps(summary))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loans", type=int, default=400_000)
    parser.add_argument("--turns", type=int, default=3, help="of which the quickest counts")
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="arrears-bench-"))
    home.chmod(0o755)  # as root, the server's user passes through it
    os.environ["ARREARS_HOME"] = str(home)
    os.environ.pop("DATABASE_URL", None)
    try:
        bench(given.loans, given.turns)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
