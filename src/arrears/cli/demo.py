"""``arrears demo``: a simulated town, its loan book worked day by day, and the console."""

from __future__ import annotations

from datetime import date

import click

from arrears.cli import options, show

EPILOG = """\b
Examples
  arrears demo                                  20,000 borrowers, 60 days, then the console
  arrears demo --borrowers 300 --days 10 --no-serve
  arrears demo --seed 7 --until 2026-06-30 --no-serve --json

\b
What is kept
  Town, book and runs stay under ARREARS_HOME: the next `arrears demo` finds them, goes on where
  it was ended, and takes every option not given from the town that is there. A town with other
  options needs another ARREARS_HOME. A book with real people is never mixed with a town's.
  The tape lies under ARREARS_HOME/town/, to try `arrears age` and `arrears due` with.

\b
Reproducible
  The same seed, borrowers, days and until print the same JSON, byte for byte. Without --until
  the town's last day is today, so that it prints the same all day long.
"""


@click.command("demo", epilog=EPILOG)
@click.option("--no-serve", is_flag=True, help="Do not serve the console afterwards.")
@click.option(
    "--borrowers",
    type=click.IntRange(1, 10_000_000),
    metavar="N",
    help="People of the town, with 1 to 3 loans each.  [default: 20000]",
)
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    metavar="N",
    help="How many days to run, the last one included.  [default: 60]",
)
@click.option("--until", type=options.DAY, metavar="DATE", help="Last day.  [default: today]")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Which town.  [default: 1]")
@options.as_json
def command(
    no_serve: bool,
    borrowers: int | None,
    days: int | None,
    until: date | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Make a simulated town, take its tape in, run its last days, show them in the console."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work() as config:
        from arrears.cli.playing import Wish, play, print_summary  # tidy: lazy (needs Django)
        from arrears.cli.town_register import seat_users  # tidy: lazy (needs Django set up)
        from arrears.people.actions import ensure_demo_users  # tidy: lazy (needs Django set up)

        wish = Wish(seed=seed, borrowers=borrowers, until=until, days=days)
        with show.progress(label="looking for a town") as tell:
            summary = play(ACTOR, config.home / "town", wish, tell)
        users = ensure_demo_users(ACTOR)
        seat_users(ACTOR)
        if as_json:
            show.emit(summary)
        else:
            print_summary(summary)
        if no_serve:
            return
        from arrears.site.serve import serve  # tidy: lazy (needs Django set up)

        def ready(address: str) -> None:
            write = show.say if as_json else show.line
            write("sign-ins of the demo:")
            for user in users:
                write(f"  {user.username:14} {user.password}")
            write(f"serving {address} (Ctrl-C ends)")

        serve(config, ready)
