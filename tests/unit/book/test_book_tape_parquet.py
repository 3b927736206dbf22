"""Tapes of Parquet: other types, several files, and what is read in place."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tape_rows import book, ids, instalment, loan, payment, rejected, write_book

from arrears.book.check import check
from arrears.book.read import open_tape
from arrears.kernel.errors import TapeError


def write_parquet_book(directory: Path, **changed: pa.Table) -> Path:
    tables = {
        "persons": pa.table({"person_id": ["P1"], "jurisdiction": ["CN"]}),
        "loans": pa.Table.from_pylist([loan() | {"disbursed_on": date(2026, 1, 5)}]),
        "instalments": pa.Table.from_pylist([instalment() | {"due_on": date(2026, 2, 5)}]),
        "payments": pa.Table.from_pylist([payment() | {"paid_on": date(2026, 2, 5)}]),
    } | changed
    for name, table in tables.items():
        pq.write_table(table, directory / f"{name}.parquet")
    return directory


def payments_with(**columns: pa.Array) -> pa.Table:
    count = len(next(iter(columns.values())))
    base = {
        "payment_id": pa.array([f"T{i}" for i in range(count)]),
        "loan_id": pa.array(["L1"] * count),
        "paid_on": pa.array([date(2026, 2, 5)] * count),
        "amount_minor": pa.array([1] * count, pa.int64()),
    }
    return pa.table(base | columns)


@pytest.mark.parametrize(
    ("column", "values", "kept", "failed"),
    [
        ("amount_minor", pa.array([1, 2], pa.int16()), [1, 2], []),
        ("amount_minor", pa.array([1, 2**63], pa.uint64()), [1], [str(2**63)]),
        ("amount_minor", pa.array(["1", "1.0"]), [1], ["1.0"]),
        ("amount_minor", pa.array([1.0, 1.5, 2.0**60]), [1], ["1.5", "1.152921504606847e+18"]),
        ("amount_minor", pa.array([Decimal(7)], pa.decimal128(18, 0)), [7], []),
        ("amount_minor", pa.array([Decimal("7.00")], pa.decimal128(18, 2)), [], ["7.00"]),
        (
            "paid_on",
            pa.array([datetime(2026, 2, 5), datetime(2026, 2, 5, 9)], pa.timestamp("us")),
            [date(2026, 2, 5)],
            ["2026-02-05 09:00:00"],
        ),
        ("paid_on", pa.array(["2026-02-05", "5.2.2026"]), [date(2026, 2, 5)], ["5.2.2026"]),
    ],
)
def test_parquet_of_other_types(duckdb_engine, tmp_path, column, values, kept, failed):
    write_parquet_book(tmp_path, payments=payments_with(**{column: values}))
    with open_tape(duckdb_engine, tmp_path) as tape:
        rows = tape.tables["payments"].to_pyarrow().to_pylist()
    assert [row[column] for row in rows if row[column] is not None] == kept
    raw = [row.get(f"_raw_{column}") for row in rows]
    assert [text for text in raw if text is not None] == failed


def test_parquet_of_the_contract_is_read_in_place(duckdb_engine, tmp_path):
    write_parquet_book(tmp_path)
    with open_tape(duckdb_engine, tmp_path) as tape:
        assert not any(name.startswith("_raw_") for name in tape.tables["payments"].columns)
        assert list(tape.scratch.iterdir()) == []
        assert ids(check(tape)) == ["L1"]


def test_wider_integers_are_narrowed_in_place(duckdb_engine, tmp_path):
    rows = [instalment(seq=seq) | {"due_on": date(2026, 2, 5)} for seq in (1, 2**31)]
    write_parquet_book(tmp_path, instalments=pa.Table.from_pylist(rows))
    with open_tape(duckdb_engine, tmp_path) as tape:
        assert list(tape.scratch.iterdir()) == []
        found = [r for r in rejected(check(tape)) if r["reason"] == "type.invalid"]
        assert [(r["row_number"], r["key"]) for r in found] == [(2, "L1 / 2147483648")]


def test_a_directory_of_files_is_one_table(duckdb_engine, tmp_path):
    write_parquet_book(tmp_path)
    (tmp_path / "payments.parquet").unlink()
    (tmp_path / "payments").mkdir()
    for part, amount in (("b", 2), ("a", -1)):
        table = payments_with(amount_minor=pa.array([1, amount], pa.int64()))
        table = table.set_column(0, "payment_id", pa.array([f"{part}0", f"{part}1"]))
        pq.write_table(table, tmp_path / "payments" / f"{part}.parquet")
    with open_tape(duckdb_engine, tmp_path) as tape:
        found = [r for r in rejected(check(tape)) if r["reason"] == "range.low"]
        assert [(r["file"], r["row_number"]) for r in found] == [("a.parquet", 2)]
        lines = "".join(
            f"{hashlib.sha256((tmp_path / 'payments' / f).read_bytes()).hexdigest()}  {f}\n"
            for f in ("a.parquet", "b.parquet")
        )
        assert tape.sha256["payments"] == hashlib.sha256(lines.encode()).hexdigest()
    other = payments_with(amount_minor=pa.array([1], pa.int32()))
    pq.write_table(other, tmp_path / "payments" / "c.parquet")
    with pytest.raises(TapeError, match="different columns"):
        open_tape(duckdb_engine, tmp_path)


def test_the_digest_of_a_tape_follows_its_bytes_and_its_mapping(duckdb_engine, tmp_path):
    write_book(tmp_path, book())
    with open_tape(duckdb_engine, tmp_path) as tape:
        first, of_loans = tape.digest, tape.sha256["loans"]
    loans = (tmp_path / "loans.csv").read_bytes()
    assert of_loans == hashlib.sha256(loans).hexdigest()
    with open_tape(duckdb_engine, tmp_path) as tape:
        assert tape.digest == first
    (tmp_path / "loans.csv").write_bytes(loans + b"\n")
    with open_tape(duckdb_engine, tmp_path) as tape:
        assert tape.digest != first
