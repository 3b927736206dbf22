"""What the access check adds to a list page: the same page with it, and with every answer "yes".

The check is all that the table decides: doors, permissions, how fields are seen, and the entry in
the read log where a page leaves one. Row security stays on in both ways (bench/row_security.py
takes it apart). Both ways take turns within a page, in an order drawn by a fixed seed, so that
both see the machine in the same mood.

    .venv/bin/python bench/access.py --cases 1000000
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

from list_page import WARMUP, fill, percentile, signed_in, variants
from measure import table

MOST_SHARE = 0.05
WAYS = ("checked", "every answer yes")


@contextmanager
def every_answer_yes() -> Iterator[None]:
    """Nobody asks the access table, and nobody writes down who looked."""
    from arrears.console import doors, shell
    from arrears.console.views import cases
    from arrears.store.actor import Actor

    # By name: the package gives a function of that name.
    may, sight = (import_module(f"arrears.people.access.{name}") for name in ("may", "sight"))
    with (
        mock.patch.object(doors, "declared", lambda view, name: True),
        mock.patch.object(shell, "require_any", lambda actor, needs: None),
        mock.patch.object(Actor, "require", lambda actor, permission: None),
        mock.patch.object(may, "_may", lambda actor, permission: True),
        mock.patch.object(may, "exposure", lambda actor, field: "shown"),
        mock.patch.object(sight, "exposure", lambda actor, field: "shown"),
        mock.patch.object(cases, "note_read", lambda actor, person, what: None),
    ):
        yield


def bench(cases: int, turns: int) -> dict[str, Any]:
    """Measure every page both ways and print the table."""
    import psycopg

    from arrears.site.installation import opened
    from arrears.store.logins import Logins

    with opened() as config:
        fill(cases)
        with psycopg.connect(autocommit=True, **Logins.of(config).parameters("owner")) as owner:
            owner.execute("VACUUM (ANALYZE)")
        client = signed_in()
        pages = {name: f"/cases/?{query}" for name, query, *_ in variants(cases)}
        chance = random.Random(4)
        rows = {name: _measure(client, page, turns, chance) for name, page in pages.items()}
    return report(cases, turns, rows)


def _measure(client: Any, page: str, turns: int, chance: random.Random) -> dict[str, list[float]]:
    def request() -> float:
        began = time.perf_counter()
        response = client.get(page)
        if response.status_code != 200:
            raise SystemExit(f"{page} answered {response.status_code}")
        return (time.perf_counter() - began) * 1000

    def unchecked() -> float:
        with every_answer_yes():
            return request()

    ways: dict[str, Callable[[], float]] = dict(zip(WAYS, (request, unchecked), strict=True))
    for _ in range(WARMUP):
        for way in ways.values():
            way()
    found: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name in chance.sample(WAYS, 2):
            found[name].append(ways[name]())
    return found


def report(cases: int, turns: int, rows: dict[str, dict[str, list[float]]]) -> dict[str, Any]:
    """Print each page both ways, and what the check adds to the lists at the 95th percentile."""
    head = [f"{way} {at}" for way in WAYS for at in ("p50", "p95")]
    body = [
        [page, *(f"{percentile(found[way], at):,.1f}" for way in WAYS for at in (0.5, 0.95))]
        for page, found in rows.items()
    ]
    print(table([["page, ms", *head], *body]))

    def added(at: float) -> float:
        with_it, without = (
            sum(percentile(found[way], at) for found in rows.values()) for way in WAYS
        )
        return with_it / without - 1

    shares = {"p50": added(0.5), "p95": added(0.95)}
    verdict = "within" if shares["p95"] <= MOST_SHARE else "OVER"
    print(
        f"{cases:,} open cases, {turns} turns: the check adds {shares['p95']:.1%} to the sum of all"
        f" lists' p95 ({shares['p50']:.1%} to that of their medians), {verdict} {MOST_SHARE:.0%}"
    )
    summary = {"cases": cases, **{name: round(share, 4) for name, share in shares.items()}}
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
