"""What of the loan book is sealed at rest, and how it is opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from arrears.book.contract import TABLES as CONTRACT_TABLES
from arrears.loans.models import KeptRow, SetAsideRow
from arrears.people.sealed import PERSONS
from arrears.store.sealed.cells import CELLS, open_cells, seal_cells
from arrears.store.sealed.cipher import MARK, Sealer
from arrears.store.sealed.keyed import key as hashing
from arrears.store.sealed.place import opener
from arrears.store.sealed.reseal import SealedTable

CONTRACT: Final = "loans_loan.contract_no"
KEPT: Final = "loans_kept_row.row"
ASIDE: Final = "loans_set_aside.row"
MENDED: Final = "loans_set_aside.mended_row"
_COVERED: Final = "•••"
_FEWEST_TOLD: Final = 4  # characters of a cell that a sentence is searched for


def opened_contract(loan_ref: str, sealed: str | None) -> str | None:
    """The number of a loan's contract."""
    return None if sealed is None else opener().open(CONTRACT, loan_ref, sealed)


def kept_key(tape_id: UUID, table: str, key: str) -> str:
    """What a kept row is known by."""
    return f"{tape_id}\x1f{table}\x1f{key}"


def opened_kept(tape_id: UUID, table: str, key: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a kept row."""
    return open_cells(opener(), KEPT, kept_key(tape_id, table, key), row)


def kept_cells(kept: KeptRow) -> dict[str, Any]:
    """The cells of a kept row of the ORM."""
    return opened_kept(kept.tape_id, kept.table, kept.key, kept.row)


def aside_key(tape_id: UUID, table: str, file: str | None, row_number: int) -> str:
    """What a row set aside is known by; ``file`` without its folder."""
    return f"{tape_id}\x1f{table}\x1f{file or ''}\x1f{row_number}"


def opened_aside(
    place: str, tape_id: UUID, table: str, file: str | None, row_number: int, row: Mapping[str, Any]
) -> dict[str, Any]:
    """The cells of a row set aside: as received (:data:`ASIDE`) or as mended (:data:`MENDED`)."""
    return open_cells(opener(), place, aside_key(tape_id, table, file, row_number), row)


def aside_cells(aside: SetAsideRow) -> dict[str, Any]:
    """The cells to check of a row set aside: as mended earlier, or as received."""
    place, row = (MENDED, aside.mended_row) if aside.mended_row else (ASIDE, aside.row)
    known = (aside.tape_id, aside.table, aside.file, aside.row_number)
    return opened_aside(place, *known, row)


def sealed_mended(sealer: Sealer, aside: SetAsideRow, cells: Mapping[str, Any]) -> dict[str, Any]:
    """The cells of a row as somebody mended it, sealed."""
    key = aside_key(aside.tape_id, aside.table, aside.file, aside.row_number)
    return seal_cells(sealer, MENDED, key, cells)


def kept_row_key(table: str, cells: Mapping[str, Any]) -> str:
    """The key of a kept row; a cell that is sealed in the row stands in it as its hash."""

    def part(name: str) -> str:
        text = str(cells.get(name) or "")
        return hashing().of_cells(text) if name in CELLS else text

    return "\x1e".join(map(part, CONTRACT_TABLES[table].key))


def covered(text: str | None, cells: Mapping[str, Any]) -> str | None:
    """A text without the cells that are sealed; short ones say too little to be looked for."""
    hidden = [value for name in CELLS if isinstance(value := cells.get(name), str)]
    for cell in sorted(hidden, key=len, reverse=True):
        if text and len(cell) >= _FEWEST_TOLD:
            text = text.replace(cell, _COVERED)
    return text


def _kept_before(row: Mapping[str, Any]) -> dict[str, str | None]:
    cells = json.loads(row["row"])
    if any(str(cells.get(name) or "").startswith(MARK) for name in CELLS):
        return {"key": row["key"]}
    return {"key": kept_row_key(row["table"], cells)}


def _aside_before(row: Mapping[str, Any]) -> dict[str, str | None]:
    # Of what is sealed already there is nothing left to cover.
    return {name: covered(row[name], json.loads(row["row"])) for name in ("key", "text")}


LOAN_TABLES: Final = (
    SealedTable(
        "loans_loan",
        read=("loan_ref",),
        row_key=lambda row: str(row["loan_ref"]),
        columns=("contract_no",),
        json_columns=("extra",),
        derive=lambda row, plain: {
            "contract_hmac": plain["contract_no"] and hashing().of_account(plain["contract_no"])
        },
    ),
    SealedTable(
        "loans_kept_row",
        read=("tape_id", "table", "key"),
        row_key=lambda row: kept_key(row["tape_id"], row["table"], row["key"]),
        cell_columns=("row",),
        before=_kept_before,
    ),
    SealedTable(
        "loans_set_aside",
        read=("tape_id", "table", "file", "row_number", "key", "text"),
        row_key=lambda row: aside_key(row["tape_id"], row["table"], row["file"], row["row_number"]),
        cell_columns=("row", "mended_row"),
        before=_aside_before,
    ),
)
"""The tables of the loan book of which something is sealed, and how it is sealed anew."""
SEALED_TABLES: Final = (PERSONS, *LOAN_TABLES)
"""All such tables."""
