"""``arrears age``: what is overdue in a tape on a day; needs neither database nor Django."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from arrears.cli import options, show

EPILOG = """\b
Examples
  arrears age tape/ --as-of 2026-06-30 --out overdue.parquet
  arrears age 'postgresql://reader@core/loans?schema=tape' --as-of 2026-06-30 --out o.parquet
  arrears age card.csv.gz --mapping mappings/uci350.yaml --as-of 2005-09-30 --out o.parquet

\b
Files written, for --out X.parquet
  X.parquet            one row per loan that owes an overdue amount, sorted by loan_id
  X.rejected.parquet   rows set aside: table, row number, key, reason, text, the row
  X.overpaid.parquet   money beyond all that is scheduled, per loan
  X.totals.json        received = accepted + set aside, in rows and in money
The columns are those of docs/tape.md. A file is written wholly or not at all.
"""


@click.command("age", epilog=EPILOG)
@click.argument("tape")
@options.as_of()
@options.engine
@options.mapping
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE.parquet",
    help="Where the overdue loans go; three more files go beside it.",
)
@options.as_json
def command(
    tape: str, as_of: date, engine: str, mapping: Path | None, out: Path, as_json: bool
) -> None:
    """Say what is overdue in TAPE on a day.

    TAPE is a folder of tables (persons, loans, instalments, payments or snapshots, as Parquet
    or CSV), one file that a mapping draws tables from, or a postgresql:// address. Loans and
    instalments (or snapshots) are enough.
    """
    if out.suffix != ".parquet":
        raise click.BadParameter("the file must end in .parquet", param_hint="--out")
    from arrears.cli.tapes import age_tape  # tidy: lazy (the engine takes seconds to load)

    with show.progress(label="opening") as tell:
        summary = age_tape(tape, as_of, engine, mapping, out, tell)
    if as_json:
        show.emit(summary.as_json())
        return
    summary.print()
