"""``arrears agency scheme`` and ``statement``: what an agency is paid for, and what it is owed."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from arrears.cli import options, show
from arrears.cli.commands import command_id
from arrears.cli.export import write_rows
from arrears.kernel.errors import BadInput, NotFound
from arrears.kernel.money import format_minor

if TYPE_CHECKING:
    from arrears.placements.commission.queries import Document

LINES = {
    "number": "int64",
    "kind": "string",
    "payment_ref": "string",
    "loan_ref": "string",
    "paid_on": "date32",
    "bucket": "string",
    "rate_bps": "int64",
    "currency": "string",
    "amount_minor": "int64",
    "fee_minor": "int64",
    "commission_minor": "int64",
    "severity": "string",
    "charge": "string",
}
SUMS = (
    "amount_minor", "earned_minor", "taken_back_minor", "corrected_minor", "deducted_minor",
    "adjusted_minor", "total_minor",
)  # fmt: skip


class Month(click.ParamType[date]):
    """A month as ISO 8601 writes it: its first day."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m").date()  # noqa: DTZ007
        except ValueError:
            return self.fail(f"{value!r} is not a month such as 2026-06", param, ctx)


MONTH = Month()


@click.command("scheme")
@click.argument("ref")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--from", "from_on", type=MONTH, required=True, help="The first month, as 2026-06.")
@click.option("--reason", required=True, help="Why, for the one who approves it.")
def scheme(ref: str, file: Path, from_on: date, reason: str) -> None:
    """Propose what an agency is paid for, from a month on; somebody else approves it.

    It is in force once a second person has approved it in the console (Schemes). FILE is YAML or
    JSON: weights_bps, rates_bps, deductions_bps and perhaps caps. REF `lender` takes the weights
    by which the lender's own staff are rated. A scheme that hangs on the amount recovered alone
    is refused, and the rule is cited.
    """
    document = _read(file)
    made = _act(
        "propose_scheme", organisation=ref, from_on=from_on, document=document, reason=reason
    )
    show.line(f"proposed for {ref}, from {from_on:%Y-%m} on: {made['proposal']}")


@click.command("statement")
@click.argument("ref")
@click.option("--month", type=MONTH, required=True, metavar="MONTH", help="As 2026-06.")
@click.option("--draw-up", is_flag=True, help="Draw it up first, as a draft.")
@click.option("--issue", is_flag=True, help="Issue the draft: the agency sees it from now on.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write its lines as .csv or .parquet.",
)
@options.as_json
def statement(
    ref: str, month: date, draw_up: bool, issue: bool, out: Path | None, as_json: bool
) -> None:
    """Show what an agency is owed for a month, line by line.

    Once a month has its statement, --draw-up makes another one of what changed since.
    """
    if draw_up:
        _act("draw_up", organisation=ref, month=month)
    found = _document(ref, month, issue)
    if out is not None:
        rows = ({name: _cell(getattr(line, name)) for name in LINES} for line in found.lines)
        write_rows(out, LINES, rows)
        show.say(f"{out}: sha256 {hashlib.sha256(out.read_bytes()).hexdigest()}")
    if as_json:
        show.emit(found.as_json())
        return
    one = found.statement
    kind = "statement" if one.regular else "statement of what changed"
    show.table(
        f"{one.organisation_name}, {month:%Y-%m}: {kind} {one.number}, {one.state}",
        ("currency", "payments", *(name.removesuffix("_minor") for name in SUMS)),
        [
            (sums["currency"], sums["payments"],
             *(format_minor(sums[name], sums["currency"], symbol=False) for name in SUMS))
            for sums in one.totals
        ],
    )  # fmt: skip
    show.table(
        "Scores",
        ("component", "weight %", "score %", "found"),
        [
            (name, each["weight_bps"] / 100, each["score_bps"] / 100, each["source"])
            for name, each in sorted(one.scores.items())
        ],
    )
    show.line(f"{show.count(one.lines_count)} lines, sha256 {one.sha256}")


def _read(file: Path) -> Any:
    import yaml  # tidy: lazy (only here)

    try:
        return yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise NotFound("the scheme cannot be read", found=error.strerror, file=file) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput("the scheme is neither YAML nor JSON", found=str(error)[:200],
                       file=file) from error  # fmt: skip


def _cell(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def _act(action: str, **told: Any) -> dict[str, Any]:
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.placements.commission import actions  # tidy: lazy (needs Django set up)

        result: dict[str, Any] = getattr(actions, action)(ACTOR, command_id(), **told)
    return result


def _document(ref: str, month: date, issue: bool) -> Document:
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.placements.commission import queries  # tidy: lazy (needs Django set up)

        one = queries.statement_of(ACTOR, ref, month)
        if issue:
            from arrears.placements.commission import actions  # tidy: lazy (needs Django set up)

            actions.issue(ACTOR, command_id(), statement=one.id)
        return queries.statement_document(ACTOR, one.id)
