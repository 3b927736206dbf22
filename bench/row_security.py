"""What row security costs: a page of the list of cases with it, and without it.

In one run, on an embedded server of its own: the lender with the policies of agencies, without
them, and with no row security at all; and two agencies, of 5 % and of 30 % of the persons, by their
policies, against the same pages without row security where the query itself asks for their share,
of cases and of persons, by the best restriction that one can write by hand.

    .venv/bin/python bench/row_security.py --cases 200000
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from list_page import AT, SIZE, fill, percentile, timed, variants
from measure import table

MOST_TIMES = 1.2
ROUNDS = 4
SMALL = UUID("00000000-0000-0000-0000-0000000000a1")
LARGE = UUID("00000000-0000-0000-0000-0000000000a2")
# Of each hundred persons, by the last two digits of their references.
SHARES = {SMALL: range(5), LARGE: range(10, 40)}


def place() -> None:
    """Each agency leads its share of the persons."""
    from django.db import connection

    from arrears.loans.actions.write import named_sql
    from arrears.people.models import Organisation
    from arrears.placements.models import PlacementBatch
    from arrears.store.actor import system
    from arrears.store.transactions import transaction

    with transaction(system("bench")), connection.cursor() as cursor:
        for number, (agency, which) in enumerate(SHARES.items()):
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
            began = time.perf_counter()
            cursor.execute(
                f"""INSERT INTO placements_placement (id, person_id, organisation_id, from_at,
                    term_until_on, batch_id, placed_by, reason)
                SELECT {named_sql("placement", "p.person_ref")}, p.id, %s, %s, %s, %s, 'b', 'r'
                FROM people_person p WHERE right(p.person_ref, 2)::int = ANY(%s)""",
                [agency, AT, AT.date(), batch.id, list(which)],
            )
            print(f"placed {cursor.rowcount:,} in {time.perf_counter() - began:.1f} s", flush=True)


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
    """Times of every page, every way; all ways take turns, a round of each after the other."""
    from arrears.store.actor import LENDER, Actor

    may = frozenset({"cases.read"})
    actors = {
        "lender": (Actor("staff", "1", LENDER, may), cases),
        "5 %": (Actor("staff", "2", f"agency:{SMALL}", may), cases * len(SHARES[SMALL]) // 100),
        "30 %": (Actor("staff", "3", f"agency:{LARGE}", may), cases * len(SHARES[LARGE]) // 100),
    }
    drop, make = policies(owner)
    tables = [statement.split(" ON ")[1] for statement in drop]
    off = [f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY" for name in tables]
    on = [f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY" for name in tables]
    found: dict[str, dict[str, list[float]]] = {}

    def round_of(way: str, names: Iterable[str]) -> None:
        for name in names:
            pages = found.setdefault(f"{name} {way}", {})
            for page, times in _pages(*actors[name], turns // ROUNDS).items():
                pages.setdefault(page, []).extend(times)

    for _ in range(ROUNDS):
        round_of("on", actors)
        with altered(owner, drop, make):
            round_of("without agencies", ["lender"])
        with altered(owner, off, on):
            round_of("off", actors)
    return found


def _pages(actor: Any, cases: int, turns: int) -> dict[str, list[float]]:
    from django.http import QueryDict

    from arrears.cases.queries import list_cases
    from arrears.console.views.cases import Asked, filter_of

    found = {}
    for name, query, *_ in variants(cases):
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

    def times(way: str, other: str, at: float) -> float:
        """By the sum over all pages: each counts for what it takes."""
        one, two = (sum(percentile(ms, at) for ms in rows[each].values()) for each in (way, other))
        return one / two

    pairs = {
        "lender": ("lender on", "lender off"),
        "lender_agencies": ("lender on", "lender without agencies"),
        "agency_5": ("5 % on", "5 % off"),
        "agency_30": ("30 % on", "30 % off"),
    }
    p95 = {name: times(*pair, 0.95) for name, pair in pairs.items()}
    p50 = {f"{name}_p50": times(*pair, 0.5) for name, pair in pairs.items()}
    said = ", ".join(f"{name} {value:.2f}" for name, value in p95.items())
    verdict = "within" if max(p95.values()) <= MOST_TIMES else "OVER"
    print(f"{cases:,} cases, {turns} turns: p95 of all pages {said} times, {verdict} {MOST_TIMES}")
    print(json.dumps({"cases": cases, **{k: round(v, 3) for k, v in (p95 | p50).items()}}))
    return p95 | p50


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
