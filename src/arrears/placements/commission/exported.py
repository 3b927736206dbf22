"""Statements as files, by the export rules of all lists: reason, second person, watermark, once."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from arrears.cases.exports.lists import Listed, Table, Which, register
from arrears.kernel.errors import BadInput
from arrears.placements.commission.models import StatementLine
from arrears.placements.commission.queries import statement, statement_document
from arrears.placements.commission.rules.document import COLUMNS
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

KIND: Final = "statement"


def install() -> None:
    """Register the kind; the app does it once it is loaded."""
    register(KIND, Listed("statements.read", _kept, _listed, _table))


def _kept(which: Which) -> dict[str, Any]:
    try:
        (given,) = (which[name] for name in ("statement",) if set(which) == {"statement"})
        return {"statement": str(UUID(str(given)))}
    except ValueError as error:
        raise BadInput("there is no such statement", expected="{statement: id}",
                       found=str(dict(which))[:80]) from error  # fmt: skip


def _listed(actor: Actor, which: Which, most: int) -> tuple[int, str]:
    one = statement(actor, UUID(which["statement"]))
    if not 1 <= one.lines_count <= most:
        raise BadInput("this is no list to export", expected=f"1 to {most} lines",
                       found=f"{one.lines_count} lines")  # fmt: skip
    return one.lines_count, one.sha256


def _table(actor: Actor, which: Which) -> Table:
    found = statement_document(actor, UUID(which["statement"]))
    rows = [
        tuple(
            cell if isinstance(cell, int) or cell is None else str(cell)
            for cell in (getattr(line, name) for name in COLUMNS)
        )
        for line in found.lines
    ]
    with transaction(actor):
        people = StatementLine.objects.filter(
            statement_id=found.statement.id, placement__isnull=False
        ).values_list("placement__person_id", flat=True)
        return COLUMNS, rows, sorted(set(people))
