"""Commission: every payment once, to whom it belongs, and sums to the minor unit.

Agencies draw up statements month after month of a book in which payments come late, are taken
back, change and vanish, while persons are placed and recalled.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from arrears.placements.commission.rules.attribute import Led, Received, attribute, to_state
from arrears.placements.commission.rules.bounds import bounds
from arrears.placements.commission.rules.reckon import (
    Charge,
    Credit,
    Line,
    Stated,
    factor,
    reckon,
    totals,
)
from arrears.placements.commission.rules.scheme import BUCKETS, read_terms

START = date(2026, 1, 1)
NORTH, SOUTH = UUID(int=1), UUID(int=2)
PERSONS = [UUID(int=100 + number) for number in range(2)]
MONTH = 10  # short, so that much falls on ends


def leads(each: Led, on: date) -> bool:
    """Said anew, so that the rule is not its own judge."""
    until = each.until_on or date.max
    return on in {
        each.first_on + timedelta(days=n)
        for n in range((min(until, day(200)) - each.first_on).days)
    }


def day(number: int) -> date:
    return START + timedelta(days=number)


def terms(caps=None):
    return read_terms(
        {
            "weights_bps": {"recovered": 6000, "complaints": 2500, "training": 1500},
            "rates_bps": {bucket: 300 + 77 * at for at, bucket in enumerate(BUCKETS)},
            "caps": caps or {},
            "deductions_bps": {"minor": 100, "serious": 1000, "grave": 6000},
        },
        bounds(),
        pays=True,
    )


CAPS = st.sampled_from(
    [
        {},
        {"CNY": {"month_minor": 5_000}},
        {"CNY": {"payment_minor": 777}, "USD": {"payment_minor": 1, "month_minor": 3}},
    ]
)
SCORES = st.fixed_dictionaries(
    {"complaints": st.integers(0, 10_000), "training": st.integers(0, 10_000)}
)


@dataclass(frozen=True)
class Row:
    """A payment of the book, known from one day until it is gone."""

    ref: str
    person: UUID
    paid: int
    amount: int
    currency: str
    known: int
    reverses: str | None = None
    changed: tuple[int, int] | None = None  # from which day, and to what; 0: gone

    def amount_on(self, today: int) -> int:
        if today < self.known:
            return 0
        if self.changed and today >= self.changed[0]:
            return self.changed[1]
        return self.amount


@st.composite
def placements(draw) -> list[Led]:
    found = []
    for person in PERSONS:
        at = draw(st.integers(0, 8))
        for number in range(draw(st.integers(1, 4))):
            end = at + draw(st.integers(0, 12))
            first, until = day(at), None if draw(st.integers(0, 5)) == 0 else day(end)
            agency = draw(st.sampled_from([NORTH, SOUTH]))
            found.append(Led(UUID(int=person.int * 10 + number), agency, person, first, until))
            if until is None:
                break
            at = end + draw(st.integers(0, 2))
    return found


@st.composite
def books(draw) -> list[Row]:
    rows: list[Row] = []
    for number in range(draw(st.integers(1, 6))):
        paid = draw(st.integers(0, 30))
        known = paid + draw(st.integers(0, 25))
        amount = draw(st.integers(1, 100_000))
        changed = None
        if draw(st.integers(0, 3)) == 0:
            to = draw(st.sampled_from([0, 1, amount // 2, amount + 13]))
            changed = (known + draw(st.integers(1, 20)), to)
        person = draw(st.sampled_from(PERSONS))
        currency = draw(st.sampled_from(["CNY", "CNY", "USD"]))
        row = Row(f"p{number}", person, paid, amount, currency, known, changed=changed)
        rows.append(row)
        if draw(st.booleans()):
            back = paid + draw(st.integers(0, 20))
            rows.append(
                replace(
                    row,
                    ref=f"r{number}",
                    paid=back,
                    known=max(back, known) + draw(st.integers(0, 15)),
                    reverses=row.ref,
                )
            )
    return rows


@dataclass
class Agency:
    """What an agency's statements have brought so far."""

    id: UUID
    stated: dict[str, Stated] = field(default_factory=dict)
    statements: list[tuple[Line, ...]] = field(default_factory=list)

    def draw(self, book: list[Row], led: list[Led], today: int, others: set[str], **told) -> None:
        rows = {row.ref: row for row in book if row.amount_on(today) and row.paid < today}
        received = [Received(r.ref, r.person, day(r.paid), r.reverses) for r in rows.values()]
        mine = [each for each in led if each.organisation == self.id]
        due = to_state(received, mine, self.stated, others)
        credits = [
            Credit(ref, f"L-{rows[ref].person.int}", rows[ref].currency, day(rows[ref].paid),
                   rows[ref].amount_on(today), "M1", 377, placement, rows[ref].reverses)
            for ref, placement in due.items()
        ]  # fmt: skip
        now = {ref: in_book(ref, rows, today) for ref in self.stated}
        lines = reckon(credits=credits, stated=self.stated, book_minor=now, **told)
        for line in lines:
            if line.payment_ref is None:
                continue
            was = self.stated.get(line.payment_ref)
            assert (was is None) == (line.kind != "correction")
            self.stated[line.payment_ref] = was.plus(line) if was else Stated.of(line)
        self.statements.append(lines)


def in_book(ref: str, rows: dict[str, Row], today: int) -> int:
    row = rows.get(ref)
    if row is None or (row.reverses and row.reverses not in rows):
        return 0
    return row.amount_on(today) * (-1 if row.reverses else 1)


@given(placements(), books(), CAPS, SCORES, st.integers(2, 7))
def test_every_payment_is_stated_once_and_in_the_end_all_is_right(led, book, caps, scores, months):
    agencies = [Agency(NORTH), Agency(SOUTH)]
    ends = [MONTH * number for number in range(1, months + 1)] + [1_000]
    for today in ends:
        for agency in agencies:
            others = {ref for other in agencies if other is not agency for ref in other.stated}
            agency.draw(book, led, today, others, terms=terms(caps), scores_bps=scores)
    seen = Counter(
        line.payment_ref
        for agency in agencies
        for lines in agency.statements
        for line in lines
        if line.kind in ("payment", "reversal")
    )
    assert all(times == 1 for times in seen.values())
    rows = {row.ref: row for row in book if row.amount_on(1_000)}
    for row in rows.values():
        original = row if row.reverses is None else rows.get(row.reverses)
        owners = {
            each.organisation
            for each in led
            if original and each.person == row.person and leads(each, day(original.paid))
        }
        for agency in agencies:
            stated = agency.stated.get(row.ref)
            wanted = in_book(row.ref, rows, 1_000) if agency.id in owners else 0
            assert (stated.amount_minor if stated else 0) == wanted
    for agency in agencies:
        gone = [each for ref, each in agency.stated.items() if ref not in rows]
        assert all(each.amount_minor == each.commission_minor == 0 for each in gone)


@given(placements(), books(), CAPS, SCORES)
def test_what_was_paid_and_taken_back_leaves_nothing(led, book, caps, scores):
    unchanged = [replace(row, changed=None) for row in book]
    agencies = [Agency(NORTH), Agency(SOUTH)]
    for today in (*range(MONTH, 71, MONTH), 1_000):
        for agency in agencies:
            agency.draw(unchanged, led, today, set(), terms=terms(caps), scores_bps=scores)
    for agency in agencies:
        for ref, reversal in agency.stated.items():
            if ref.startswith("r"):
                payment = agency.stated[f"p{ref[1:]}"]
                assert payment.amount_minor + reversal.amount_minor == 0
                assert payment.fee_minor + reversal.fee_minor == 0
                assert payment.commission_minor + reversal.commission_minor == 0


CREDITS = st.lists(
    st.builds(
        Credit,
        payment_ref=st.uuids().map(str),
        loan_ref=st.just("L"),
        currency=st.sampled_from(["CNY", "USD"]),
        paid_on=st.integers(0, 60).map(day),
        amount_minor=st.integers(1, 10**9),
        bucket=st.sampled_from(BUCKETS),
        rate_bps=st.integers(0, 5_000),
    ),
    max_size=12,
    unique_by=lambda credit: credit.payment_ref,
)
COMPLAINTS = st.lists(
    st.builds(Charge, id=st.uuids(), severity=st.sampled_from(["minor", "serious", "grave"])),
    max_size=4,
)


@given(CREDITS, SCORES, COMPLAINTS)
def test_lines_sum_to_totals_that_are_exact(credits, scores, complaints):
    scheme = terms()
    lines = reckon(scheme, scores, credits, {}, {}, complaints)
    for found in totals(lines):
        inside = [credit for credit in credits if credit.currency == found.currency]
        fee = sum(Fraction(each.amount_minor * each.rate_bps, 10_000) for each in inside)
        share = Fraction(factor(scheme, scores), 10_000**2)
        assert found.fee_minor == round(fee)
        assert found.earned_minor == round(fee * share)
        off = min(1, sum(Fraction(scheme.deductions_bps[each.severity], 10_000)
                         for each in complaints))  # fmt: skip
        assert found.deducted_minor == -round(found.earned_minor * off)
        assert found.total_minor == found.earned_minor + found.deducted_minor >= 0
        assert found.amount_minor == sum(each.amount_minor for each in inside)
        assert found.total_minor == sum(
            line.commission_minor for line in lines if line.currency == found.currency
        )
    for line in lines:
        if line.kind == "payment":
            exact = Fraction(line.amount_minor * line.rate_bps, 10_000)
            # Less than one by the largest remainder, half a one as the total is rounded first.
            assert abs(line.fee_minor - exact) < Fraction(3, 2)


@given(CREDITS, SCORES, COMPLAINTS, st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(credits, scores, complaints, random):
    shuffled, reordered = list(credits), list(complaints)
    random.shuffle(shuffled)
    random.shuffle(reordered)
    one = reckon(terms(), scores, credits, {}, {}, complaints)
    assert one == reckon(terms(), scores, shuffled, {}, {}, reordered)


@given(CREDITS, SCORES, COMPLAINTS)
def test_better_conduct_never_pays_less(credits, scores, complaints):
    better = {name: min(10_000, score + 500) for name, score in scores.items()}
    for low, high in zip(
        totals(reckon(terms(), scores, credits, {}, {}, complaints)),
        totals(reckon(terms(), better, credits, {}, {})),
        strict=True,
    ):
        assert low.total_minor <= high.total_minor
        assert low.amount_minor == high.amount_minor


@given(CREDITS, CAPS)
def test_caps_hold(credits, caps):
    scheme = terms(caps)
    full = {"complaints": 10_000, "training": 10_000}
    lines = reckon(scheme, full, credits, {}, {})
    for found in totals(lines):
        cap = scheme.caps.get(found.currency)
        if cap and cap.month_minor is not None:
            assert found.earned_minor <= cap.month_minor
        if cap and cap.payment_minor is not None:
            inside = [line for line in lines if line.currency == found.currency]
            assert all(line.fee_minor <= cap.payment_minor for line in inside)


@given(placements(), books())
def test_no_day_has_two_agencies(led, book):
    rows = [Received(row.ref, row.person, day(row.paid), row.reverses) for row in book]
    found = attribute(rows, led)
    for row in rows:
        paid_on = day(next(r.paid for r in book if r.ref == (row.reverses or row.payment_ref)))
        there = [each for each in led if each.person == row.person and leads(each, paid_on)]
        assert len(there) <= 1
        assert found.get(row.payment_ref) == (there[0] if there else None)
