"""Mend a row that was set aside, and take in what is good now."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from arrears.book.check import Checked
from arrears.book.contract import TABLES
from arrears.journal.actions import record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.loans.actions.few_rows import opened_rows
from arrears.loans.actions.push import rejected_by_place
from arrears.loans.actions.take import TAPES, TakenIn, take
from arrears.loans.models import SetAsideRow
from arrears.loans.rules import Delivery
from arrears.loans.sealed import aside_cells, covered, sealed_mended
from arrears.loans.states import SET_ASIDE
from arrears.store.commands import Result, command
from arrears.store.sealed.place import sealer
from arrears.store.transactions import At

MOST_ROWS = 20_000
_EXTRA = "_extra"
Cells = Mapping[str, str | None]


class _StillWrong(Exception):
    """Stops a delivery whose mended row is still set aside."""

    def __init__(self, rejected: dict[tuple[str, int], dict[str, Any]]) -> None:
        self.rejected = rejected


@command("set_aside.mend", permission="data.mend")
def mend(at: At, *, row_id: str, row: Cells) -> Result:
    """Check a mended row anew, with all that was set aside along with it.

    What is good now is taken in as a delivery of kind ``mend``. If the row itself, or its
    loan, is still wrong, nothing is taken in; the mended cells are kept for the next try.

    Parameters
    ----------
    row_id
        The row set aside.
    row
        Its cells, in the contract's columns and units; columns left out stay as received.

    Raises
    ------
    NotFound
        If there is no such row.
    Conflict
        If it is not open any more, or hangs together with too many rows.
    BadInput
        If a column is not of the table.
    """
    target = SetAsideRow.objects.select_for_update().filter(id=UUID(str(row_id))).first()
    if target is None:
        raise NotFound("there is no such row", key=row_id)
    SET_ASIDE.step(target.state, "mend")
    cells = {**_cells(target), **_checked_cells(target.table, row)}
    target.mended_row = sealed_mended(sealer(), target, cells)
    target.mended_by, target.mended_at = at.actor.name, at.now
    target.save(update_fields=["mended_row", "mended_by", "mended_at"])
    rows = _hanging_together(target)
    try:
        with transaction.atomic():
            taken = _take(at, target, rows)
        told = {"row": str(target.id), "table": target.table, "tape": str(taken.tape_id)}
        record(at, TAPES, "loans.row_mended", told)
    except _StillWrong as still:
        record(at, TAPES, "loans.row_still_wrong", {"row": row_id, "table": target.table})
        wrong = [
            _told(rows[table][place - 1], found)
            for (table, place), found in sorted(still.rejected.items())
        ]
        return {"mended": False, "row_id": row_id, "still_wrong": wrong[:200]}
    return {
        "mended": True,
        "row_id": row_id,
        "tape_id": taken.tape_id,
        "accepted": taken.rows["accepted"],
    }


def _told(row: SetAsideRow, found: Mapping[str, Any]) -> dict[str, Any]:
    """Why a row is still wrong; results are kept, and what is sealed does not stand in them."""
    cells = _cells(row)
    return {
        "table": row.table,
        "row_number": row.row_number,
        "key": covered(found["key"], cells),
        "reason": found["reason"],
        "text": covered(found["text"], cells),
    }


def _checked_cells(table: str, row: Cells) -> dict[str, str | None]:
    unknown = sorted(set(row) - set(TABLES[table].names))
    if unknown:
        raise BadInput(
            f"the table {table} has no such column",
            expected=", ".join(TABLES[table].names),
            found=", ".join(unknown),
        )
    if any("\0" in str(value) for value in row.values()):
        raise BadInput(
            "a cell holds the character NUL, which no database can keep",
            expected="text without NUL",
            remedy="type the cell anew",
        )
    return {name: None if value in (None, "") else str(value) for name, value in row.items()}


def _cells(row: SetAsideRow) -> dict[str, Any]:
    """The cells to check: mended earlier, or as received."""
    cells = aside_cells(row)
    # A row of the wrong number of fields has its text only: every cell is to be filled in.
    cells.pop("_shape", None)
    return cells


def _hanging_together(target: SetAsideRow) -> dict[str, list[SetAsideRow]]:
    """The open rows of the same loans and persons, by table; the target among them.

    A person set aside took loans along, a loan its rows: they are good again only together.
    """
    cells = _cells(target)
    loans = {target.loan_ref, cells.get("loan_id")} - {None}
    persons = {target.person_ref, cells.get("person_id")} - {None}
    found: dict[UUID, SetAsideRow] = {target.id: target}
    while True:
        near = Q(loan_ref__in=loans) | Q(person_ref__in=persons)
        rows = SetAsideRow.objects.filter(near, state=SET_ASIDE.initial).order_by("id")
        batch = list(rows[: MOST_ROWS + 1])
        if len(batch) > MOST_ROWS:
            raise Conflict(
                "too many rows hang together with this one to mend it here",
                expected=f"at most {MOST_ROWS} rows of its loans and persons",
                remedy="have the lender correct them and send a tape",
            )
        found |= {row.id: row for row in batch if row.id != target.id}
        more_loans = {row.loan_ref for row in found.values()} - {None} - loans
        more_persons = {row.person_ref for row in found.values()} - {None} - persons
        if not more_loans and not more_persons:
            break
        loans |= more_loans
        persons |= more_persons
    by_table: dict[str, list[SetAsideRow]] = {}
    for row in sorted(found.values(), key=lambda r: (r.table, r.tape_id, r.row_number, r.id)):
        by_table.setdefault(row.table, []).append(row)
    return by_table


def _take(at: At, target: SetAsideRow, rows: dict[str, list[SetAsideRow]]) -> TakenIn:
    whole = [r.tape for each in rows.values() for r in each if r.tape.kind == "full"]
    told = max((t.book_on for t in (*whole, target.tape) if t.book_on), default=None)
    tape_ref = f"mend-{uuid7(at.now)}"
    tables = {table: [_as_row(r) for r in each] for table, each in rows.items()}
    text = json.dumps(tables, sort_keys=True, ensure_ascii=False)
    delivery = Delivery(
        tape_ref=tape_ref,
        kind="mend",
        source=at.actor.name,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        book_on=told,
        replaces=bool(whole),
        replaces_before=max((t.book_version or 0 for t in whole), default=None),
    )
    rejected: dict[tuple[str, int], dict[str, Any]] = {}

    def keep(checked: Checked) -> None:
        rejected.update(rejected_by_place(checked))
        if (target.table, rows[target.table].index(target) + 1) in rejected:
            raise _StillWrong(rejected)

    def settle(tape_id: UUID) -> None:
        _close(at, tape_id, rows, rejected)

    with opened_rows(tables, "mend") as tape:
        return take(at, tape.con, tape, delivery, keep=keep, settle=settle)


def _as_row(row: SetAsideRow) -> dict[str, Any]:
    cells = _cells(row)
    extra = cells.pop(_EXTRA, None)
    return {**(json.loads(extra) if isinstance(extra, str) else extra or {}), **cells}


def _close(
    at: At,
    tape_id: UUID,
    rows: dict[str, list[SetAsideRow]],
    rejected: Mapping[tuple[str, int], object],
) -> None:
    """Mark what was taken in; whoever is still wrong stays open as it was."""
    for table, each in rows.items():
        good: Sequence[SetAsideRow] = [
            row for place, row in enumerate(each, start=1) if (table, place) not in rejected
        ]
        for row in good:
            row.state = "mended"
            row.mended_by, row.mended_at = at.actor.name, at.now
            row.mended_tape_id = tape_id
        SetAsideRow.objects.bulk_update(
            good, ["state", "mended_by", "mended_at", "mended_tape"], batch_size=500
        )
