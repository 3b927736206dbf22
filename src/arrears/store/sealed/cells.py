"""Rows that are kept whole, as JSON: cells that may hold personal data are sealed one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from arrears.store.sealed.cipher import Opener, Sealer

CELLS: Final = (
    "phone",
    "email",
    "national_id",
    "address",
    "contract_no",
    "value",
    "contact_value",
    "extra",
    "_extra",
    "_shape",
)
"""By the contract's names; ``_extra`` are unknown columns, ``_shape`` the text of a whole row."""


def seal_cells(sealer: Sealer, place: str, row: str, cells: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a row with those of :data:`CELLS` sealed.

    Parameters
    ----------
    place
        Table and column of the JSON; the name of the cell is added.
    """
    sealed = dict(cells)
    for name in CELLS:
        value = cells.get(name)
        if value is not None:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            sealed[name] = sealer.seal(f"{place}.{name}", row, text)
    return sealed


def open_cells(opener: Opener, place: str, row: str, cells: Mapping[str, Any]) -> dict[str, Any]:
    """The cells as they were before they were sealed; one that is not sealed is refused."""
    opened = dict(cells)
    for name in CELLS:
        value = cells.get(name)
        if value is not None:
            text = opener.open(f"{place}.{name}", row, str(value))
            opened[name] = json.loads(text) if name == "extra" else text
    return opened
