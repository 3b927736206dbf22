"""Months of a small book, drawn up in the database: in the end every payment is right, once."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from commission_book import (
    ACTOR,
    APRIL,
    FIRST,
    MAY,
    agency,
    loan,
    noon,
    pay,
    person_in_book,
    place,
    stated,
)

from arrears.kernel.errors import Conflict
from arrears.loans.models import Payment
from arrears.placements.commission.models import Statement, StatementLine
from arrears.store.transactions import transaction

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_statements_reconcile_with_the_book_to_the_minor_unit(seed):
    chance = random.Random(seed)
    agencies = {ref: agency(ref) for ref in ("north", "south")}
    led: list[tuple[str, str, date, date]] = []
    loans = {}
    for name in ("P1", "P2", "P3"):
        person = person_in_book(name)
        loans[name] = loan(f"L-{name}", person, chance.choice(["CNY", "USD"]))
        at = FIRST + timedelta(days=chance.randrange(10))
        while at < date(2026, 5, 20):
            until = at + timedelta(days=chance.randrange(1, 25))
            ref = chance.choice(["north", "south"])
            place(person, agencies[ref], noon(at), noon(until))
            led.append((name, ref, at, until))
            at = until + timedelta(days=chance.choice([0, 0, 3]))
    coming = []
    for number in range(30):
        name, paid = chance.choice(list(loans)), FIRST + timedelta(days=chance.randrange(85))
        known = paid + timedelta(days=chance.choice([0, 0, 20, 45]))
        minor = chance.randrange(1, 9_999)
        coming.append((known, f"p{number:02}", name, paid, minor, None))
        if chance.random() < 0.4:
            back = paid + timedelta(days=chance.randrange(30))
            coming.append((max(back, known), f"r{number:02}", name, back, minor, f"p{number:02}"))
    coming.sort(key=lambda row: (row[0], row[1]))
    for month, end in ((FIRST, APRIL), (APRIL, MAY), (MAY, date(2026, 6, 1)), (MAY, None)):
        for row in [row for row in coming if end is None or row[0] < end]:
            _, ref, name, paid, minor, reverses = row
            coming.remove(row)
            if paid < date(2026, 6, 1):
                pay(ref, loans[name], paid, minor, reverses)
        for each in agencies:
            try:
                stated(each, month)
            except Conflict as nothing:
                assert "nothing changed" in nothing.message
    reconcile(led, loans)


def reconcile(led, loans) -> None:
    with transaction(ACTOR):
        book = {each.payment_ref: each for each in Payment.objects.all()}
        lines = list(StatementLine.objects.select_related("statement__organisation"))
        statements = list(Statement.objects.exclude(state="dropped"))
    names = {each.id: name for name, each in loans.items()}
    wanted = {}
    for ref, each in book.items():
        paid_on = book[each.reverses].paid_on if each.reverses else each.paid_on
        for name, whose, first, until in led:
            if name == names[each.loan_id] and first <= paid_on < until:
                wanted[ref] = (whose, -each.amount_minor if each.reverses else each.amount_minor)
    found = {
        line.payment_ref: (line.statement.organisation.ref, line.amount_minor) for line in lines
    }
    assert found == wanted
    assert len(lines) == len(found) > 10
    for line in lines:
        if line.kind == "reversal":
            (was,) = [each for each in lines if each.payment_ref == book[line.payment_ref].reverses]
            assert was.commission_minor == -line.commission_minor
    for each in statements:
        inside = [line for line in lines if line.statement_id == each.id]
        for sums in each.totals:
            own = [line for line in inside if line.currency == sums["currency"]]
            assert sum(line.commission_minor for line in own) == sums["total_minor"]
            assert sum(line.amount_minor for line in own) == sums["amount_minor"]
