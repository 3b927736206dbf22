"""The snapshot form: the latest state counts, days before months, history and roll rates."""

from __future__ import annotations

from datetime import date

import pytest
from tape_rows import book, checked, loan, person, snapshot

from arrears.book.age import SCHEMA, age
from arrears.book.check import check
from arrears.book.mapping import load_mapping
from arrears.book.read import open_tape
from arrears.book.snapshots import age_snapshots, bucket_history, roll_rates

DAY = date(2026, 6, 30)


def states(*snapshots, **loans):
    bare = [loan(loan_id, **loans) for loan_id in sorted({row["loan_id"] for row in snapshots})]
    return {"persons": [person()], "loans": bare, "snapshots": list(snapshots)}


def aged(con, rows, day=DAY):
    found = age_snapshots(checked(con, rows).accepted, day)
    assert dict(found.schema()) == dict(SCHEMA)
    return {row["loan_id"]: row for row in found.to_pyarrow().to_pylist()}


@pytest.mark.parametrize(
    ("state", "bucket", "days"),
    [
        ({"months_past_due": 1}, "M1", None),
        ({"months_past_due": 6}, "M6", None),
        ({"months_past_due": 7}, "M7+", None),
        ({"months_past_due": 30}, "M7+", None),
        ({"months_past_due": None, "days_past_due": 30}, "M1", 30),
        ({"months_past_due": None, "days_past_due": 31}, "M2", 31),
        ({"months_past_due": None, "days_past_due": 181}, "M7+", 181),
        ({"months_past_due": 0, "days_past_due": 5}, "M1", 5),
    ],
)
def test_the_bucket_of_a_state(duckdb_engine, state, bucket, days):
    row = aged(duckdb_engine, states(snapshot(**state), grace_days=3))["L1"]
    assert (row["bucket"], row["days_past_due"]) == (bucket, days)
    assert row["days_past_due_after_grace"] == (None if days is None else max(0, days - 3))
    unknown = set(SCHEMA) - {
        *("loan_id", "person_id", "as_of", "currency", "bucket"),
        *("days_past_due", "days_past_due_after_grace"),
    }
    assert {row[name] for name in unknown} == {None}


@pytest.mark.parametrize(
    "state",
    [
        {"months_past_due": 0},
        {"months_past_due": -2},
        {"months_past_due": 0, "overdue_minor": 5},
        {"months_past_due": 3, "days_past_due": 0},
        {"months_past_due": 2, "overdue_minor": 0},
    ],
)
def test_what_is_not_overdue(duckdb_engine, state):
    assert aged(duckdb_engine, states(snapshot(**state))) == {}


def test_the_latest_state_counts_and_is_not_carried_forward(duckdb_engine):
    rows = states(
        snapshot("L1", "2026-05-31", days_past_due=40, overdue_minor=10**14),
        snapshot("L1", "2026-06-30", days_past_due=10, overdue_minor=7),
        snapshot("L2", "2026-05-31", months_past_due=2),
        snapshot("L2", "2026-06-29", months_past_due=0),
    )
    row = aged(duckdb_engine, rows)["L1"]
    assert (row["days_past_due"], row["overdue_minor"], row["as_of"]) == (10, 7, DAY)
    before = aged(duckdb_engine, rows, date(2026, 6, 28))
    assert (before["L1"]["days_past_due"], before["L1"]["overdue_minor"]) == (40, 10**14)
    assert before["L2"]["bucket"] == "M2"
    assert aged(duckdb_engine, rows, date(2026, 5, 30)) == {}


def test_both_forms_in_one_tape(duckdb_engine):
    rows = book(loans=[loan("S1", "P1")], snapshots=[snapshot("S1")])
    found = age(duckdb_engine, checked(duckdb_engine, rows).accepted, DAY).to_pyarrow().to_pylist()
    assert sorted(row["loan_id"] for row in found) == ["L1", "L2", "S1"]


def test_roll_rates_count_every_loan_once(duckdb_engine):
    rows = states(
        snapshot("L1", "2026-04-30", months_past_due=0),
        snapshot("L1", "2026-05-15", months_past_due=4),
        snapshot("L1", "2026-05-31", months_past_due=1),
        snapshot("L1", "2026-06-30", months_past_due=2),
        snapshot("L2", "2026-04-30", months_past_due=0),
        snapshot("L2", "2026-06-30", months_past_due=0),
    )
    accepted = checked(duckdb_engine, rows).accepted
    found = [tuple(row.values()) for row in roll_rates(accepted).to_pyarrow().to_pylist()]
    april, may, june = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)
    assert found == [
        (april, may, "current", "M1", 1, 2),
        (april, may, "current", "missing", 1, 2),
        (may, june, "M1", "M2", 1, 1),
    ]


@pytest.fixture(scope="module")
def cards(duckdb_engine, shared_data, mappings):
    mapping = load_mapping(mappings / "uci350.yaml")
    with open_tape(duckdb_engine, shared_data / "uci350", mapping) as tape:
        yield check(tape)


def test_the_real_card_book_comes_out_as_published(cards):
    totals = cards.totals
    assert totals.tables["loans"].rows.accepted == 30_000
    assert totals.tables["snapshots"].rows.accepted == 180_000
    (later,) = totals.outcomes
    assert (later.name, later.rows, later.of, later.percent) == (
        "later_defaults",
        6_636,
        30_000,
        "22.12",
    )
    states = cards.accepted["snapshots"]

    def clients(rows):
        return rows.loan_id.nunique().to_pyarrow().as_py()

    assert clients(states.filter(states.months_past_due >= 2)) == 8_380
    assert clients(states.filter(states.months_past_due >= 3)) == 1_193
    assert clients(states.filter(states.balance_minor < 0)) == 1_930


def test_the_real_card_book_lists_its_dirty_codes(cards):
    assert cards.totals.unknown_codes == {
        "loans.EDUCATION": {"0": 14, "5": 280, "6": 51},
        "loans.MARRIAGE": {"0": 54},
    }
    assert cards.totals.unknown_columns == {
        "loans": ("LIMIT_BAL", "SEX", "EDUCATION", "MARRIAGE", "AGE", "class")
    }


def test_the_real_card_book_rolls_from_month_to_month(cards):
    rows = roll_rates(cards.accepted).to_pyarrow().to_pylist()
    months = sorted({row["from_month"] for row in rows})
    assert months == [date(2005, month, 1) for month in (4, 5, 6, 7, 8)]
    for month in months:
        of_month = [row for row in rows if row["from_month"] == month]
        assert sum(row["loans"] for row in of_month) == 30_000
        assert not any(row["to_bucket"] == "missing" for row in of_month)
    assert bucket_history(cards.accepted).count().to_pyarrow().as_py() == 180_000


def test_the_real_card_book_is_aged(cards):
    found = age_snapshots(cards.accepted, date(2005, 9, 30))
    counts = found.bucket.value_counts().to_pyarrow().to_pylist()
    assert {row["bucket"]: row["bucket_count"] for row in counts} == {
        "M1": 3688,
        "M2": 2667,
        "M3": 322,
        "M4": 76,
        "M5": 26,
        "M6": 11,
        "M7+": 28,
    }
