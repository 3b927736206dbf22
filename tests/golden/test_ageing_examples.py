"""The examples of tests/golden/ageing, on both engines."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from arrears.book.age import age_whole
from arrears.book.age.waterfall import Waterfall, Waterfalls
from arrears.book.engine import connect, hold

FOLDER = Path(__file__).with_name("ageing")
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['case']}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.safe_load(path.read_text(encoding="utf-8"))
]
KNOWN = {
    "case", "as_of", "product", "waterfall", "grace_days", "overdue_rate_bps", "instalments",
    "payments", "expect", "overpaid",
}  # fmt: skip


@pytest.fixture(scope="module", params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def con(request: pytest.FixtureRequest) -> Any:
    if request.param == "spark":
        return request.getfixturevalue("spark")
    return connect(threads=1, memory_limit="500MB")


def tables(con: Any, case: dict[str, Any]) -> dict[str, Any]:
    instalments, payments = case["instalments"], case.get("payments", [])
    count, paid = len(instalments), len(payments)
    rows = {
        "loans": {
            "loan_id": ["L"],
            "person_id": ["P"],
            "product": [case.get("product", "other")],
            "currency": ["CNY"],
            "overdue_rate_bps": pa.array([case.get("overdue_rate_bps")], pa.int32()),
            "grace_days": pa.array([case.get("grace_days", 0)], pa.int32()),
        },
        "instalments": {
            "loan_id": ["L"] * count,
            "seq": pa.array([i.get("seq", n) for n, i in enumerate(instalments)], pa.int32()),
            "due_on": pa.array([i["due_on"] for i in instalments], pa.date32()),
            **{
                f"{part}_minor": pa.array([i.get(part, 0) for i in instalments], pa.int64())
                for part in ("principal", "interest", "fee")
            },
        },
        "payments": {
            "payment_id": pa.array([p.get("id", f"p{n}") for n, p in enumerate(payments)],
                                   pa.string()),
            "loan_id": pa.array(["L"] * paid, pa.string()),
            "paid_on": pa.array([p["paid_on"] for p in payments], pa.date32()),
            "amount_minor": pa.array([p["amount"] for p in payments], pa.int64()),
            "reverses": pa.array([p.get("reverses") for p in payments], pa.string()),
        },
    }  # fmt: skip
    return {name: hold(con, pa.table(columns)) for name, columns in rows.items()}


@pytest.mark.parametrize("case", CASES)
def test_example(con: Any, case: dict[str, Any]) -> None:
    assert case.keys() <= KNOWN
    order = case.get("waterfall")
    waterfalls = None
    if order is not None:
        waterfalls = Waterfalls(
            (
                Waterfall(tuple(order), product=(case["product"],)),
                Waterfall(("fee", "interest", "principal")),
            )
        )
    as_of: date = case["as_of"]
    whole = age_whole(con, tables(con, case), as_of, waterfalls=waterfalls)
    overdue = con.to_pyarrow(whole.overdue).to_pylist()
    if case["expect"] == "nothing overdue":
        assert overdue == []
    else:
        (row,) = overdue
        assert {name: row[name] for name in case["expect"]} == case["expect"]
        assert row["as_of"] == as_of
    over = [row["overpaid_minor"] for row in con.to_pyarrow(whole.overpaid).to_pylist()]
    assert over == ([case["overpaid"]] if "overpaid" in case else [])
