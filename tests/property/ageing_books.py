"""Small, nasty loan books for Hypothesis, and their way into an engine."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

import pyarrow as pa
from ageing_oracle import Instalment, Loan, Payment
from hypothesis import strategies as st

AS_OF = date(2026, 6, 30)
LARGEST = 10**14

# Days crowd around the day asked about and around each other.
days = st.integers(-75, 40).map(lambda n: AS_OF + timedelta(days=n))
# A loan of long arrears: due long ago, paid much later, so that what counts days has some.
long_ago = st.integers(-130, -45).map(lambda n: AS_OF + timedelta(days=n))
lately = st.integers(-60, 3).map(lambda n: AS_OF + timedelta(days=n))
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
    due_days, paid_days = draw(st.sampled_from([(days, days), (long_ago, lately)]))
    amounts = st.integers(0, 9) if small else parts
    for number in range(draw(st.integers(0, 6))):
        empty = draw(st.integers(0, 5)) == 0
        principal, interest, fee = (0 if empty else draw(amounts) for _ in range(3))
        loan.instalments.append(Instalment(number + 1, draw(due_days), principal, interest, fee))
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
        payment = Payment(name, draw(paid_days), amount)
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


def random_book(seed: int, count: int) -> list[Loan]:
    """Many loans at once, every coincidence (zero parts, equal days, exact sums) made likely.

    Hypothesis finds the small example; a book of thousands meets the rare one.
    """
    random = Random(seed)
    book = []
    for number in range(count):
        loan = Loan(
            f"R{number:05d}",
            person_id=f"p{number % 997}",
            product=random.choice(["credit_card", "microfinance", "other"]),
            overdue_rate_bps=random.choice([None, 0, 365, 1825, 2400]),
            grace_days=random.choice([0, 0, 5, 60]),
        )
        largest = random.choice([1, 3, 50, 10**6, LARGEST])
        first = random.randint(-130, 5)
        for seq in range(random.randint(0, 6)):
            due_on = AS_OF + timedelta(days=first + random.randint(0, 60))
            parts = [random.choice([0, 0, 1, random.randint(0, largest)]) for _ in range(3)]
            loan.instalments.append(Instalment(seq, due_on, *parts))
        sums = [i.principal + i.interest + i.fee for i in loan.instalments] or [1]
        for n in range(random.randint(0, 5)):
            amount = max(1, random.choice([*sums, sum(sums), sum(sums) // 2, sum(sums[:2]), 1]))
            amount = min(LARGEST, amount + random.choice([0, 0, 0, -1, 1]) or 1)
            paid_on = AS_OF + timedelta(days=first + random.randint(-5, 140))
            payment = Payment(f"{random.choice('aZ9中')}{n}-{number}", paid_on, amount)
            loan.payments.append(payment)
            if random.random() < 0.15:
                back = paid_on + timedelta(days=random.randint(0, 9))
                name = payment.payment_id
                loan.payments.append(Payment(f"r{name}", back, amount, reverses=name))
        random.shuffle(loan.payments)
        book.append(loan)
    return book
