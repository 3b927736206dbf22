"""``arrears ingest``: a tape taken into the loan book."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from arrears.cli import options, show

EPILOG = """\b
Examples
  arrears ingest tape/                       the envelope tape.json lies beside the tables
  arrears ingest card.csv.gz --mapping mappings/uci350.yaml --book-on 2005-09-30
  arrears ingest 'postgresql://reader@core/loans?schema=tape' --tape-id T-17 --sequence 17 \\
      --book-on 2026-06-30 --kind delta

\b
What it does
  The same tape again has no effect. The same id with other contents, or an older tape after a
  newer one, is refused (exit code 75). All of a tape is taken in, or after an error nothing.
  Rows that fail a check are set aside with their loan: `arrears rejected` lists them.
"""


@click.command("ingest", epilog=EPILOG)
@click.argument("tape")
@options.mapping
@click.option("--tape-id", metavar="ID", help="Without an envelope: the tape's id.")
@click.option(
    "--kind",
    type=click.Choice(["full", "delta"]),
    help="Without an envelope: the whole book (default), or only what changed.",
)
@click.option(
    "--book-on",
    type=options.DAY,
    metavar="DATE",
    help="Without an envelope: the day whose close the tape shows. Without it no case is cured.",
)
@click.option(
    "--sequence",
    type=click.IntRange(0),
    metavar="N",
    help="Without an envelope: the tape's place in the order of tapes.",
)
@options.as_json
def command(
    tape: str,
    mapping: Path | None,
    tape_id: str | None,
    kind: str | None,
    book_on: date | None,
    sequence: int | None,
    as_json: bool,
) -> None:
    """Take TAPE into the loan book.

    TAPE is a folder of tables (Parquet or CSV, beside tape.json), one file with a mapping, or a
    postgresql:// address with ?schema=.
    """
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.loans.actions import TapeOptions, take_in  # tidy: lazy (needs Django set up)

        given = TapeOptions(tape_id=tape_id, kind=kind, book_on=book_on, sequence=sequence)
        with show.progress(label="open") as tell:
            taken = take_in(ACTOR, tape, mapping=mapping, options=given, progress=tell)
    if as_json:
        show.emit(
            {
                "tape_id": taken.tape_ref,
                "kind": taken.kind,
                "book_version": taken.book_version,
                "effect": taken.effect,
                "totals": taken.totals,
            }
        )
        return
    from arrears.cli.totals import print_totals, set_aside_rows  # tidy: lazy (used here only)

    print_totals(taken.totals)
    if not taken.effect:
        show.line(f"tape {taken.tape_ref} had been taken in before: nothing changed")
        return
    show.line(f"taken in: {taken.kind} tape {taken.tape_ref}, book version {taken.book_version}")
    if set_aside_rows(taken.totals):
        show.line("rows were set aside: `arrears rejected` lists them, the console mends them")
