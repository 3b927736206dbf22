"""A small sound book for the tests of the tape, and how to spoil it."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from arrears.book.check import Checked, check
from arrears.book.contract import TABLES
from arrears.book.read import open_rows

Row = dict[str, Any]
Book = dict[str, list[Row]]


def person(person_id: str = "P1", **cells: Any) -> Row:
    return {"person_id": person_id, "name": "张三", "jurisdiction": "CN-11"} | cells


def loan(loan_id: str = "L1", person_id: str = "P1", **cells: Any) -> Row:
    return {
        "loan_id": loan_id,
        "person_id": person_id,
        "product": "online_consumer",
        "creditor_type": "bank",
        "currency": "CNY",
        "principal_minor": 20_000,
        "annual_rate_bps": 1800,
        "disbursed_on": "2026-01-05",
        "grace_days": 0,
    } | cells


def instalment(loan_id: str = "L1", seq: int = 1, **cells: Any) -> Row:
    return {
        "loan_id": loan_id,
        "seq": seq,
        "due_on": f"2026-{1 + seq:02}-05",
        "principal_minor": 10_000,
        "interest_minor": 300,
        "fee_minor": 0,
    } | cells


def payment(payment_id: str = "T1", loan_id: str = "L1", **cells: Any) -> Row:
    return {
        "payment_id": payment_id,
        "loan_id": loan_id,
        "paid_on": "2026-02-05",
        "amount_minor": 10_300,
    } | cells


def snapshot(loan_id: str = "L1", as_of: str = "2026-03-31", **cells: Any) -> Row:
    return {
        "loan_id": loan_id,
        "as_of": as_of,
        "months_past_due": 1,
        "balance_minor": 5_000,
    } | cells


def book(**more: Iterable[Row]) -> Book:
    """Two persons with a loan each, two instalments, one payment; and what is added."""
    rows = {
        "persons": [person("P1"), person("P2")],
        "loans": [loan("L1", "P1"), loan("L2", "P2")],
        "instalments": [instalment(of, seq) for of in ("L1", "L2") for seq in (1, 2)],
        "payments": [payment("T1", "L1")],
    }
    for table, added in more.items():
        rows[table] = [*rows.get(table, []), *added]
    return rows


def checked(con: Any, rows: Book, **options: Any) -> Checked:
    return check(open_rows(con, rows), **options)


def rejected(result: Checked) -> list[Row]:
    rows = result.rejected.to_pyarrow().to_pylist()
    return sorted(rows, key=lambda row: (row["table"], row["file"], row["row_number"]))


def reasons(result: Checked, *, whole: bool = False) -> dict[str, str]:
    """Reason by ``table:key``; of loans set aside whole only with ``whole``."""
    return {
        f"{row['table']}:{row['key']}": row["reason"]
        for row in rejected(result)
        if whole or row["reason"] != "loan.incomplete"
    }


def ids(result: Checked, table: str = "loans", column: str = "loan_id") -> list[str]:
    return sorted(result.accepted[table].to_pyarrow().column(column).to_pylist())


def write_csv(path: Path, rows: list[Row], encoding: str = "utf-8", **format: Any) -> None:
    names = [name for name in TABLES[path.name.split(".")[0]].names if any(name in r for r in rows)]
    names += sorted({name for row in rows for name in row} - set(names))
    with path.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, names, lineterminator="\n", **format)
        writer.writeheader()
        writer.writerows(rows)


def write_book(directory: Path, rows: Book, encoding: str = "utf-8") -> Path:
    for table, of_table in rows.items():
        write_csv(directory / f"{table}.csv", of_table, encoding)
    return directory


def cells(row: Row) -> Row:
    """The cells of a rejected row as the lender gave them."""
    given: Row = json.loads(row["row_json"])
    return {name: value for name, value in given.items() if value is not None}
