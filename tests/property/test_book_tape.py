"""What holds for every tape: nothing is lost or counted twice, and no fault is overlooked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arrears.book.check import check
from arrears.book.engine import connect
from arrears.book.read import open_rows

BOOK_ON = date(2026, 6, 30)
slow = settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="module")
def con() -> Iterator[Any]:
    backend = connect(threads=1, memory_limit="500MB")
    yield backend
    backend.disconnect()


def row(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(columns)


# Few ids, so that they meet; some cells that no column takes.
persons = st.sampled_from(["P1", "P2", "P3", "P4", "P5", "P9", "", None])
loans = st.sampled_from([*(f"L{i}" for i in range(1, 9)), "L9", None])
days = st.sampled_from(["2026-02-05", "2026-03-05", "2026-07-01", "0001-01-01", "5.2.2026", None])
amounts = st.sampled_from(["1", "100", "10300", "0", "-5", "12x", None, str(10**14), str(10**15)])
TAPE = row(
    persons=st.lists(
        row(person_id=persons, jurisdiction=st.sampled_from(["CN", "CN", "TW", "china"])),
        max_size=10,
    ),
    loans=st.lists(
        row(
            loan_id=loans,
            person_id=persons,
            product=st.sampled_from(["credit_card", "car"]),
            creditor_type=st.just("bank"),
            currency=st.sampled_from(["CNY", "CNY", "JPY", "RMB", None]),
            principal_minor=amounts,
            annual_rate_bps=st.just("1800"),
            disbursed_on=st.just("2026-01-05"),
            grace_days=st.just("0"),
        ),
        max_size=14,
    ),
    instalments=st.lists(
        row(
            loan_id=loans,
            seq=st.sampled_from(["1", "2", "63", "x"]),
            due_on=days,
            principal_minor=amounts,
            interest_minor=st.just("300"),
            fee_minor=st.just("0"),
        ),
        max_size=20,
    ),
    payments=st.lists(
        row(
            payment_id=st.sampled_from([f"T{i}" for i in range(1, 9)]),
            loan_id=loans,
            paid_on=days,
            amount_minor=amounts,
            reverses=st.sampled_from([None, None, None, "T1", "T2", "T7"]),
        ),
        max_size=14,
    ),
)
MONEY = {
    "loans": ["principal_minor"],
    "instalments": ["principal_minor", "interest_minor", "fee_minor"],
    "payments": ["amount_minor"],
}
KEYS = {
    "persons": ["person_id"],
    "loans": ["loan_id"],
    "instalments": ["loan_id", "seq"],
    "payments": ["payment_id"],
}


def money(table: str, cells: dict[str, Any]) -> int:
    total = 0
    for name in MONEY.get(table, []):
        text = str(cells.get(name) or "")
        total += int(text) if text.lstrip("-").isdigit() else 0
    return total


def texts(cells: dict[str, Any]) -> dict[str, str]:
    return {k: str(v) for k, v in cells.items() if v not in (None, "")}


Rows = dict[str, list[dict[str, Any]]]


@slow
@given(TAPE)
def test_nothing_is_lost_or_counted_twice_and_what_is_accepted_is_sound(con, rows) -> None:
    with open_rows(con, rows) as tape:
        result = check(tape, BOOK_ON)
        accepted = {t: x.to_pyarrow().to_pylist() for t, x in result.accepted.items()}
        aside = result.rejected.to_pyarrow().to_pylist()
        incomplete = {r["loan_id"]: r["cause"] for r in result.incomplete.to_pyarrow().to_pylist()}
    for table, given_rows in rows.items():
        gone = [row for row in aside if row["table"] == table]
        add_up(table, given_rows, accepted[table], gone, result.totals.tables[table])
    keys_and_references_hold(accepted)
    reversals_hold(accepted)
    accepted_loans_are_whole(rows, accepted)
    causes_are_told(aside, incomplete)


def add_up(table: str, given_rows: Any, accepted: Any, gone: Any, counts: Any) -> None:
    assert counts.rows.accepted == len(accepted)
    assert counts.rows.set_aside == len(gone)
    assert counts.rows.received + counts.rows.duplicates == len(given_rows)
    assert counts.rows.received == len(accepted) + len(gone)
    if table in MONEY:
        assert sum(c.accepted for c in counts.money.values()) == sum(
            money(table, row) for row in accepted
        )
        assert sum(c.received + c.duplicates for c in counts.money.values()) == sum(
            money(table, row) for row in given_rows
        )
    # Every row aside is one that was given, by its number and by its cells.
    for row in gone:
        assert texts(json.loads(row["row_json"])) == texts(given_rows[row["row_number"] - 1])
    numbers = [row["row_number"] for row in gone]
    assert len(set(numbers)) == len(numbers)


def keys_and_references_hold(accepted: Rows) -> None:
    for table, key in KEYS.items():
        seen = Counter(tuple(row[name] for name in key) for row in accepted[table])
        assert set(seen.values()) <= {1}
    people = {row["person_id"] for row in accepted["persons"]}
    assert {row["person_id"] for row in accepted["loans"]} <= people


def accepted_loans_are_whole(rows: Rows, accepted: Rows) -> None:
    """All that was given of an accepted loan is accepted: one lost payment makes a debtor."""
    sound = {row["loan_id"] for row in accepted["loans"]}
    for table in ("instalments", "payments"):
        assert {row["loan_id"] for row in accepted[table]} <= sound
        for loan_id in sound:
            distinct = {tuple(texts(r).items()) for r in rows[table] if r["loan_id"] == loan_id}
            assert len([r for r in accepted[table] if r["loan_id"] == loan_id]) == len(distinct)


def reversals_hold(accepted: Rows) -> None:
    standing = {row["payment_id"]: row for row in accepted["payments"]}
    for row in standing.values():
        assert row["amount_minor"] > 0
        assert row["paid_on"] <= BOOK_ON
        if row["reverses"] is not None:
            back = standing[row["reverses"]]
            assert back["reverses"] is None
            assert (back["loan_id"], back["amount_minor"]) == (row["loan_id"], row["amount_minor"])
            assert row["paid_on"] >= back["paid_on"]


def causes_are_told(aside: list[dict[str, Any]], incomplete: dict[str, str]) -> None:
    places = {(row["table"], row["row_number"]): row["reason"] for row in aside}
    for row in aside:
        if row["reason"] == "loan.incomplete":
            table, _, number, reason = incomplete[row["loan_id"]].replace(":", "").split()
            assert places[table, int(number)] == reason != "loan.incomplete"
