"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


class Day(click.ParamType[date]):
    """A day as ISO 8601 writes it."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007
        except ValueError:
            return self.fail(f"{value!r} is not a day such as 2026-06-30", param, ctx)


DAY = Day()


def as_of(required: bool = True) -> Callable[[F], F]:
    """``--as-of DATE``."""
    return click.option(
        "--as-of",
        type=DAY,
        required=required,
        metavar="DATE",
        help="The day, as 2026-06-30. What falls due on it is not overdue yet.",
    )


engine = click.option(
    "--engine",
    type=click.Choice(["duckdb", "spark"]),
    default="duckdb",
    show_default=True,
    help="Where the loan book is computed; both give the same rows. Spark needs Java.",
)
as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on stdout."
)
mapping = click.option(
    "--mapping",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="YAML that says how the lender's columns become those of the tape (docs/tape.md).",
)
