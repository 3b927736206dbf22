"""Allot open cases to staff and write it, against a bare COPY of the very same rows.

    .venv/bin/python bench/allotment.py --cases 400000 --staff 500

On an embedded server of its own with the installation's own settings. Staff differ in capacity,
languages, products and buckets. First a day on which all cases are new; then one on which one
keeper in a hundred is away and one case in a hundred is new. The bare COPY is done by the owner
into a clone of the table without row security: the least that PostgreSQL can do for these rows.

What is asked for: the first day within 60 s, written and on record; levels (cases by capacity)
within 1 % of capacity; few moves on the second.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from cases import Cost, measured
from measure import table

MOST_S = 60.0
WIDEST = 0.01
TABLE = "placements_allotment"
ON = date(2026, 6, 30)
PRODUCTS, CAPACITIES = 6, (600, 800, 1000)
FLOOR = "bare COPY into a clone"

_PERSONS = """
INSERT INTO people_person (id, person_ref, jurisdiction, language, tape_id, updated_at)
SELECT md5('p' || n)::uuid, 'CUST-' || n, 'CN',
  CASE n %% 20 WHEN 0 THEN NULL WHEN 1 THEN 'en' ELSE 'zh-CN' END,
  '00000000-0000-0000-0000-000000000001', '2026-06-30T12:00Z'
FROM generate_series(%(first)s, %(last)s) n
"""
_CASES = """
INSERT INTO cases_case (id, person_id, state, opened_on, as_of, currency, overdue_minor,
  other_currencies, loans_count, days_past_due, product, bucket, bucket_rank, worst_bucket_rank,
  treatment, treatment_rule, treatment_table, treatment_version, treatment_arm, treated_since)
SELECT md5('c' || n)::uuid, md5('p' || n)::uuid, 'open', %(on)s, %(on)s, 'CNY',
  1000 + abs(hashint4(n)) %% 1000000, false, 1, rank * 30 - 15, 'product-' || n %% %(products)s,
  CASE rank WHEN 7 THEN 'M7+' ELSE 'M' || rank END, rank, rank, 'call', 'r', 't', 1, 'a', %(on)s
FROM generate_series(%(first)s, %(last)s) n,
  LATERAL (SELECT 1 + abs(hashint4(n + 1)) %% 7 AS rank) r
"""
_STAFF = """
INSERT INTO people_staff (id, organisation_id, display_name, badge_no, languages, skills, capacity,
  joined_on, made_at)
SELECT md5('s' || n)::uuid, (SELECT id FROM people_organisation WHERE ref = 'lender'),
  'Keeper ' || n, 'B-' || lpad(n::text, 4, '0'),
  CASE n %% 5 WHEN 0 THEN '{zh,en}'::text[] ELSE '{zh}' END,
  CASE n %% 3 WHEN 0 THEN '{}'::text[]
    WHEN 1 THEN ARRAY['product:product-' || n %% %(products)s,
                      'product:product-' || (n / 2 + 1) %% %(products)s]
    ELSE ARRAY['bucket:M' || 1 + n %% 6, 'bucket:M' || 1 + n / 2 %% 6, 'bucket:M7+'] END,
  (%(capacities)s::int[])[1 + n / 7 %% 3], '2026-01-01', '2026-01-01T00:00Z'
FROM generate_series(1, %(staff)s) n
"""
_PAPERS = """
INSERT INTO people_certificate (id, staff_id, kind, passed_on, expires_on, reference, made_at,
  made_by)
SELECT md5(s.badge_no || kind)::uuid, s.id, kind, '2026-01-01', '2100-01-01', 'x',
  '2026-01-01T00:00Z', 'bench'
FROM people_staff s, unnest(ARRAY['training', 'test', 'background']) kind
"""
_AWAY = """
INSERT INTO people_absence (id, staff_id, from_on, reason, made_at)
SELECT md5('a' || badge_no)::uuid, id, '2026-06-30', 'leave', '2026-01-01T00:00Z'
FROM people_staff WHERE substr(badge_no, 3)::int %% 100 = 0
"""
_LEVELS = f"""
SELECT (count(a.case_id)::float / s.capacity) AS level, s.capacity
FROM people_staff s LEFT JOIN {TABLE} a ON a.staff_id = s.id AND a.until_at IS NULL
WHERE NOT EXISTS (SELECT FROM people_absence w WHERE w.staff_id = s.id)
GROUP BY s.id ORDER BY 1
"""


def carry_out(*statements: tuple[str, dict[str, Any]]) -> None:
    """Write in the lender's scope."""
    from django.db import connection

    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    with transaction(system("bench")), connection.cursor() as cursor:
        for sql, given in statements:
            cursor.execute(sql, given)


def more(first: int, last: int) -> None:
    """Persons with an open case each."""
    given = {"first": first, "last": last, "on": ON, "products": PRODUCTS}
    carry_out((_PERSONS, given), (_CASES, given))


def fill(cases: int, staff: int) -> None:
    """A book, and a house to work on it."""
    from arrears.loans.models import Tape
    from arrears.people.actions import ensure_lender
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    with transaction(system("bench")) as at:
        ensure_lender(at)
        Tape.objects.create(
            id="00000000-0000-0000-0000-000000000001",
            tape_ref="bench",
            kind="full",
            form="instalment",
            source="bench",
            sha256="0" * 64,
            received_at=at.now,
            book_version=1,
            state="taken_in",
            totals={"tables": {}},
        )
    more(1, cases)
    given = {"staff": staff, "products": PRODUCTS, "capacities": list(CAPACITIES)}
    carry_out((_STAFF, given), (_PAPERS, {}))


def ours(cost: Cost) -> Any:
    """Allot everything by the house's own action, in one transaction with its record."""
    from django.db import connection

    from arrears.placements.allotment.actions import allot_cases
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    connection.ensure_connection()
    with (
        measured(cost, connection.connection.info.backend_pid),
        transaction(system("bench")) as at,
    ):
        return allot_cases(at)


def levels() -> tuple[float, float]:
    """The lowest and the highest level of all who are there."""
    from arrears.store.actor import system
    from arrears.store.pages import select
    from arrears.store.transactions import transaction

    with transaction(system("bench")):
        found = [row["level"] for row in select(_LEVELS)]
    return found[0], found[-1]


def bare(owner: Any, folder: Path, cost: Cost) -> None:
    """COPY the same rows into a clone with the same checks, indexes and foreign keys."""
    file = folder / TABLE
    with owner.transaction():
        owner.execute("SELECT set_config('arrears.scope', 'lender', true)")
        with (
            file.open("wb") as sink,
            owner.cursor().copy(f"COPY (SELECT * FROM {TABLE}) TO STDOUT (FORMAT csv)") as copy,
        ):
            for chunk in copy:
                sink.write(chunk)
    owner.execute(f"CREATE TABLE clone (LIKE {TABLE} INCLUDING ALL)")
    keys = owner.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = %s::regclass AND contype = 'f'",
        [TABLE],
    ).fetchall()
    for key, definition in keys:
        owner.execute(f'ALTER TABLE clone ADD CONSTRAINT "clone_{key}" {definition}')
    with (
        measured(cost, owner.info.backend_pid),
        owner.transaction(),
        owner.cursor().copy("COPY clone FROM STDIN (FORMAT csv)") as copy,
    ):
        copy.write(file.read_bytes())


def bench(cases: int, staff: int) -> None:
    """One first day, the bare COPY of what it wrote, and a second day."""
    import psycopg

    from arrears.site.installation import opened
    from arrears.store.logins import Logins

    with opened() as config, tempfile.TemporaryDirectory() as files:
        fill(cases, staff)
        costs = {"first day": Cost(), FLOOR: Cost(), "second day": Cost()}
        with psycopg.connect(autocommit=True, **Logins.of(config).parameters("owner")) as owner:
            owner.execute("ANALYZE")
            first = ours(costs["first day"])
            spread = levels()
            bare(owner, Path(files), costs[FLOOR])
        carry_out((_AWAY, {}))
        more(cases + 1, cases + cases // 100)
        second = ours(costs["second day"])
        report(cases, costs, first, second, spread)


def report(
    cases: int, costs: dict[str, Cost], first: Any, second: Any, spread: tuple[float, float]
) -> None:
    """Print the table and the verdicts."""
    lines = [["job", "CPU s", "wall s"]]
    lines += [[name, f"{c.cpu_s:.1f}", f"{c.wall_s:.1f}"] for name, c in costs.items()]
    print(table(lines))
    print(f"first day: {first}\nsecond day: {second}")
    wall, wide = costs["first day"].wall_s, (spread[1] - spread[0]) / 2
    print(f"first day in {wall:.1f} s: {'within' if wall <= MOST_S else 'OVER'} {MOST_S:g} s")
    print(
        f"levels from {spread[0]:.4f} to {spread[1]:.4f}, ±{wide:.2%} of capacity:"
        f" {'within' if wide <= WIDEST else 'OVER'} {WIDEST:.0%}"
    )
    ratio = wall / costs[FLOOR].wall_s
    print(json.dumps({"cases": cases, "wall_s": round(wall, 1), "wall_ratio": round(ratio, 2)}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=400_000)
    parser.add_argument("--staff", type=int, default=500)
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="arrears-bench-"))
    home.chmod(0o755)  # as root, the server's user passes through it
    os.environ["ARREARS_HOME"] = str(home)
    os.environ.pop("DATABASE_URL", None)
    try:
        bench(given.cases, given.staff)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
