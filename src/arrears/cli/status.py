"""``arrears status``: what the loan book holds and when it was last run."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from arrears.cli import options, show


@click.command("status")
@options.as_json
def command(as_json: bool) -> None:
    """Say what the loan book holds, when it was last run, and whether anything may leave."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.conduct.queries import stopped_all  # tidy: lazy (needs Django set up)
        from arrears.daily.queries import newest_run, outbound_mode  # tidy: lazy (needs Django)
        from arrears.loans.queries import book_status  # tidy: lazy (needs Django set up)
        from arrears.store import clock  # tidy: lazy (needs Django set up)

        book, run, mode = book_status(ACTOR), newest_run(ACTOR), outbound_mode()
        stop = stopped_all(clock.now())
    if as_json:
        show.emit({"mode": mode} | _plain(book, run, stop))
        return
    people = "a simulated town" if book.simulated else "the lender's own"
    show.table(
        "Loan book",
        ["what", "now"],
        [
            ("version", show.count(book.version) if book.version else "empty"),
            ("people", people if book.version else ""),
            ("newest full tape of", book.full_book_on),
            ("sequence", book.sequence),
            ("persons", show.count(book.persons)),
            ("loans", show.count(book.loans)),
            ("loans missing from the newest tape", show.count(book.missing)),
            ("loans in doubt", show.count(book.data_doubt)),
            ("loans recalled", show.count(book.recalled)),
            ("rows set aside", show.count(book.set_aside)),
            ("newest run of", run.as_of if run else "never"),
            ("cases parked by it", show.count(run.parked) if run else ""),
            ("outbound", f"{mode}: nothing leaves" if mode == "observe" else mode),
            ("everything stopped until", f"{stop.until_at:%Y-%m-%d %H:%M} UTC" if stop else "no"),
        ],
    )
    if stop is not None:
        show.say(f"everything that goes out is stopped: {stop.reason}")
    if not book.version:
        show.say("begin with `arrears ingest TAPE`, or `arrears demo` for a simulated town")
    elif run is None:
        show.say("no day was run yet: `arrears run --as-of DATE`")


def _plain(book: Any, run: Any, stop: Any) -> dict[str, Any]:
    day = book.full_book_on.isoformat() if book.full_book_on else None
    newest = stopped = None
    if run is not None:
        newest = {
            "as_of": run.as_of.isoformat(),
            "book_version": run.book_version,
            "aged_sha256": run.aged_sha256,
            "parked": run.parked,
            "counts": run.counts,
        }
    if stop is not None:
        stopped = {"until_at": stop.until_at.isoformat(), "reason": stop.reason}
    told = asdict(book) | {"full_book_on": day}
    return {"stopped": stopped, "book": told, "newest_run": newest}
