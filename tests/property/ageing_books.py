"""Small, nasty loan books for Hypothesis, and their way into an engine."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from ageing_oracle import Instalment, Loan, Payment
from hypothesis import strategies as st

AS_OF = date(2026, 6, 30)
LARGEST = 10**14

# Days crowd around the day asked about and around each other.
days = st.integers(-75, 40).map(lambda n: AS_OF + timedelta(days=n))
parts = st.one_of(st.just(0), st.integers(0, 12), st.integers(0, 10**6), st.integers(0, LARGEST))


@st.composite
def loans(draw: st.DrawFn, loan_id: str) -> Loan:
    loan = Loan(
        loan_id,
        person_id=draw(st.sampled_from(["p1", "p2", "人3"])),
        currency=draw(st.sampled_from(["CNY", "JPY", "KWD"])),
        product=draw(st.sampled_from(["credit_card", "microfinance", "other"])),
        overdue_rate_bps=draw(st.one_of(st.none(), st.integers(0, 4000), st.just(10**6))),
        grace_days=draw(st.sampled_from([0, 0, 3, 30, 400])),
    )
    small = draw(st.booleans())
    amounts = st.integers(0, 9) if small else parts
    for number in range(draw(st.integers(0, 6))):
        loan.instalments.append(
            Instalment(
                seq=number + 1,
                due_on=draw(days),
                principal=draw(amounts),
                interest=draw(amounts),
                fee=draw(amounts),
            )
        )
    whole = sum(i.principal + i.interest + i.fee for i in loan.instalments)
    for number in range(draw(st.integers(0, 6))):
        # A share of the whole, so that paid-up, nearly paid-up and overpaid all happen.
        amount = draw(
            st.one_of(
                st.integers(1, 9) if small else st.integers(1, LARGEST),
                st.sampled_from([1, 2, 3, 4]).map(lambda n: max(1, min(LARGEST, whole // n))),
            )
        )
        name = f"{draw(st.sampled_from('azAZ9é中'))}{number}-{loan_id}"
        payment = Payment(name, draw(days), amount)
        loan.payments.append(payment)
        if draw(st.integers(0, 3)) == 0:
            later = payment.paid_on + timedelta(days=draw(st.integers(0, 20)))
            loan.payments.append(Payment(f"r-{name}", later, amount, reverses=name))
    draw(st.randoms(use_true_random=False)).shuffle(loan.payments)
    return loan


@st.composite
def books(draw: st.DrawFn, most: int = 12) -> list[Loan]:
    return [draw(loans(f"L{number:02d}")) for number in range(draw(st.integers(1, most)))]


def tables(book: list[Loan]) -> dict[str, pa.Table]:
    """The book as the accepted tables of a tape, columns that ageing reads."""
    return {
        "loans": pa.table(
            {
                "loan_id": pa.array([x.loan_id for x in book], pa.string()),
                "person_id": pa.array([x.person_id for x in book], pa.string()),
                "product": pa.array([x.product for x in book], pa.string()),
                "currency": pa.array([x.currency for x in book], pa.string()),
                "overdue_rate_bps": pa.array([x.overdue_rate_bps for x in book], pa.int32()),
                "grace_days": pa.array([x.grace_days for x in book], pa.int32()),
            }
        ),
        "instalments": rows(
            [(x.loan_id, i.seq, i.due_on, i.principal, i.interest, i.fee)
             for x in book for i in x.instalments],
            {
                "loan_id": pa.string(), "seq": pa.int32(), "due_on": pa.date32(),
                "principal_minor": pa.int64(), "interest_minor": pa.int64(),
                "fee_minor": pa.int64(),
            },
        ),
        "payments": rows(
            [(p.payment_id, x.loan_id, p.paid_on, p.amount, p.reverses)
             for x in book for p in x.payments],
            {
                "payment_id": pa.string(), "loan_id": pa.string(), "paid_on": pa.date32(),
                "amount_minor": pa.int64(), "reverses": pa.string(),
            },
        ),
    }  # fmt: skip


def rows(values: list[tuple[Any, ...]], schema: dict[str, pa.DataType]) -> pa.Table:
    columns = list(zip(*values, strict=True)) or [()] * len(schema)
    return pa.table(
        {
            name: pa.array(column, kind)
            for (name, kind), column in zip(schema.items(), columns, strict=True)
        }
    )
