"""Checks: each fault has its reason, sets its loan aside whole, and the totals add up."""

from __future__ import annotations

from datetime import date

import pytest
from tape_rows import (
    book,
    cells,
    checked,
    ids,
    instalment,
    loan,
    payment,
    person,
    reasons,
    rejected,
    snapshot,
)

from arrears.book.check import REASONS
from arrears.book.contract import TABLES
from arrears.kernel.errors import BadInput, TapeError


def spoilt(table, **change):
    """The sound book with its first row of a table changed; nothing else refers to that row."""
    rows = book()
    rows[table][0] = rows[table][0] | change
    return rows


def test_a_sound_book_is_accepted_whole(duckdb_engine):
    result = checked(duckdb_engine, book(), book_on=date(2026, 6, 30))
    assert rejected(result) == []
    assert ids(result) == ["L1", "L2"]
    for name, table in result.accepted.items():
        assert table.columns == TABLES[name].names
    counts = result.totals.tables["instalments"]
    assert (counts.rows.received, counts.rows.accepted, counts.rows.set_aside) == (4, 4, 0)
    assert counts.money["CNY"].accepted == 4 * 10_300


@pytest.mark.parametrize(
    ("table", "change", "reason", "told"),
    [
        ("loans", {"principal_minor": "12x"}, "type.invalid", "found 12x"),
        ("loans", {"principal_minor": "1.5"}, "type.invalid", "found 1.5"),
        ("loans", {"principal_minor": "1e5"}, "type.invalid", "found 1e5"),
        ("loans", {"principal_minor": "9" * 20}, "type.invalid", "64 bits"),
        ("loans", {"annual_rate_bps": str(2**31)}, "type.invalid", "32 bits"),
        ("loans", {"disbursed_on": "2026-02-30"}, "type.invalid", "found 2026-02-30"),
        ("loans", {"disbursed_on": "2026-1-5"}, "type.invalid", "a day such as"),
        ("loans", {"secured": "maybe"}, "type.invalid", "true or false"),
        ("loans", {"principal_minor": None}, "required.missing", "no snapshots"),
        ("loans", {"currency": ""}, "required.missing", "currency"),
        ("loans", {"grace_days": None}, "required.missing", "grace_days"),
        ("loans", {"loan_id": "L\x1f1"}, "key.character", "U+001F"),
        ("loans", {"loan_id": "L\x001"}, "key.character", "NUL"),
        ("loans", {"loan_id": "L" * 256}, "key.too_long", "found 256"),
        ("loans", {"contract_no": "a\x00b"}, "text.nul", "contract_no"),
        ("loans", {"principal_minor": -1}, "range.low", "at least 0"),
        ("loans", {"principal_minor": 10**14 + 1}, "range.high", "at most 100000000000000"),
        ("loans", {"currency": "RMB"}, "code.unknown", "found RMB"),
        ("loans", {"currency": "cny"}, "code.unknown", "found cny"),
        ("loans", {"status": "dormant"}, "code.unknown", "written_off"),
        ("loans", {"disbursed_on": "0001-01-01"}, "date.sentinel", "or empty"),
        ("loans", {"disbursed_on": "2026-07-01"}, "date.future", "2026-06-30"),
        ("loans", {"accelerated_on": "2026-01-04"}, "date.order", "disbursed_on 2026-01-05"),
        ("loans", {"person_id": "P9"}, "reference.person", "found P9"),
        ("persons", {"jurisdiction": "China"}, "text.shape", "found China"),
        ("persons", {"language": "zh CN"}, "text.shape", "BCP 47"),
        ("persons", {"latitude": "39.9"}, "coordinates.incomplete", "both or neither"),
        ("persons", {"latitude": "90.5", "longitude": "0.0"}, "range.high", "at most 90"),
        ("persons", {"latitude": "nan", "longitude": "0.0"}, "type.invalid", "found nan"),
        ("persons", {"coordinate_system": "utm"}, "code.unknown", "gcj02"),
        ("persons", {"birth_on": "2026-07-01"}, "date.future", "found 2026-07-01"),
        ("instalments", {"fee_minor": -1}, "range.low", "found -1"),
        ("instalments", {"fee_minor": None}, "required.missing", "fee_minor"),
        ("instalments", {"seq": -2147483648}, "range.low", "seq"),
        ("payments", {"amount_minor": 0}, "range.low", "at least 1"),
        ("payments", {"paid_on": "2026-07-01"}, "date.future", "found 2026-07-01"),
        ("payments", {"loan_id": "L9"}, "reference.loan", "found L9"),
        ("payments", {"loan_id": None}, "required.missing", "loan_id"),
    ],
)
def test_a_spoilt_cell_sets_its_row_aside(duckdb_engine, table, change, reason, told):
    result = checked(duckdb_engine, spoilt(table, **change), book_on=date(2026, 6, 30))
    own = [row for row in rejected(result) if row["row_number"] == 1 and row["table"] == table]
    assert [row["reason"] for row in own] == [reason]
    assert told in own[0]["text"]
    given = {k: str(v) for k, v in change.items() if v not in (None, "")}
    assert {k: cells(own[0])[k] for k in given} == given
    assert reason in REASONS


@pytest.mark.parametrize(
    "change",
    [
        {"loans": [loan("L3", "P1", principal_minor=10**14, contract_no="'\"\n,;")]},
        {"loans": [loan("L3", "P1", principal_minor=5)]},
        {"loans": [loan("L" * 255, "P1", secured="YES", status="sold")]},
        {"loans": [loan("  ", "P1")]},
        {"instalments": [instalment("L1", 3), instalment("L1", 4, due_on="2026-02-05")]},
        {"instalments": [instalment("L1", 3, due_on="2199-12-31")]},
        {"payments": [payment("T2", "L1"), payment("T3", "L1")]},
        {"persons": [person("P3", phone="ask his mother", email="none")]},
        {"persons": [person("P3", time_zone="Asia/Shanghai", language="zh-Hans")]},
    ],
)
def test_what_is_no_error(duckdb_engine, change):
    result = checked(duckdb_engine, book(**change), book_on=date(2026, 6, 30))
    assert rejected(result) == []


def test_one_lost_row_takes_the_whole_loan_and_no_other(duckdb_engine):
    result = checked(duckdb_engine, book(payments=[payment("T2", "L1", amount_minor="?")]))
    assert reasons(result, whole=True) == {
        "loans:L1": "loan.incomplete",
        "instalments:L1 / 1": "loan.incomplete",
        "instalments:L1 / 2": "loan.incomplete",
        "payments:T1": "loan.incomplete",
        "payments:T2": "type.invalid",
    }
    assert ids(result) == ["L2"]
    assert ids(result, "persons", "person_id") == ["P1", "P2"]
    cause = result.incomplete.to_pyarrow().to_pylist()
    assert cause == [{"loan_id": "L1", "cause": "payments row 2: type.invalid"}]


def test_a_person_set_aside_takes_loans_and_what_is_known_of_them_along(duckdb_engine):
    rows = book(
        contact_points=[{"person_id": "P2", "kind": "phone", "value": "13800000000"}],
        flags=[{"person_id": "P1", "kind": "dispute", "from_on": "2026-01-01"}],
    )
    rows["persons"][1]["jurisdiction"] = "?"
    result = checked(duckdb_engine, rows)
    assert reasons(result) == {
        "persons:P2": "text.shape",
        "loans:L2": "person.set_aside",
        "contact_points:P2 / phone / 13800000000": "person.set_aside",
    }
    assert ids(result) == ["L1"]
    assert len(ids(result, "flags", "person_id")) == 1


def test_a_bad_guarantor_sets_the_loan_aside(duckdb_engine):
    parties = [{"loan_id": "L1", "person_id": "P3", "role": "guarantor"}]
    rows = book(persons=[person("P3", jurisdiction="?")], loan_parties=parties)
    result = checked(duckdb_engine, rows)
    assert ids(result) == ["L2"]


def test_a_row_without_a_loan_is_set_aside_alone(duckdb_engine):
    result = checked(duckdb_engine, book(payments=[payment("T9", "L9", amount_minor=77)]))
    assert reasons(result, whole=True) == {"payments:T9": "reference.loan"}
    assert result.totals.tables["payments"].money["unknown"].set_aside == 77
    assert result.incomplete.count().to_pyarrow().as_py() == 0


def test_identical_duplicates_count_once(duckdb_engine):
    more = {"payments": [payment("T1", "L1")] * 2, "loans": [loan("L1", "P1")]}
    result = checked(duckdb_engine, book(**more))
    assert rejected(result) == []
    counts = result.totals.tables["payments"]
    assert counts.rows.as_json() == {
        "received": 1,
        "accepted": 1,
        "set_aside": 0,
        "duplicates": 2,
    }
    assert counts.money["CNY"].as_json() == {
        "received": 10_300,
        "accepted": 10_300,
        "set_aside": 0,
        "duplicates": 20_600,
    }
    assert ids(result) == ["L1", "L2"]


@pytest.mark.parametrize(
    ("table", "more", "key"),
    [
        ("payments", payment("T1", "L1", amount_minor=1), "T1"),
        ("payments", payment("T1", "L2"), "T1"),
        ("payments", payment("T1", "L1", channel="app"), "T1"),
        ("instalments", instalment("L1", 1, due_on="2026-02-06"), "L1 / 1"),
        ("loans", loan("L1", "P2"), "L1"),
        ("persons", person("P1", name="李四"), "P1"),
    ],
)
def test_differing_duplicates_are_all_set_aside(duckdb_engine, table, more, key):
    result = checked(duckdb_engine, book(**{table: [more]}))
    found = [row for row in rejected(result) if row["reason"] == "duplicate.conflict"]
    assert [(row["table"], row["key"]) for row in found] == [(table, key)] * 2
    assert "L1" not in ids(result)


def test_a_duplicate_with_another_column_of_the_lender_differs(duckdb_engine):
    rows = book(loans=[loan("L1", "P1", branch="B2")])
    rows["loans"][0]["branch"] = "B1"
    assert reasons(checked(duckdb_engine, rows)) == {"loans:L1": "duplicate.conflict"}


def test_seqs_that_share_a_bit_of_the_mask_are_not_duplicates(duckdb_engine):
    more = [instalment("L1", 1 + 62 * k, due_on="2030-01-01") for k in (1, 2)]
    result = checked(duckdb_engine, book(instalments=more))
    assert rejected(result) == []
    assert result.totals.tables["instalments"].rows.duplicates == 0


REVERSAL = {"amount_minor": 10_300, "paid_on": "2026-02-07", "reverses": "T1"}


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ([payment("R", "L1", **REVERSAL | {"reverses": "T7"})], "reversal.unknown"),
        ([payment("R", "L1", **REVERSAL | {"reverses": "R"})], "reversal.of_itself"),
        ([payment("R", "L2", **REVERSAL)], "reversal.other_loan"),
        ([payment("R", "L1", **REVERSAL | {"amount_minor": 1})], "reversal.other_amount"),
        ([payment("R", "L1", **REVERSAL | {"paid_on": "2026-02-04"})], "reversal.earlier"),
    ],
)
def test_reversals_that_may_not_be(duckdb_engine, more, reason):
    result = checked(duckdb_engine, book(payments=more))
    assert reasons(result) == {"payments:R": reason}
    assert more[0]["loan_id"] not in ids(result)


def test_a_reversal_of_a_reversal_and_a_second_reversal(duckdb_engine):
    of_reversal = payment("Q", "L1", **REVERSAL | {"reverses": "R"})
    result = checked(duckdb_engine, book(payments=[payment("R", "L1", **REVERSAL), of_reversal]))
    assert reasons(result) == {"payments:Q": "reversal.of_reversal"}
    second = payment("S", "L1", **REVERSAL | {"paid_on": "2026-02-08"})
    result = checked(duckdb_engine, book(payments=[second, payment("R", "L1", **REVERSAL)]))
    assert reasons(result) == {"payments:S": "reversal.twice"}


@pytest.mark.parametrize("paid_on", ["2026-02-05", "2026-02-07"])
def test_a_reversal_in_order_is_accepted(duckdb_engine, paid_on):
    more = [payment("R", "L1", **REVERSAL | {"paid_on": paid_on})]
    result = checked(duckdb_engine, book(payments=more))
    assert rejected(result) == []
    assert ids(result, "payments", "payment_id") == ["R", "T1"]


def test_a_schedule_that_stands_twice(duckdb_engine):
    again = [instalment("L1", 10 + seq, due_on=f"2026-{1 + seq:02}-05") for seq in (1, 2)]
    result = checked(duckdb_engine, book(instalments=again))
    assert set(reasons(result).values()) == {"schedule.overlap"}
    assert ids(result) == ["L2"]
    # Twice as many different days are another schedule, not the same one again.
    other = [instalment("L1", 10 + seq, due_on=f"2026-{6 + seq:02}-05") for seq in (1, 2)]
    assert rejected(checked(duckdb_engine, book(instalments=other))) == []


def test_unknown_products_become_other_and_are_listed(duckdb_engine):
    rows = book()
    rows["loans"][0] |= {"product": "car", "creditor_type": "uncle"}
    result = checked(duckdb_engine, rows)
    first = next(
        r for r in result.accepted["loans"].to_pyarrow().to_pylist() if r["loan_id"] == "L1"
    )
    assert (first["product"], first["creditor_type"], first["status"]) == ("other", "other", "open")
    assert result.totals.unknown_codes == {
        "loans.product": {"car": 1},
        "loans.creditor_type": {"uncle": 1},
    }


def test_unknown_columns_are_kept_beside(duckdb_engine):
    rows = book()
    rows["loans"][1]["branch"] = "东城"
    result = checked(duckdb_engine, rows)
    assert result.totals.unknown_columns == {"loans": ("branch",)}
    extra = {r["loan_id"]: r["extra"] for r in result.extra["loans"].to_pyarrow().to_pylist()}
    assert extra["L2"] == '{"branch":"东城"}'


def test_money_of_several_currencies_is_summed_apart(duckdb_engine):
    rows = book()
    rows["loans"][1]["currency"] = "JPY"
    rows["instalments"][3]["fee_minor"] = "x"
    result = checked(duckdb_engine, rows)
    money = result.totals.tables["instalments"].money
    assert money["CNY"].as_json() == {
        "received": 20_600,
        "accepted": 20_600,
        "set_aside": 0,
        "duplicates": 0,
    }
    assert (money["JPY"].received, money["JPY"].set_aside) == (20_600, 20_600)


def test_sums_beyond_64_bits_stay_exact(duckdb_engine):
    rows = book(loans=[loan(f"X{i}", "P1", principal_minor=10**14) for i in range(3)])
    rows["loans"][0]["principal_minor"] = 2**63 - 1
    rows["loans"][1]["principal_minor"] = 2**63 - 1
    money = checked(duckdb_engine, rows).totals.tables["loans"].money["CNY"]
    assert money.received == 2 * (2**63 - 1) + 3 * 10**14
    assert money.accepted == 3 * 10**14


def test_snapshots_allow_what_instalments_do_not(duckdb_engine):
    bare = loan("L1", principal_minor=None, annual_rate_bps=None, disbursed_on=None)
    other = loan("L2", "P1", principal_minor=None)
    rows = {"persons": [person()], "loans": [bare, other], "snapshots": [snapshot("L1")]}
    assert reasons(checked(duckdb_engine, rows)) == {"loans:L2": "required.missing"}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"months_past_due": None}, "snapshot.no_state"),
        ({"as_of": "2026-07-01"}, "date.future"),
        ({"overdue_minor": -1}, "range.low"),
    ],
)
def test_bad_snapshots(duckdb_engine, change, reason):
    rows = {"persons": [person()], "loans": [loan()], "snapshots": [snapshot(**change)]}
    result = checked(duckdb_engine, rows, book_on=date(2026, 6, 30))
    assert set(reasons(result).values()) == {reason}


def test_a_delta_may_refer_to_what_is_known(duckdb_engine):
    known = checked(duckdb_engine, book()).accepted
    delta = {"payments": [payment("T5", "L2"), payment("R", "L1", **REVERSAL)]}
    assert rejected(checked(duckdb_engine, delta, known=known)) == []
    result = checked(duckdb_engine, delta | {"recalls": [recall("L9")]}, known=known)
    assert reasons(result) == {"recalls:L9": "reference.loan"}
    with pytest.raises(TapeError, match="no loans"):
        checked(duckdb_engine, delta)


def recall(loan_id):
    return {"loan_id": loan_id, "recalled_on": "2026-05-01", "reason": "sold"}


def test_a_table_that_is_not_of_the_contract(duckdb_engine):
    with pytest.raises(BadInput, match="no such table"):
        checked(duckdb_engine, {"debtors": []})


def test_coordinates_are_converted_to_wgs84(duckdb_engine):
    place = {"latitude": 39.908722, "longitude": 116.397499, "coordinate_system": "gcj02"}
    baidu = {"latitude": 39.915, "longitude": 116.404, "coordinate_system": "bd09"}
    abroad = {"latitude": 51.5, "longitude": -0.12, "coordinate_system": "gcj02"}
    rows = book(persons=[person("G", **place), person("B", **baidu), person("A", **abroad)])
    found = checked(duckdb_engine, rows).accepted["persons"].to_pyarrow().to_pylist()
    by = {row["person_id"]: row for row in found}
    # The Gate of Heavenly Peace; reference values of the usual converters, to a metre.
    assert by["G"]["latitude"] == pytest.approx(39.907319, abs=1e-5)
    assert by["G"]["longitude"] == pytest.approx(116.391256, abs=1e-5)
    assert by["B"]["latitude"] == pytest.approx(39.907320, abs=3e-4)
    assert by["B"]["longitude"] == pytest.approx(116.391250, abs=3e-4)
    assert (by["A"]["latitude"], by["A"]["longitude"]) == (51.5, -0.12)
    assert {row["coordinate_system"] for row in found} == {"wgs84"}
