"""A town played: its tape taken in, its last days run one by one, and what came of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from arrears.cli import show
from arrears.cli.counts import CASES, print_buckets, print_treatments
from arrears.cli.totals import print_totals
from arrears.cli.town_register import make_register
from arrears.daily.actions import run_day
from arrears.daily.queries import RunView, runs
from arrears.kernel.errors import Conflict
from arrears.loans.actions import TapeOptions, take_in
from arrears.loans.queries import book_status, tape, tapes
from arrears.store import clock
from arrears.store.actor import Actor
from arrears.town.tape import BORROWERS, DAYS, make_town, tape_id

SEED = 1


@dataclass(frozen=True)
class Wish:
    """What was asked for; None where anything will do."""

    seed: int | None = None
    borrowers: int | None = None
    until: date | None = None
    days: int | None = None


@dataclass(frozen=True)
class Town:
    """Which town it is, and how many of its days are run."""

    seed: int
    borrowers: int
    until: date
    days: int

    @property
    def tape_id(self) -> str:
        """The id of its tape."""
        return tape_id(self.seed, self.borrowers, self.until)

    @property
    def first_day(self) -> date:
        """The first of the days that are run."""
        return self.until - timedelta(days=self.days - 1)


def play(actor: Actor, directory: Path, wish: Wish, tell: show.Tell) -> dict[str, Any]:
    """Make the town, take its tape in, run its days; what is done already is not done again.

    Returns
    -------
    dict
        Plain JSON that depends on the town alone: no instants, ids or paths.

    Raises
    ------
    Conflict
        If the book holds real people, or another town than the one wished for.
    """
    town = _town(actor, wish)
    done = _days_run(actor)
    newest = max(done, default=None)
    if newest is None:
        place = directory / town.tape_id
        if not (place / "tape.json").exists():
            tell(f"making a town of {town.borrowers:,}", 0, 1)
            make_town(town.seed, town.borrowers, town.until, place)
        tell("taking its tape in", 0, 1)
        take_in(actor, place, options=TapeOptions(simulated=True), progress=tell)
        make_register(actor, clock.business_day())
    for number in range(town.days):
        day = town.first_day + timedelta(days=number)
        tell(f"running {day}", number, town.days)
        if newest is None or day > newest:
            run_day(actor, day)
    return _summary(actor, town)


def _town(actor: Actor, wish: Wish) -> Town:
    """The town that is there, if it is the one wished for; else a new one."""
    book = book_status(actor)
    if not book.version:
        return Town(
            seed=SEED if wish.seed is None else wish.seed,
            borrowers=wish.borrowers or BORROWERS,
            until=wish.until or clock.business_day(),
            days=wish.days or DAYS,
        )
    if not book.simulated:
        raise Conflict(
            "the loan book holds real people, whom a town's must not be mixed with",
            expected="an empty book, or a town's",
            found=f"version {book.version} with {book.persons:,} persons",
            remedy="set ARREARS_HOME (or DATABASE_URL) to another place for the demo",
        )
    there = _there(actor, wish)
    wished = Town(
        seed=there.seed if wish.seed is None else wish.seed,
        borrowers=wish.borrowers or there.borrowers,
        until=wish.until or there.until,
        days=wish.days or there.days,
    )
    if wished != there:
        raise Conflict(
            "another town lives here",
            expected=_told(wished),
            found=_told(there),
            remedy="leave the options out to go on with it, `arrears serve` to show it, or set "
            "ARREARS_HOME to another place",
        )
    return there


def _told(town: Town) -> str:
    return f"seed {town.seed}, {town.borrowers:,} borrowers, until {town.until}, {town.days} days"


def _there(actor: Actor, wish: Wish) -> Town:
    found = [view for view in tapes(actor, kinds=("full",)).rows if _is_town(view.tape_ref)]
    if not found:
        raise Conflict("the book is a town's, but its tape is not the demo's", found="no town tape")
    _, seed, borrowers, day = found[0].tape_ref.split("-")
    until = date(int(day[:4]), int(day[4:6]), int(day[6:]))
    done = _days_run(actor)
    days = (until - min(done)).days + 1 if done else wish.days or DAYS
    return Town(int(seed), int(borrowers), until, days)


def _is_town(tape_ref: str) -> bool:
    parts = tape_ref.split("-")
    return len(parts) == 4 and parts[0] == "town" and all(p.isdigit() for p in parts[1:])


def _days_run(actor: Actor) -> dict[date, RunView]:
    """The newest finished run of each day."""
    found: dict[date, RunView] = {}
    number = 1
    while True:
        page = runs(actor, number, 200)
        for run in page.rows:
            if run.state == "finished":
                found.setdefault(run.as_of, run)
        if not page.has_next:
            return found
        number += 1


def _summary(actor: Actor, town: Town) -> dict[str, Any]:
    done = {day: run for day, run in _days_run(actor).items() if day <= town.until}
    last = done[town.until]
    cases: Counter[str] = Counter()
    for run in done.values():
        cases.update({what: run.counts["cases"][what] for what in CASES})
    mine = next(v for v in tapes(actor, kinds=("full",)).rows if v.tape_ref == town.tape_id)
    totals = tape(actor, mine.id).totals
    return {
        "town": {
            "seed": town.seed,
            "borrowers": town.borrowers,
            "until": town.until.isoformat(),
            "days": town.days,
        },
        "tape": {"tape_id": town.tape_id, "totals": totals},
        "overdue": last.counts["buckets"],
        "cases": {what: cases[what] for what in CASES} | {"open": last.counts["cases"]["open"]},
        "treatments": last.counts["treatments"],
        "parked": sum(run.parked for run in done.values()),
        "aged_sha256": last.aged_sha256,
    }


def print_summary(summary: dict[str, Any]) -> None:
    """The summary as tables."""
    town = summary["town"]
    print_totals(summary["tape"]["totals"])
    print_buckets(town["until"], summary["overdue"])
    show.table(
        f"Cases of the last {town['days']} days",
        ["what", "cases"],
        [(what, show.count(number)) for what, number in summary["cases"].items()],
    )
    print_treatments(summary["treatments"])
    if summary["parked"]:
        show.line(f"{show.count(summary['parked'])} cases were parked: the console tells why")
