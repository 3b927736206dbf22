"""``arrears rolls``: how accounts of snapshot tapes roll from bucket to bucket."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from arrears.cli import options, show
from arrears.cli.export import write_rows

EXPORTED = {
    "from_month": "string",
    "to_month": "string",
    "from_bucket": "string",
    "to_bucket": "string",
    "loans": "int64",
    "from_loans": "int64",
}
HISTORY = {
    "loan_ref": "string",
    "as_of": "date32",
    "bucket": "string",
    "days_past_due": "int32",
    "months_past_due": "int32",
    "balance_minor": "int64",
    "overdue_minor": "int64",
    "paid_minor": "int64",
}
EPILOG = """\b
Example
  arrears ingest card.csv.gz --mapping mappings/uci350.yaml --book-on 2005-09-30
  arrears rolls
  arrears rolls --export rolls.csv --history buckets.parquet
Each line of a month shows, of the accounts in a bucket, what share is where a month later.
"""


@click.command("rolls", epilog=EPILOG)
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the counts as .csv or .parquet instead.",
)
@click.option(
    "--history",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the bucket of every account, month by month, as .csv or .parquet.",
)
@options.as_json
def command(export: Path | None, history: Path | None, as_json: bool) -> None:
    """Show the roll-rate matrix of every month: from bucket to bucket.

    For books that the lender delivers as monthly states (snapshots).
    """
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.loans.queries import each_state, roll_rates  # tidy: lazy (needs Django set up)

        rates = roll_rates(ACTOR)
        if history is not None:
            written = write_rows(history, HISTORY, (asdict(state) for state in each_state(ACTOR)))
            show.say(f"{show.count(written)} states written: {history}")
    rows: list[dict[str, Any]] = [
        {
            "from_month": f"{rate.from_month:%Y-%m}",
            "to_month": f"{rate.to_month:%Y-%m}",
            "from_bucket": rate.from_bucket,
            "to_bucket": rate.to_bucket,
            "loans": rate.loans,
            "from_loans": rate.from_loans,
        }
        for rate in rates
    ]
    if export is not None:
        show.say(f"{show.count(write_rows(export, EXPORTED, rows))} rows written: {export}")
    if as_json:
        show.emit(rows)
    elif export is None and history is None:
        _print(rows)


def _print(rows: list[dict[str, Any]]) -> None:
    if not rows:
        show.line("there are no monthly states: the book has schedules and payments")
        return
    order = ["current", *(f"M{n}" for n in range(1, 7)), "M7+", "missing"]
    for month in sorted({(str(row["from_month"]), str(row["to_month"])) for row in rows}):
        mine = [row for row in rows if (row["from_month"], row["to_month"]) == month]
        columns = [b for b in order if any(row["to_bucket"] == b for row in mine)]
        lines = []
        for bucket in [b for b in order if any(row["from_bucket"] == b for row in mine)]:
            of = {
                row["to_bucket"]: int(row["loans"]) for row in mine if row["from_bucket"] == bucket
            }
            whole = sum(of.values())
            shares = [f"{100 * of.get(column, 0) / whole:.1f} %" for column in columns]
            lines.append([bucket, show.count(whole), *shares])
        show.table(f"{month[0]} → {month[1]}", ["from", "accounts", *columns], lines)
