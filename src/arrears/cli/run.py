"""``arrears run``: the work of a business day."""

from __future__ import annotations

from datetime import date

import click

from arrears.cli import options, show

EPILOG = """\b
Examples
  arrears run --as-of 2026-06-30
  arrears run --as-of 2026-06-30 --engine spark --json

\b
The same day of the same book is run once: again, it has no effect and prints the same. A run
that was killed goes on where it stopped. A day before the newest one is refused (exit code 75):
history is not rewritten; `arrears age` looks at any day of a tape.
"""


@click.command("run", epilog=EPILOG)
@options.as_of()
@options.engine
@options.as_json
def command(as_of: date, engine: str, as_json: bool) -> None:
    """Do the work of a business day: age, open, escalate, cure and treat.

    Nothing is sent: this release decides and shows.
    """
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.daily.actions import run_day  # tidy: lazy (needs Django set up)

        with show.progress(label="book") as tell:
            result = run_day(ACTOR, as_of, engine=engine, progress=tell)
    if as_json:
        show.emit(
            {
                "as_of": result.as_of.isoformat(),
                "run_id": str(result.run_id),
                "book_version": result.book_version,
                "aged_sha256": result.aged_sha256,
                "effect": result.effect,
                "counts": result.counts,
            }
        )
        return
    from arrears.cli.counts import print_counts  # tidy: lazy (used here only)

    print_counts(result.as_of, result.counts)
    if not result.effect:
        show.line("this day of this book had been run before: nothing changed")
