"""``arrears rejected``: the rows that were set aside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from arrears.cli import options, show
from arrears.cli.export import write_rows
from arrears.kernel.errors import NotFound

if TYPE_CHECKING:
    from arrears.loans.queries import SetAsideView

COLUMNS = ("tape_ref", "table", "row_number", "key", "loan_ref", "reason", "text")
EXPORTED = {
    "tape_id": "string",
    "table": "string",
    "file": "string",
    "row_number": "int64",
    "key": "string",
    "loan_id": "string",
    "person_id": "string",
    "reason": "string",
    "text": "string",
    "currency": "string",
    "amount_minor": "int64",
    "state": "string",
    "row": "string",
}
EPILOG = """\b
Examples
  arrears rejected
  arrears rejected --reason duplicate.conflict --limit 200
  arrears rejected --tape T-17 --export rejected.csv

\b
A loan with one wrong row is set aside whole: its other rows have the reason loan.incomplete.
Mend rows in the console (Data), or have the lender send the loans again.
"""


@click.command("rejected", epilog=EPILOG)
@click.option("--tape", "tape_ref", metavar="ID", help="Only of this tape.")
@click.option("--table", metavar="NAME", help="Only of this table: loans, payments …")
@click.option("--reason", metavar="CODE", help="Only with this reason.")
@click.option("--all", "with_closed", is_flag=True, help="Also what was mended or superseded.")
@click.option(
    "--limit",
    type=click.IntRange(1, 200),
    default=50,
    show_default=True,
    help="How many rows to print.",
)
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write all of them, with their rows (identity masked), as .csv or .parquet.",
)
@options.as_json
def command(
    tape_ref: str | None,
    table: str | None,
    reason: str | None,
    with_closed: bool,
    limit: int,
    export: Path | None,
    as_json: bool,
) -> None:
    """List or export the rows that were set aside, each with its reason."""
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.kernel.ids import named  # tidy: lazy (used here only)
        from arrears.loans.queries import (  # tidy: lazy (needs Django set up)
            SetAsideFilter,
            each_set_aside,
            set_aside,
            tape,
        )

        tape_id = None
        if tape_ref is not None:
            tape_id = named("tape", tape_ref)
            try:
                tape(ACTOR, tape_id)
            except NotFound as unknown:
                raise NotFound(
                    "there is no such tape", key=tape_ref, remedy="the console lists them: Data"
                ) from unknown
        which = SetAsideFilter(
            tape_id=tape_id, table=table, reason=reason, state=None if with_closed else "open"
        )
        page = set_aside(ACTOR, which, size=limit)
        if export is not None:
            written = write_rows(export, EXPORTED, _whole(each_set_aside(ACTOR, which)))
            show.say(f"{show.count(written)} rows written: {export}")
    if as_json:
        show.emit({"total": page.total, "rows": list(_whole(iter(page.rows)))})
    elif export is None:
        rows = [[getattr(row, column) for column in COLUMNS] for row in page.rows]
        show.table(f"Set aside: {show.count(page.total)} rows", COLUMNS, rows)
        if page.total > len(rows):
            show.say(f"the first {len(rows)} are shown; --export writes all of them")


def _whole(rows: Iterator[SetAsideView]) -> Iterator[dict[str, object]]:
    for row in rows:
        yield {
            "tape_id": row.tape_ref,
            "table": row.table,
            "file": row.file,
            "row_number": row.row_number,
            "key": row.key,
            "loan_id": row.loan_ref,
            "person_id": row.person_ref,
            "reason": row.reason,
            "text": row.text,
            "currency": row.currency,
            "amount_minor": row.amount_minor,
            "state": row.state,
            "row": json.dumps(row.row, ensure_ascii=False, sort_keys=True),
        }
