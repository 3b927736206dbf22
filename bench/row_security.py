"""What row security costs: a page of the list of cases with it, and without it.

Three ways, in one run, on an embedded server of its own: the lender with the policies of agencies
and without them, and an agency that sees a share of the book by its policies, against the same
page without row security where the query itself asks for that share.

    .venv/bin/python bench/row_security.py --cases 200000
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from list_page import AT, SIZE, fill, percentile, timed, variants
from measure import table

MOST_TIMES = 1.2
SHARE = 10  # an agency has one of so many persons
AGENCY = UUID("00000000-0000-0000-0000-0000000000a1")
OTHER = UUID("00000000-0000-0000-0000-0000000000a2")
_RESTRICTED = (
    "c.person_id IN (SELECT w.person_id FROM placements_placement w"
    f" WHERE w.organisation_id = '{AGENCY}' AND w.until_at IS NULL)"
)


def place() -> None:
    """Two agencies: one leads a tenth of the persons, another a fifth."""
    from django.db import connection

    from arrears.loans.actions.write import named_sql
    from arrears.people.models import Organisation
    from arrears.placements.models import PlacementBatch
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    with transaction(system("bench")), connection.cursor() as cursor:
        for number, agency in enumerate((AGENCY, OTHER)):
            Organisation.objects.create(
                id=agency, ref=f"a{number}", kind="agency", name="A", form="company",
                state="approved", state_on=AT.date(), made_at=AT,
            )  # fmt: skip
            batch = PlacementBatch.objects.create(
                id=UUID(int=number + 1), kind="place", organisation_id=agency, filter={},
                reason="bench", term_until_on=AT.date(), persons_count=0, set_aside_count=0,
                money=[], digest="0" * 64, state="carried_out", previewed_by="b",
                previewed_at=AT, expires_at=AT, asked_by="b", decided_by="c",
            )  # fmt: skip
            which = "= 0" if agency == AGENCY else "IN (1, 2)"
            cursor.execute(
                f"""INSERT INTO placements_placement (id, person_id, organisation_id, from_at,
                    term_until_on, batch_id, placed_by, reason)
                SELECT {named_sql("placement", "p.person_ref")}, p.id, %s, %s, %s, %s, 'b', 'r'
                FROM people_person p WHERE right(p.person_ref, 6)::int %% {SHARE} {which}""",
                [agency, AT, AT.date(), batch.id],
            )


@contextmanager
def altered(owner: Any, before: list[str], after: list[str]) -> Iterator[None]:
    """The tables otherwise, for as long as the block lasts."""
    for statement in before:
        owner.execute(statement)
    yield
    for statement in after:
        owner.execute(statement)


def policies(owner: Any) -> tuple[list[str], list[str]]:
    """How the policies of agencies are dropped, and made again."""
    found = owner.execute(
        "SELECT tablename, policyname, cmd, qual, with_check FROM pg_policies"
        " WHERE policyname = tablename || '_agency' ORDER BY 1"
    ).fetchall()
    drop = [f"DROP POLICY {name} ON {of}" for of, name, *_ in found]
    make = [
        f"CREATE POLICY {name} ON {of} FOR {cmd}"
        + (f" USING ({qual})" if qual else "")
        + (f" WITH CHECK ({check})" if check else "")
        for of, name, cmd, qual, check in found
    ]
    return drop, make


def bench(cases: int, turns: int) -> dict[str, Any]:
    """Measure every variant and print the table."""
    import psycopg

    from arrears.site.installation import opened
    from arrears.store.logins import Logins

    with opened() as config:
        fill(cases)
        place()
        with psycopg.connect(autocommit=True, **Logins.of(config).parameters("owner")) as owner:
            owner.execute("VACUUM (ANALYZE)")
            rows = _measured(owner, cases, turns)
    return report(cases, turns, rows)


def _measured(owner: Any, cases: int, turns: int) -> dict[str, dict[str, list[float]]]:
    from arrears.store.actor import LENDER, Actor

    may = frozenset({"cases.read"})
    lender = Actor("staff", "1", LENDER, may)
    agency = Actor("staff", "2", f"agency:{AGENCY}", may)
    drop, make = policies(owner)
    tables = [statement.split(" ON ")[1] for statement in drop]
    off = [f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY" for name in tables]
    on = [f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY" for name in tables]
    found: dict[str, dict[str, list[float]]] = {}
    found["agency on"] = _pages(agency, cases, turns)
    with altered(owner, off, on), restricted():
        found["agency off"] = _pages(agency, cases, turns)
    found["lender on"] = _pages(lender, cases, turns)
    with altered(owner, drop, make):
        found["lender without"] = _pages(lender, cases, turns)
    with altered(owner, off, on):
        found["lender off"] = _pages(lender, cases, turns)
    return found


@contextmanager
def restricted() -> Iterator[None]:
    """The list asks for the agency's share itself."""
    from arrears.cases.queries import lists

    asked = lists._where

    def where(*given: Any) -> Any:
        text, parameters = asked(*given)
        return f"{text} AND {_RESTRICTED}", parameters

    lists._where = where
    try:
        yield
    finally:
        lists._where = asked


def _pages(actor: Any, cases: int, turns: int) -> dict[str, list[float]]:
    from django.http import QueryDict

    from arrears.cases.queries import list_cases
    from arrears.console.views.cases import Asked, filter_of

    found = {}
    for name, query, *_ in variants(cases if actor.scope == "lender" else cases // SHARE):
        asked = Asked.of(QueryDict(query))
        which, _ = filter_of(asked)
        down = asked.way == "descending"

        def call(which: Any = which, asked: Any = asked, down: bool = down) -> None:
            list_cases(actor, which, asked.sort, down, asked.page, SIZE)

        found[name] = timed(call, turns)
    return found


def report(cases: int, turns: int, rows: dict[str, dict[str, list[float]]]) -> dict[str, Any]:
    """Print the 95th percentile of each page, each way, and how many times dearer it is."""
    ways = list(rows)
    body = [
        [page, *(f"{percentile(rows[way][page], 0.95):,.1f}" for way in ways)]
        for page in rows[ways[0]]
    ]
    print(table([["page, p95 in ms", *ways], *body]))

    def p95(way: str) -> float:
        return percentile([ms for page in rows[way].values() for ms in page], 0.95)

    times = {
        "agency": p95("agency on") / p95("agency off"),
        "lender": p95("lender on") / p95("lender without"),
        "lender_off": p95("lender on") / p95("lender off"),
    }
    said = ", ".join(f"{name} {value:.2f}" for name, value in times.items())
    verdict = "within" if max(times.values()) <= MOST_TIMES else "OVER"
    print(f"{cases:,} cases, {turns} turns: p95 of all pages {said} times, {verdict} {MOST_TIMES}")
    summary = {"cases": cases, **{name: round(value, 3) for name, value in times.items()}}
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
