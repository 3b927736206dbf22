"""Persons and treatments: one decision, read in Python and by the engine, is the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import count
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.book.age.bucket import BUCKETS, FIRST_DAYS, bucket_of
from arrears.book.engine import connect
from arrears.book.persons import SCHEMA, per_person
from arrears.book.treat import explain, shipped_strategies, treat
from arrears.book.treat.decision import DecisionTable, Rule, prove
from arrears.book.treat.facts import FACTS, Condition, Range
from arrears.book.treat.strategy import Arm, Strategy
from arrears.kernel.errors import ConfigError

DAY = date(2026, 6, 30)
names = count()
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def con() -> Iterator[Any]:
    backend = connect(threads=1, memory_limit="500MB")
    yield backend
    backend.disconnect()


small = st.integers(0, 6)
maybe_small = st.one_of(st.none(), small)


@st.composite
def facts(draw: st.DrawFn, person_id: str) -> dict[str, Any]:
    days = draw(st.one_of(st.none(), st.sampled_from([1, 7, 8, 30, 31, 60, 100, 180, 181, 900])))
    return {
        "person_id": person_id,
        "bucket": draw(st.sampled_from(BUCKETS)) if days is None else bucket_of(days),
        "days_past_due": days,
        "days_past_due_after_grace": draw(maybe_small),
        "currency": draw(st.sampled_from(["CNY", "TWD", "JPY"])),
        "overdue_minor": draw(st.one_of(st.none(), small, st.integers(0, 10**7))),
        "product": draw(st.sampled_from(["credit_card", "other", "business"])),
        "jurisdiction": draw(st.sampled_from([None, "CN", "CN-44", "CNX", "TW"])),
        "loans_count": draw(st.integers(1, 6)),
        "other_currencies": draw(st.booleans()),
        "max_days_past_due_ever": draw(maybe_small),
        "times_over_30": draw(maybe_small),
    }


@st.composite
def people(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [draw(facts(f"人{number}")) for number in range(draw(st.integers(1, 30)))]


@st.composite
def ranges(draw: st.DrawFn, unknown: bool = False) -> Range:
    low, high = draw(maybe_small), draw(st.one_of(st.none(), st.integers(1, 200)))
    if low is not None and high is not None and low >= high:
        high = low + 1
    return Range(low, high, unknown) if (low, high) != (None, None) else Range(1, None, unknown)


CODES = {
    "bucket": st.sampled_from(BUCKETS),
    "currency": st.sampled_from(["CNY", "TWD", "USD"]),
    "product": st.sampled_from(["credit_card", "other"]),
    "jurisdiction": st.sampled_from(["CN", "CN-44", "TW"]),
}


@st.composite
def conditions(draw: st.DrawFn, name: str) -> Condition:
    fact = FACTS[name]
    unknown = fact.nullable and draw(st.booleans())
    match fact.kind:
        case "whole":
            return Condition(fact, ranges=(("", draw(ranges(unknown))),), unknown=unknown)
        case "money":
            codes = draw(st.sets(st.sampled_from(["CNY", "TWD", "USD"]), max_size=2))
            bands = tuple((code, draw(ranges())) for code in sorted(codes))
            return Condition(fact, ranges=bands, unknown=unknown or not bands)
        case "flag":
            return Condition(fact, values=(draw(st.booleans()),))
        case _:
            values = tuple(sorted(draw(st.sets(CODES[name], min_size=1))))
            if unknown and draw(st.integers(0, 4)) == 0:
                return Condition(fact, unknown=True)
            return Condition(fact, values, negated=draw(st.booleans()), unknown=unknown)


@st.composite
def tables(draw: st.DrawFn, last_open: bool = True) -> DecisionTable:
    rules = []
    for number in range(draw(st.integers(0, 5))):
        asked = sorted(draw(st.sets(st.sampled_from(sorted(FACTS)), max_size=4)))
        when = tuple(draw(conditions(name)) for name in asked)
        rules.append(Rule(f"r{number}", when, "call", "because", "因为"))
    if last_open or not rules:
        rules.append(Rule("last", (), "none", "else", "其他"))
    return DecisionTable("t", 1, DAY, tuple(rules))


def frame(con: Any, persons: list[dict[str, Any]]) -> Any:
    kinds = {name: SCHEMA[name].to_pyarrow() for name in persons[0]}
    table = pa.table(
        {name: pa.array([p[name] for p in persons], kind) for name, kind in kinds.items()}
    )
    return con.create_table(f"persons_{next(names)}", table, temp=True)


def agree(con: Any, persons: list[dict[str, Any]], strategy: Strategy) -> None:
    got = treat(con, frame(con, persons), strategy).to_pyarrow().to_pylist()
    assert len(got) == len(persons)
    by_person = {row["person_id"]: row for row in got}
    for person in persons:
        why = explain(person, strategy)
        row = by_person[person["person_id"]]
        assert {name: getattr(why, name) for name in row if name != "person_id"} == {
            name: value for name, value in row.items() if name != "person_id"
        }
        assert why.tried[-1].held
        assert not any(tried.held for tried in why.tried[:-1])
        for tried in why.tried:
            assert tried.held == all(asked.held for asked in tried.asked)


@quick
@given(people(), tables(), tables())
def test_the_engine_decides_as_python_does(
    con: Any, persons: list[dict[str, Any]], first: DecisionTable, second: DecisionTable
) -> None:
    arms = (Arm("other", first, "80000000"), Arm("champion", second, None))
    agree(con, persons, Strategy("s", "salt", arms))


@settings(quick, max_examples=25)
@given(people())
def test_the_shipped_strategy_decides_for_everybody(
    con: Any, persons: list[dict[str, Any]]
) -> None:
    agree(con, persons, shipped_strategies().on(DAY))


@settings(quick, max_examples=300)
@given(tables(last_open=False), st.lists(facts("p"), min_size=30, max_size=30))
def test_what_is_proved_holds(table: DecisionTable, persons: list[dict[str, Any]]) -> None:
    """A proved table decides for everybody; a rule called dead takes nobody."""
    try:
        prove(table, "file")
    except ConfigError as error:
        if "rule" in error.where:
            dead = table.rules[int(error.where["rule"]) - 1]  # type: ignore[call-overload]
            before = table.rules[: table.rules.index(dead)]
            for person in persons:
                assert not dead.holds(person) or any(r.holds(person) for r in before)
        return
    for person in persons:
        table.decide(person)


def test_shares_are_near_what_was_asked() -> None:
    strategy = shipped_strategies().on(DAY)
    arms = [strategy.arm_of(f"P-{number:06d}").name for number in range(20_000)]
    assert 0.09 < arms.count("patient") / len(arms) < 0.11


# Persons ------------------------------------------------------------------------------------


@st.composite
def overdue(draw: st.DrawFn, loan_id: str) -> dict[str, Any]:
    days = draw(st.one_of(st.none(), st.sampled_from([1, 30, 31, 31, 45, 200])))
    parts = [draw(st.integers(0, 3)) for _ in range(3)]
    known = days is not None
    return {
        "loan_id": loan_id,
        "person_id": draw(st.sampled_from(["p1", "p2", "p3"])),
        "as_of": DAY,
        "currency": draw(st.sampled_from(["CNY", "TWD"])),
        "principal_overdue_minor": parts[0] if known else None,
        "interest_overdue_minor": parts[1] if known else None,
        "fee_overdue_minor": parts[2] if known else None,
        "overdue_minor": sum(parts) if known else draw(maybe_small),
        "late_interest_minor": draw(small) if known else None,
        "oldest_due_on": date(2026, 6, 30 - draw(small)) if known else None,
        "days_past_due": days,
        "days_past_due_after_grace": max(0, days - draw(small)) if days is not None else None,
        "bucket": draw(st.sampled_from(BUCKETS)) if days is None else bucket_of(days),
        "last_paid_on": draw(st.one_of(st.none(), st.just(DAY), st.just(date(2026, 1, 1)))),
        "max_days_past_due_ever": draw(small) if known else None,
        "times_over_30": draw(small) if known else None,
    }


def severity(loan: dict[str, Any]) -> tuple[int, int, str]:
    days = loan["days_past_due"]
    days = FIRST_DAYS[loan["bucket"]] if days is None else days
    size = loan["overdue_minor"]
    return (-days, 1 if size is None else -size, loan["loan_id"])


def over(values: list[Any], how: Any) -> Any:
    known = [value for value in values if value is not None]
    return how(known) if known else None


def judged(loans: list[dict[str, Any]]) -> dict[str, Any]:
    """One person's row, worked out from their loans in plain Python."""
    main = min(loans, key=severity)
    same = [loan for loan in loans if loan["currency"] == main["currency"]]
    copied = ("person_id", "as_of", "loan_id", "currency", "days_past_due",
              "days_past_due_after_grace", "bucket")  # fmt: skip
    summed = ("overdue_minor", "principal_overdue_minor", "interest_overdue_minor",
              "fee_overdue_minor", "late_interest_minor")  # fmt: skip
    return {
        **{name: main[name] for name in copied},
        **{name: over([loan[name] for loan in same], sum) for name in summed},
        "product": f"product of {main['loan_id']}",
        "jurisdiction": f"home of {main['person_id']}" if main["person_id"] != "p3" else None,
        "loans_count": len(loans),
        "other_currencies": len(same) < len(loans),
        "oldest_due_on": over([loan["oldest_due_on"] for loan in loans], min),
        "last_paid_on": over([loan["last_paid_on"] for loan in loans], max),
        "max_days_past_due_ever": over([x["max_days_past_due_ever"] for x in loans], max),
        "times_over_30": over([loan["times_over_30"] for loan in loans], sum),
    }


@quick
@given(st.data())
def test_a_person_is_the_worst_loan_and_the_sums_beside_it(con: Any, data: st.DataObject) -> None:
    from arrears.book.age import SCHEMA as AGED

    size = data.draw(st.integers(1, 8))
    aged = [data.draw(overdue(f"L{number}")) for number in range(size)]
    number = next(names)
    table = pa.table({n: pa.array([x[n] for x in aged], AGED[n].to_pyarrow()) for n in AGED})
    loans = pa.table(
        {
            "loan_id": [x["loan_id"] for x in aged],
            "product": [f"product of {x['loan_id']}" for x in aged],
        }
    )
    homes = pa.table({"person_id": ["p1", "p2"], "jurisdiction": ["home of p1", "home of p2"]})
    frames = [
        con.create_table(f"{name}_{number}", rows, temp=True)
        for name, rows in (("aged", table), ("loans", loans), ("homes", homes))
    ]
    got = per_person(*frames).order_by("person_id").to_pyarrow()
    assert got.schema.equals(SCHEMA.to_pyarrow())
    by_person: dict[str, list[dict[str, Any]]] = {}
    for row in aged:
        by_person.setdefault(row["person_id"], []).append(row)
    assert got.to_pylist() == [
        {name: judged(by_person[person])[name] for name in SCHEMA} for person in sorted(by_person)
    ]
