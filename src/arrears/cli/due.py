"""``arrears due``: what falls due soon in a tape; needs neither database nor Django."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from arrears.cli import options, show

EPILOG = """\b
Example
  arrears due tape/ --as-of 2026-06-30 --within 7 --out due.parquet
Both ends count: --within 0 is the day itself.
"""


@click.command("due", epilog=EPILOG)
@click.argument("tape")
@options.as_of()
@click.option(
    "--within",
    type=click.IntRange(0, 3660),
    required=True,
    metavar="N",
    help="How many days to look ahead.",
)
@options.engine
@options.mapping
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    metavar="FILE.parquet",
    help="Where the instalments go.",
)
@options.as_json
def command(
    tape: str,
    as_of: date,
    within: int,
    engine: str,
    mapping: Path | None,
    out: Path,
    as_json: bool,
) -> None:
    """Say which instalments of TAPE fall due within N days and are not yet fully paid.

    One row per instalment, for reminders before the due day. Early payments are counted. Rows
    that fail a check are left out with their whole loan; `arrears age` lists them.
    """
    if out.suffix != ".parquet":
        raise click.BadParameter("the file must end in .parquet", param_hint="--out")
    from arrears.cli.tapes import due_in_tape  # tidy: lazy (the engine takes seconds to load)

    with show.progress(label="opening") as tell:
        summary = due_in_tape(tape, as_of, within, engine, mapping, out, tell)
    if as_json:
        show.emit(summary)
        return
    instalments, loans = show.count(summary["instalments"]), show.count(summary["loans"])
    show.line(
        f"{instalments} instalments of {loans} loans fall due from {summary['from']} to "
        f"{summary['to']}: {show.money(summary['open_minor']) or 'nothing'} open"
    )
    if summary["loans_set_aside"]:
        show.say(f"{summary['loans_set_aside']} loans were set aside: `arrears age` lists why")
    show.line(f"written: {out}")
