"""Ageing, due work and overpayments against the day-by-day oracle, on nasty books."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

import ageing_oracle as oracle
import pytest
from ageing_books import AS_OF, books, loans, random_book, tables
from ageing_oracle import Loan
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.book.age import age_whole
from arrears.book.age.waterfall import Waterfall, Waterfalls
from arrears.book.due import due
from arrears.book.engine import connect
from arrears.book.explain import (
    InstalmentFacts,
    LoanFacts,
    LoanTold,
    PaymentFacts,
    explain_loan,
)
from arrears.book.payoff import payoff

quick = settings(
    max_examples=35,
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


@pytest.mark.parametrize("seed", [1, 2])
def test_ageing_agrees_on_thousands_of_loans(con: Any, seed: int) -> None:
    book = random_book(seed, 2500)
    whole = age_whole(con, load(con, book), AS_OF)
    got = whole.overdue.order_by("loan_id").to_pyarrow().to_pylist()
    expected = by_loan([oracle.aged(loan, AS_OF) for loan in book])
    assert len(expected) > 1000
    assert [pair for pair in zip(got, expected, strict=True) if pair[0] != pair[1]] == []
    over = whole.overpaid.order_by("loan_id").to_pyarrow().to_pylist()
    assert over == by_loan([oracle.overpaid(loan, AS_OF) for loan in book])
    coming = due(con, load(con, book), AS_OF, 30).order_by("loan_id", "seq")
    rows = [row for loan in book for row in oracle.due(loan, AS_OF, 30)]
    rows.sort(key=lambda row: (row["loan_id"], row["seq"]))
    assert coming.to_pyarrow().to_pylist() == rows


ORDERS = {
    "credit_card": ("principal", "fee", "interest"),
    "microfinance": ("interest", "principal", "fee"),
    "other": ("fee", "interest", "principal"),
}
WATERFALLS = Waterfalls(
    tuple(
        Waterfall(order, product=None if product == "other" else (product,))
        for product, order in ORDERS.items()
    )
)


@settings(quick, max_examples=25)
@given(book=books())
def test_every_product_is_settled_in_its_own_order(con: Any, book: list[Loan]) -> None:
    whole = age_whole(con, load(con, book), AS_OF, waterfalls=WATERFALLS)
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


def payoffs(table: Any) -> dict[str, int]:
    rows = table.order_by("loan_id").to_pyarrow().to_pylist()
    assert len({row["loan_id"] for row in rows}) == len(rows)
    return {row["loan_id"]: int(row["payoff_minor"]) for row in rows}


@settings(quick, max_examples=40)
@given(book=books(), back=st.integers(0, 60))
def test_paying_off_costs_what_stays_dry(con: Any, book: list[Loan], back: int) -> None:
    as_of = AS_OF - timedelta(days=back)
    read = load(con, book)
    scheduled = [loan for loan in book if loan.instalments]
    assert payoffs(payoff(con, read, as_of)) == {
        loan.loan_id: oracle.payoff(loan, as_of) for loan in scheduled
    }
    assert payoffs(payoff(con, read, as_of, waterfalls=WATERFALLS)) == {
        loan.loan_id: oracle.payoff(loan, as_of, ORDERS[loan.product]) for loan in scheduled
    }
    del read["payments"]
    assert payoffs(payoff(con, read, as_of)) == {
        loan.loan_id: oracle.payoff(dataclasses.replace(loan, payments=[]), as_of)
        for loan in scheduled
    }


def test_paying_off_agrees_on_thousands_of_loans(con: Any) -> None:
    book = random_book(5, 2500)
    expected = {loan.loan_id: oracle.payoff(loan, AS_OF) for loan in book if loan.instalments}
    assert sum(amount > 0 for amount in expected.values()) > 1000
    assert payoffs(payoff(con, load(con, book), AS_OF)) == expected


def test_interest_and_fees_that_are_still_to_come_are_not_owed(con: Any) -> None:
    loan = Loan("L", instalments=[
        oracle.Instalment(1, AS_OF - timedelta(days=1), 100, 20, 3),
        oracle.Instalment(2, AS_OF, 1000, 200, 30),
    ])  # fmt: skip
    assert payoffs(payoff(con, load(con, [loan]), AS_OF)) == {"L": 123 + 1000}
    loan.payments = [oracle.Payment("early", AS_OF, 123 + 230 + 400)]
    assert payoffs(payoff(con, load(con, [loan]), AS_OF)) == {"L": 600}


def told(loan: Loan) -> LoanTold:
    return explain_loan(
        LoanFacts(loan.loan_id, loan.currency, loan.product, loan.overdue_rate_bps),
        [
            InstalmentFacts(i.seq, i.due_on, i.principal, i.interest, i.fee)
            for i in loan.instalments
        ],
        [PaymentFacts(p.payment_id, p.paid_on, p.amount, p.reverses) for p in loan.payments],
        AS_OF,
    )


def test_the_explanations_of_thousands_of_loans_are_their_ageing() -> None:
    for loan in random_book(3, 2500):
        agrees(loan)


@settings(quick, max_examples=120)
@given(loan=loans("L"))
def test_the_explanation_of_a_loan_is_its_ageing(loan: Loan) -> None:
    agrees(loan)


def agrees(loan: Loan) -> None:
    row = oracle.aged(loan, AS_OF)
    whole = told(loan)
    if row is None:
        assert whole.overdue_minor == 0
        assert whole.oldest_due_on is None
        return
    for name in set(row) & set(LoanTold.__dataclass_fields__):
        assert getattr(whole, name) == row[name], name
    # The amounts along the way are what the oracle finds when asked about those days.
    as_known = dataclasses.replace(loan, payments=oracle.standing(loan, AS_OF))
    for day, amount in whole.growth:
        earlier = oracle.aged(as_known, day)
        assert amount == (earlier["overdue_minor"] if earlier else 0)
    assert whole.growth[-1][1] == whole.overdue_minor


@settings(quick, max_examples=120)
@given(loan=loans("L"))
def test_no_unit_of_a_payment_is_lost_or_used_twice(loan: Loan) -> None:
    whole = told(loan)
    for payment in whole.payments:
        used = sum(s.fee_minor + s.interest_minor + s.principal_minor for s in payment.shares)
        stands = payment.taken_back_on is None
        assert used + payment.unused_minor == (payment.amount_minor if stands else 0)
    for line in whole.instalments:
        shares = [s for p in whole.payments for s in p.shares if s.seq == line.seq]
        settled = sum(s.fee_minor + s.interest_minor + s.principal_minor for s in shares)
        assert settled + line.open_minor == line.due_minor
