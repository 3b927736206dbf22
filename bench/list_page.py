"""How long pages of the list of cases take, against bare SQL of the same page.

Each variant is measured three ways in one run, on an embedded server of its own with the
installation's settings: the page by bare SQL (its rows alone, by the owner, who is held to row
security like everybody), the house's query (rows and total, in the actor's transaction), and the
whole request of a signed-in member of staff, through every middleware to the last byte of HTML.

    .venv/bin/python bench/list_page.py --cases 200000
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from measure import table

AS_OF = date(2026, 6, 30)
AT = datetime(2026, 6, 30, 12, tzinfo=UTC)
SIZE = 50
WARMUP = 5
# The request at the 95th percentile may take so long on the slowest variant: nobody notices.
MOST_MS = 500.0
_OPEN = "c.state = 'open'"
_BY_BUCKET = "c.bucket_rank DESC, c.overdue_minor DESC, c.id"
_BY_AMOUNT = "c.overdue_minor DESC, c.id"

# Name, query of the address, WHERE and ORDER BY of the bare page, rows to skip.
Variant = tuple[str, str, str, str, int]


def variants(cases: int) -> list[Variant]:
    """The pages that people ask for, and the ones that are hardest."""
    last = max(1, cases // SIZE)
    return [
        ("first page", "", _OPEN, _BY_BUCKET, 0),
        ("by amount", "sort=amount", _OPEN, _BY_AMOUNT, 0),
        ("by days, shortest first", "sort=days&way=ascending", _OPEN, "c.days_past_due, c.id", 0),
        ("by opening day", "sort=opened", _OPEN, "c.opened_on DESC, c.id", 0),
        ("bucket M3", "bucket=M3", f"{_OPEN} AND c.bucket_rank = 3", _BY_BUCKET, 0),
        (
            "letter next, by amount",
            "treatment=letter&sort=amount",
            f"{_OPEN} AND c.treatment = 'letter'",
            _BY_AMOUNT,
            0,
        ),
        (
            "amount from 5,000 to 6,000",
            "currency=CNY&least=5000&most=6000",
            f"{_OPEN} AND c.currency = 'CNY' AND c.overdue_minor BETWEEN 500000 AND 600000",
            _BY_BUCKET,
            0,
        ),
        ("on hold", "hold=any", f"{_OPEN} AND c.hold IS NOT NULL", _BY_BUCKET, 0),
        (
            "start of a person's number",
            "text=CUST-00000012",
            f"{_OPEN} AND starts_with(p.person_ref, 'CUST-00000012')",
            _BY_BUCKET,
            0,
        ),
        (
            "part of a name",
            "text=名字77",
            f"{_OPEN} AND strpos(p.name, '名字77') > 0",
            _BY_BUCKET,
            0,
        ),
        ("page 100", "page=100", _OPEN, _BY_BUCKET, 99 * SIZE),
        ("last page", f"page={last}", _OPEN, _BY_BUCKET, (last - 1) * SIZE),
    ]


def fill(cases: int) -> None:
    """Open cases of as many persons, one loan each, in all buckets, with all next steps."""
    from django.db import connection

    from arrears.loans.actions.write import named_sql
    from arrears.loans.models import Tape
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    refs = "SELECT n, 'CUST-' || lpad(n::text, 10, '0') AS r FROM generate_series(1, %s) n"
    with transaction(system("bench")), connection.cursor() as cursor:
        tape = Tape.objects.create(
            id="00000000-0000-0000-0000-000000000001", tape_ref="bench", kind="full",
            form="instalment", source="bench", sha256="0" * 64, received_at=AT, book_version=1,
            state="taken_in", totals={"tables": {}},
        )  # fmt: skip
        cursor.execute(
            f"""INSERT INTO people_person (id, person_ref, name, jurisdiction, tape_id, updated_at)
            SELECT {named_sql("person", "r")}, r, '名字' || n %% 9973, 'CN', %s, %s
            FROM ({refs}) s""",
            [tape.id, AT, cases],
        )
        cursor.execute(
            f"""INSERT INTO loans_loan (id, loan_ref, person_id, product, creditor_type, currency,
                grace_days, status, tape_id)
            SELECT {named_sql("loan", "'HT' || r")}, 'HT' || r, {named_sql("person", "r")},
                'online_consumer', 'bank', 'CNY', 0, 'open', %s FROM ({refs}) s""",
            [tape.id, cases],
        )
        cursor.execute(
            f"""INSERT INTO cases_case (id, person_id, state, opened_on, as_of, currency,
                overdue_minor, late_interest_minor, other_currencies, loans_count, days_past_due,
                bucket, bucket_rank, worst_bucket_rank, treatment, treatment_rule, treatment_table,
                treatment_version, treatment_arm, treated_since, hold, {_FACTS})
            SELECT {named_sql("case", "r")}, {named_sql("person", "r")}, 'open',
                %s::date - d, %s, 'CNY', 1000 + abs(hashint8(n)) %% 2000000, 0, false, 1, d,
                CASE WHEN k >= 7 THEN 'M7+' ELSE 'M' || k END, k, k,
                (ARRAY['remind_sms', 'call', 'letter', 'visit_review', 'none'])[1 + n %% 5],
                'bench', 'standard', 1, 'champion', %s,
                CASE WHEN n %% 200 = 0 THEN 'data_doubt' END, {_FACT_VALUES}
            FROM (SELECT n, r, d, least(7, (d - 1) / 30 + 1) AS k
                  FROM (SELECT n, r, 1 + abs(hashint8(n * 31)) %% 240 AS d FROM ({refs}) a) b) s""",
            [AS_OF, AS_OF, AS_OF, cases],
        )


# Facts that the decision was made on; the list does not show them.
_FACTS = "product, jurisdiction, days_past_due_after_grace, max_days_past_due_ever, times_over_30"
_FACT_VALUES = "'online_consumer', 'CN', d, d, 0"


def percentile(times_ms: list[float], share: float) -> float:
    """The time that so large a share of the calls stayed within."""
    return sorted(times_ms)[max(0, -(-int(len(times_ms) * share * 100) // 100) - 1)]


def timed(call: Callable[[], Any], turns: int) -> list[float]:
    """Milliseconds of each call, after some to warm up."""
    for _ in range(WARMUP):
        call()
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return times


def bench(cases: int, turns: int) -> dict[str, Any]:
    """Measure every variant and print the table."""
    import psycopg

    from arrears.site.installation import opened
    from arrears.store.logins import Logins

    with opened() as config:
        fill(cases)
        with psycopg.connect(autocommit=True, **Logins.of(config).parameters("owner")) as owner:
            owner.execute("VACUUM (ANALYZE)")
            owner.execute("SELECT set_config('arrears.scope', 'lender', false)")
            client = signed_in()
            rows = [
                (variant[0], *_measure(variant, owner, client, turns))
                for variant in variants(cases)
            ]
    return report(cases, turns, rows)


def signed_in(role: str = "collector") -> Any:
    """A browser of somebody with a role, let in as the door lets people in."""
    from django.conf import settings
    from django.test import Client

    from arrears.console.sign_in.adapters import SESSION
    from arrears.people.actions import create_user
    from arrears.people.models import User
    from arrears.people.sign_in.actions import open_session
    from arrears.store.actor import system

    settings.ALLOWED_HOSTS.append("testserver")
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    create_user(system("bench"), "bench", "Bench", role, "a-bench-of-wood", "en")
    user, client = User.objects.get(username="bench"), Client()
    client.force_login(user)
    session = client.session
    opened = open_session(user, method="test", enrolling=False, address="127.0.0.1", browser="")
    session[SESSION] = str(opened)
    session.save()
    return client


def _measure(variant: Variant, owner: Any, client: Any, turns: int) -> tuple[list[float], ...]:
    from django.http import QueryDict

    from arrears.cases.queries import list_cases
    from arrears.console.views.cases import Asked, filter_of
    from arrears.store.actor import system

    name, query, where, order, skip = variant
    inside = "JOIN people_person p ON p.id = c.person_id" if "p." in where else ""
    page = f"""SELECT c.id, p.person_ref, p.name, c.overdue_minor, c.days_past_due, c.bucket,
        c.treatment, c.hold, c.opened_on
        FROM (SELECT c.* FROM cases_case c {inside} WHERE {where}
              ORDER BY {order} LIMIT {SIZE} OFFSET {skip}) c
        JOIN people_person p ON p.id = c.person_id ORDER BY {order}"""
    asked = Asked.of(QueryDict(query))
    which, _ = filter_of(asked)
    down = asked.way == "descending"

    def request() -> None:
        response = client.get(f"/cases/?{query}")
        if response.status_code != 200:
            raise SystemExit(f"{name}: the page answered {response.status_code}")

    found = list_cases(system("bench"), which, asked.sort, down, asked.page, SIZE).rows
    if len(owner.execute(page).fetchall()) != len(found) or not found:
        raise SystemExit(f"{name}: bare SQL and the query do not give as many rows")
    return (
        timed(lambda: owner.execute(page).fetchall(), turns),
        timed(
            lambda: list_cases(system("bench"), which, asked.sort, down, asked.page, SIZE), turns
        ),
        timed(request, turns),
    )


def report(
    cases: int, turns: int, rows: list[tuple[str, list[float], list[float], list[float]]]
) -> dict[str, Any]:
    """Print what each variant took at the median and the 95th percentile."""
    lines = [["page", "bare SQL p50", "p95", "query p50", "p95", "request p50", "p95 (ms)"]]
    for name, *ways in rows:
        cells = [f"{percentile(way, p):,.1f}" for way in ways for p in (0.5, 0.95)]
        lines.append([name, *cells])
    print(table(lines))
    worst = max(percentile(request, 0.95) for _, _, _, request in rows)
    verdict = "within" if worst <= MOST_MS else "OVER"
    print(f"{cases:,} open cases, {turns} turns: slowest p95 {worst:.0f} ms, {verdict} {MOST_MS:g}")
    summary = {"cases": cases, "turns": turns, "worst_p95_ms": round(worst, 1)}
    print(json.dumps(summary))
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--turns", type=int, default=40)
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="arrears-bench-"))
    home.chmod(0o755)  # as root, the server's user passes through it
    os.environ |= {"ARREARS_HOME": str(home), "ARREARS_LOG_LEVEL": "ERROR"}
    os.environ.pop("DATABASE_URL", None)
    try:
        bench(given.cases, given.turns)
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
