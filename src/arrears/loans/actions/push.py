"""Rows that the lender's system pushes: the same checks as a tape, an answer for each row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from arrears.book.check import Checked
from arrears.kernel.errors import BadInput
from arrears.kernel.ids import uuid7
from arrears.loans.actions.few_rows import opened_rows
from arrears.loans.actions.take import take
from arrears.loans.rules import Delivery
from arrears.store.commands import Result, command
from arrears.store.transactions import At

Row = Mapping[str, Any]
MOST_ROWS = 1000


@command("people.push", permission="people.push")
def push_persons(at: At, *, rows: Sequence[Row], book_on: date | None = None) -> Result:
    """Add or change persons, as rows of the contract's table ``persons``."""
    return _push(at, {"persons": rows}, book_on)


@command("loans.push", permission="loans.push")
def push_loans(at: At, *, rows: Sequence[Row], book_on: date | None = None) -> Result:
    """Add or change loans, each with its whole schedule.

    Parameters
    ----------
    rows
        Rows of ``loans``; ``instalments``, ``snapshots`` and ``parties`` hold lists of rows of
        those tables without their ``loan_id``. A loan without ``instalments`` keeps its
        stored schedule.
    book_on
        The day whose close the rows show; today if None.
    """
    tables: dict[str, list[Row]] = {"loans": []}
    below = {"instalments": "instalments", "snapshots": "snapshots", "parties": "loan_parties"}
    for row in rows:
        tables["loans"].append({k: v for k, v in row.items() if k not in below})
        for member, table in below.items():
            for part in row.get(member) or ():
                tables.setdefault(table, []).append({**part, "loan_id": row.get("loan_id")})
    return _push(at, tables, book_on)


@command("payments.push", permission="loans.push")
def push_payments(at: At, *, rows: Sequence[Row], book_on: date | None = None) -> Result:
    """Add payments and reversals, as rows of the contract's table ``payments``."""
    return _push(at, {"payments": rows}, book_on)


def _push(at: At, tables: Mapping[str, Sequence[Row]], book_on: date | None) -> Result:
    first, rows = next(iter(tables.items()))
    if not 1 <= len(rows) <= MOST_ROWS:
        raise BadInput(
            "a push has too many rows, or none",
            expected=f"1 to {MOST_ROWS} {first}",
            found=str(len(rows)),
            remedy="push in several calls, or hand in a tape",
        )
    delivery = Delivery(
        tape_ref=f"push-{uuid7(at.now)}",
        kind="push",
        source=at.actor.name,
        sha256=_digest(tables),
        book_on=book_on or at.today,
    )
    answers: list[dict[str, Any]] = []

    def keep(checked: Checked) -> None:
        answers.extend(_answers(checked, tables))

    with opened_rows(tables, "push") as tape:
        taken = take(at, tape.con, tape, delivery, keep=keep)
    return {"tape_id": taken.tape_id, "book_version": taken.book_version, **taken.rows} | {
        "rows": answers
    }


def rejected_by_place(checked: Checked) -> dict[tuple[str, int], dict[str, Any]]:
    """The rows set aside by table and row number from 1; of few rows."""
    columns = checked.rejected.select("table", "row_number", "key", "reason", "text")
    found = columns.to_pyarrow().to_pylist()
    return {(row["table"], row["row_number"]): row for row in found}


def _answers(checked: Checked, tables: Mapping[str, Sequence[Row]]) -> list[dict[str, Any]]:
    rejected = rejected_by_place(checked)
    keys = {
        "persons": ("person_id",),
        "payments": ("payment_id",),
        "instalments": ("loan_id", "seq"),
        "snapshots": ("loan_id", "as_of"),
    }
    answers: list[dict[str, Any]] = []
    for table, rows in tables.items():
        for index, row in enumerate(rows):
            parts = [str(row.get(name)) for name in keys.get(table, ("loan_id",))]
            answer: dict[str, Any] = {"table": table, "index": index, "key": " / ".join(parts)}
            wrong = rejected.get((table, index + 1))
            if wrong is None:
                answer["state"] = "accepted"
            else:
                answer |= {
                    "state": "set_aside",
                    "reason": wrong["reason"],
                    "text": wrong["text"],
                }
            answers.append({k: _without_nul(v) for k, v in answer.items()})
    return answers


def _without_nul(value: Any) -> Any:
    return value.replace("\0", "␀") if isinstance(value, str) else value


def _digest(tables: Mapping[str, Sequence[Row]]) -> str:
    text = json.dumps(tables, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
