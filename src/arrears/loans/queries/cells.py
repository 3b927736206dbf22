"""Cells of a tape's rows as the access table lets a reader see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from arrears.book.contract import TABLES
from arrears.people.access import exposure
from arrears.people.access.masks import COVERED
from arrears.people.access.sight import Sight

# Columns that say who somebody is, under the name that the access table has for them.
_FIELDS: Final[Mapping[tuple[str, str], str]] = {
    **{
        ("persons", name): name
        for name in ("name", "address", "phone", "email", "national_id", "birth_on")
    },
    ("persons", "latitude"): "place",
    ("persons", "longitude"): "place",
    ("loans", "contract_no"): "contract_no",
    ("contact_points", "value"): "phone",
    ("contact_events", "contact_value"): "phone",
    ("flags", "evidence"): "other_cells",
    ("recalls", "reason"): "other_cells",
}
# What a lender adds beside the contract's columns may be anything.
_OTHER: Final = "other_cells"
_SHORTEST: Final = 3  # characters; less would be found in any sentence


def field_of(table: str, column: str, value: object = None) -> str | None:
    """What the access table calls a column; None for one that identifies nobody."""
    if column not in TABLES[table].names:
        return _OTHER
    found = _FIELDS.get((table, column))
    return "email" if found == "phone" and "@" in str(value or "") else found


def covered(seen: Sight, table: str, column: str) -> bool:
    """Whether the reader sees the column's cells masked or not at all."""
    field = field_of(table, column)
    return field is not None and not seen.shows(field)


def row_seen(seen: Sight, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """A row as received, with the cells masked that are not for the reader."""
    return {column: _cell(seen, table, column, value) for column, value in row.items()}


def text_seen(seen: Sight, table: str, row: Mapping[str, Any], text: str | None) -> str | None:
    """A sentence about a row that may repeat its cells, with those masked that the row masks."""
    if text is None:
        return None
    cells = [
        (str(value), str(_cell(seen, table, column, value)))
        for column, value in row.items()
        if value is not None and value != "" and _cell(seen, table, column, value) != value
    ]
    # The longest first: one cell may stand inside another.
    for raw, shown in sorted(cells, key=lambda pair: (-len(pair[0]), pair)):
        if len(raw) >= _SHORTEST:
            text = text.replace(raw, shown)
        elif text.endswith(raw):
            text = text.removesuffix(raw) + shown
    return text


def _cell(seen: Sight, table: str, column: str, value: Any) -> Any:
    field = field_of(table, column, value)
    if value is None or value == "" or field is None or seen.shows(field):
        return value
    if exposure(seen.actor, field) == "hidden":
        return COVERED
    return seen.text(field, value if isinstance(value, str) else str(value))
