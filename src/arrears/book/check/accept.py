"""The rows that stand, in the shape that everything after relies on."""

from __future__ import annotations

from typing import Any

import ibis

from arrears.book.check.set_aside import SetAside
from arrears.book.check.survey import Survey
from arrears.book.contract import FILE, ROW, TABLES
from arrears.book.coordinates import to_wgs84


def accepted_rows(rows: Any, aside: SetAside) -> Any:
    """The rows neither set aside nor surplus; a table without either is the plain scan."""
    for gone in (aside.rows, aside.surplus):
        if gone is not None:
            rows = rows.anti_join(gone, [FILE, ROW])
    return rows


def finished(name: str, rows: Any, survey: Survey, unknown_codes: dict[str, dict[str, int]]) -> Any:
    """Exactly the contract's columns, with defaults, codes and coordinates settled."""
    spec = TABLES[name]
    if survey.elsewhere:
        rows = to_wgs84(rows)
    columns = {}
    for column in spec.columns:
        value = rows[column.name]
        if column.code_else is not None and f"{name}.{column.name}" in unknown_codes:
            value = value.isin(column.codes).ifelse(value, ibis.literal(column.code_else))
        if column.default is not None:
            value = value.fill_null(ibis.literal(column.default))
        columns[column.name] = value
    return rows.select(**columns)
