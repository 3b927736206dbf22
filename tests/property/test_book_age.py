"""Ageing, due work and overpayments against the day-by-day oracle, on nasty books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import ageing_oracle as oracle
import pytest
from ageing_books import AS_OF, books, tables
from ageing_oracle import Loan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.book.age import age_whole
from arrears.book.age.waterfall import Waterfall, Waterfalls
from arrears.book.due import due
from arrears.book.engine import connect

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
names = count()


@pytest.fixture(scope="module")
def con() -> Iterator[Any]:
    backend = connect(threads=1, memory_limit="500MB")
    yield backend
    backend.disconnect()


def load(con: Any, book: list[Loan]) -> dict[str, Any]:
    suffix = next(names)
    return {
        name: con.create_table(f"{name}_{suffix}", table, temp=True)
        for name, table in tables(book).items()
    }


def by_loan(rows: list[dict[str, Any] | None]) -> list[dict[str, Any]]:
    return sorted((r for r in rows if r is not None), key=lambda row: row["loan_id"])


@quick
@given(book=books())
def test_ageing_agrees_with_pouring_day_by_day(con: Any, book: list[Loan]) -> None:
    whole = age_whole(con, load(con, book), AS_OF)
    got = whole.overdue.order_by("loan_id").to_pyarrow().to_pylist()
    assert got == by_loan([oracle.aged(loan, AS_OF) for loan in book])
    over = whole.overpaid.order_by("loan_id").to_pyarrow().to_pylist()
    assert over == by_loan([oracle.overpaid(loan, AS_OF) for loan in book])


ORDERS = {
    "credit_card": ("principal", "fee", "interest"),
    "microfinance": ("interest", "principal", "fee"),
    "other": ("fee", "interest", "principal"),
}


@settings(quick, max_examples=25)
@given(book=books())
def test_every_product_is_settled_in_its_own_order(con: Any, book: list[Loan]) -> None:
    waterfalls = Waterfalls(
        tuple(
            Waterfall(order, product=None if product == "other" else (product,))
            for product, order in ORDERS.items()
        )
    )
    whole = age_whole(con, load(con, book), AS_OF, waterfalls=waterfalls)
    got = whole.overdue.order_by("loan_id").to_pyarrow().to_pylist()
    assert got == by_loan([oracle.aged(loan, AS_OF, ORDERS[loan.product]) for loan in book])


@settings(quick, max_examples=40)
@given(book=books(), within=st.sampled_from([0, 1, 7, 40]), back=st.integers(0, 60))
def test_what_falls_due_agrees_with_pouring(
    con: Any, book: list[Loan], within: int, back: int
) -> None:
    as_of = AS_OF - timedelta(days=back)
    got = due(con, load(con, book), as_of, within).order_by("loan_id", "seq")
    expected = [row for loan in book for row in oracle.due(loan, as_of, within)]
    expected.sort(key=lambda row: (row["loan_id"], row["seq"]))
    assert got.to_pyarrow().to_pylist() == expected
