"""What holds for all money, all intervals, all transition tables."""

from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import pairwise
from uuid import UUID

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.kernel.errors import IllegalTransition
from arrears.kernel.ids import NAMED_SQL_DUCKDB, named, uuid7
from arrears.kernel.intervals import Interval, union
from arrears.kernel.money import EXPONENTS, format_minor, parse_major, round_half_even, split
from arrears.kernel.transitions import Transitions

amounts = st.integers(-(10**14), 10**14)
days = st.integers(0, 60).map(lambda n: date(2026, 1, 1) + timedelta(days=n))


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=30).filter(any))
def test_parts_sum_to_the_whole_and_no_part_is_off_by_one_unit(total, weights):
    parts = split(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@given(amounts, st.sampled_from(sorted(EXPONENTS)))
def test_an_amount_written_and_read_again_is_the_same(amount_minor, currency):
    text = format_minor(amount_minor, currency, symbol=False)
    assert parse_major(text, currency, thousands=",") == amount_minor


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**9))
def test_rounding_half_even_is_that_of_decimal(numerator, denominator):
    floor, rest = divmod(numerator, denominator)
    fraction = Decimal(2 * rest).compare(Decimal(denominator))
    expected = floor + (1 if fraction > 0 or (fraction == 0 and floor % 2) else 0)
    assert round_half_even(numerator, denominator) == expected
    if abs(numerator) < 10**12:
        exact = Decimal(numerator) / Decimal(denominator)
        if exact * denominator == numerator:
            assert round_half_even(numerator, denominator) == int(
                exact.quantize(Decimal(1), ROUND_HALF_EVEN)
            )


@st.composite
def intervals(draw):
    start = draw(days)
    end = draw(st.none() | st.integers(1, 20).map(lambda n: start + timedelta(days=n)))
    return Interval(start, end)


def points(interval):
    return {d for n in range(100) if interval.contains(d := date(2026, 1, 1) + timedelta(days=n))}


@given(intervals(), intervals())
def test_intervals_overlap_when_they_share_a_day(one, other):
    shared = points(one) & points(other)
    assert one.overlaps(other) == other.overlaps(one) == bool(shared)
    meet = one.meet(other)
    assert (points(meet) if meet else set()) == shared


@given(st.lists(intervals(), max_size=8))
def test_a_union_covers_the_same_days_without_touching_parts(many):
    joined = union(many)
    assert set().union(*map(points, joined)) == set().union(*map(points, many))
    for before, after in pairwise(joined):
        assert before.end is not None and before.end < after.start


@given(days, st.integers(-5, 0))
def test_an_empty_or_reversed_interval_cannot_be_made(start, length):
    with pytest.raises(ValueError):
        Interval(start, start + timedelta(days=length))


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.sampled_from("abc")
    )
)
def test_every_pair_of_state_and_event_is_in_the_table_or_raises(table):
    machine = Transitions("thing", "a", table)
    for state in "abc":
        for event in "xyz":
            if (state, event) in table:
                assert machine.step(state, event) == table[state, event]
                assert table[state, event] in machine.states
            else:
                with pytest.raises(IllegalTransition):
                    machine.step(state, event)


texts = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x1f\x00"))


@given(st.sampled_from(["person", "case"]), texts, texts)
def test_named_ids_are_the_same_in_duckdb_and_differ_by_name(kind, one, other):
    made = named(kind, one, other)
    joined = "\x1f".join((kind, one, other))
    sql = duckdb.execute(f"SELECT {NAMED_SQL_DUCKDB.format('$1')}", {"1": joined}).fetchall()
    assert sql == [(made,)]
    assert made.version == 8
    assert (named(kind, other, one) == made) == (one == other)


@given(
    st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),
    st.integers(0, 2**74 - 1),
)
def test_uuid7_holds_its_instant_and_sorts_by_it(at, random_bits):
    made = uuid7(at, random_bits)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == int(at.timestamp() * 1000)
    assert uuid7(at + timedelta(milliseconds=2), 0) > made
    assert isinstance(made, UUID)
