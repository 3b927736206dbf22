"""A book of schedules, of snapshots, or of both: one row per loan either way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from arrears.book.age import SCHEMA, age, overpaid
from arrears.book.canonical import write_parquet
from arrears.book.engine import connect, hold

DAY = date(2026, 6, 30)


@pytest.fixture
def con() -> Iterator[Any]:
    backend = connect(threads=1, memory_limit="500MB")
    yield backend
    backend.disconnect()


def tables(con: Any, *names: str) -> dict[str, Any]:
    ids = ["both", "by schedule", "by state"]
    rows = {
        "loans": {
            "loan_id": ids,
            "person_id": ["P"] * 3,
            "product": ["other"] * 3,
            "currency": ["CNY"] * 3,
            "overdue_rate_bps": pa.array([None] * 3, pa.int32()),
            "grace_days": pa.array([0] * 3, pa.int32()),
        },
        "instalments": {
            "loan_id": ids[:2],
            "seq": pa.array([1, 1], pa.int32()),
            "due_on": [date(2026, 7, 1), date(2026, 6, 1)],
            "principal_minor": [100, 100],
            "interest_minor": [0, 0],
            "fee_minor": [0, 0],
        },
        "snapshots": {
            "loan_id": ["both", "by state"],
            "as_of": [date(2026, 5, 31)] * 2,
            "days_past_due": pa.array([40, None], pa.int32()),
            "months_past_due": pa.array([None, 2], pa.int32()),
            "balance_minor": pa.array([None, None], pa.int64()),
            "overdue_minor": pa.array([70, None], pa.int64()),
            "paid_minor": pa.array([None, None], pa.int64()),
        },
    }
    return {name: hold(con, pa.table(rows[name])) for name in ("loans", *names)}


def found(con: Any, *names: str) -> list[tuple[Any, ...]]:
    aged = age(con, tables(con, *names), DAY)
    assert aged.schema() == SCHEMA
    rows = con.to_pyarrow(aged.order_by("loan_id")).to_pylist()
    return [(row["loan_id"], row["bucket"], row["overdue_minor"]) for row in rows]


def test_schedules_alone(con: Any) -> None:
    assert found(con, "instalments") == [("by schedule", "M1", 100)]


def test_snapshots_alone(con: Any) -> None:
    assert found(con, "snapshots") == [("both", "M2", 70), ("by state", "M2", None)]
    assert overpaid(con, tables(con, "snapshots"), DAY).count().to_pyarrow().as_py() == 0


def test_a_loan_with_a_schedule_is_aged_by_it(con: Any) -> None:
    both = found(con, "instalments", "snapshots")
    assert both == [("by schedule", "M1", 100), ("by state", "M2", None)]


def test_both_forms_in_one_file(con: Any, tmp_path: Any) -> None:
    aged = age(con, tables(con, "instalments", "snapshots"), DAY)
    assert write_parquet(con, aged, tmp_path / "x.parquet", ["loan_id"]) == 2
