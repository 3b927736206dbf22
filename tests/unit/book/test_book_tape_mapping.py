"""Mapping files: what they say is known or refused, and amounts come out exact."""

from __future__ import annotations

import pytest
from tape_rows import loan, write_csv

from arrears.book.mapping import Cell, load_mapping
from arrears.book.read import open_tape
from arrears.kernel.errors import TapeError

PERSONS = "tables: {persons: {columns: {person_id: id, jurisdiction: {value: CN}}}}"


def mapping_of(tmp_path, text):
    (tmp_path / "map.yaml").write_text(text)
    return load_mapping(tmp_path / "map.yaml")


def test_scalars_are_the_text_that_stands_there(tmp_path):
    text = "tables: {persons: {columns: {person_id: no, name: 1.10, jurisdiction: on}}}"
    cells = mapping_of(tmp_path, text).tables["persons"].parts[0]
    assert cells == {"person_id": Cell("no"), "name": Cell("1.10"), "jurisdiction": Cell("on")}


@pytest.mark.parametrize(
    ("text", "place", "found"),
    [
        ("table: {}", "the file", "table"),
        ("tables: {}", "tables", ""),
        ("tables: {debtors: {}}", "tables", "debtors"),
        ("tables: {persons: {column: {}}}", "tables.persons", "column"),
        ("tables: {persons: {columns: {id: x}}}", "tables.persons.columns", "id"),
        (
            "tables: {loans: {columns: {loan_id: {from: x, units: major}}}}",
            "tables.loans.columns.loan_id",
            "units",
        ),
        (
            "tables: {loans: {columns: {loan_id: {from: x, value: y}}}}",
            "tables.loans.columns.loan_id",
            "['from', 'value']",
        ),
        (
            "tables: {loans: {columns: {principal_minor: {from: x, unit: cents}}}}",
            "tables.loans.columns.principal_minor.unit",
            "cents",
        ),
        (
            "tables: {instalments: {columns: {fee_minor: {from: x, unit: major}}}}",
            "tables.instalments.currency",
            "none, for fee_minor",
        ),
        ("currency: RMB\n" + PERSONS, "tables.persons.currency", "RMB"),
        ("csv: {delimiter: ab}\n" + PERSONS, "csv.delimiter", "'ab'"),
        ("csv: {encoding: latin-1}\n" + PERSONS, "csv.encoding", "latin-1"),
        ("outcomes: [{name: x}]\n" + PERSONS, "outcomes", "{'name': 'x'}"),
        ("[]", "the file", "[]"),
    ],
)
def test_what_is_not_known_is_refused_with_its_place(tmp_path, text, place, found):
    with pytest.raises(TapeError) as caught:
        mapping_of(tmp_path, text)
    assert (caught.value.where["key"], caught.value.found) == (place, found)


@pytest.mark.parametrize("text", ["a: b: c", "name: x\nname: y\n" + PERSONS, "\x00"])
def test_what_is_no_yaml(tmp_path, text):
    with pytest.raises(TapeError, match="not YAML"):
        mapping_of(tmp_path, text)


def test_a_missing_mapping_file(tmp_path):
    with pytest.raises(TapeError, match="cannot be read"):
        load_mapping(tmp_path / "none.yaml")


def test_a_column_that_the_file_does_not_have(duckdb_engine, tmp_path):
    (tmp_path / "persons.csv").write_text("ident,country\nP1,CN\n")
    with pytest.raises(TapeError) as caught:
        open_tape(duckdb_engine, tmp_path, mapping_of(tmp_path, PERSONS))
    assert (caught.value.expected, caught.value.found) == ("id", "ident, country")


AMOUNTS = """
csv: {{delimiter: ";"}}
thousands: "{thousands}"
decimal: "{decimal}"
tables:
  loans:
    columns:
      loan_id: loan_id
      person_id: person_id
      product: product
      creditor_type: creditor_type
      currency: currency
      principal_minor: {{from: principal_minor, unit: major}}
      annual_rate_bps: annual_rate_bps
      disbursed_on: disbursed_on
      grace_days: grace_days
"""


@pytest.mark.parametrize(
    ("thousands", "decimal", "currency", "text", "minor"),
    [
        ("", ".", "CNY", "12.34", 1234),
        ("", ".", "CNY", " 12.30 ", 1230),
        ("", ".", "CNY", "12.", 1200),
        ("", ".", "CNY", "1.00E+05", 10_000_000),
        ("", ".", "CNY", "-1.5e-1", -15),
        ("", ".", "CNY", "1e-2", 1),
        ("", ".", "CNY", "1e-3", None),
        ("", ".", "CNY", "0.00000000001", None),
        ("", ".", "CNY", "1000000000000.00", 10**14),
        ("", ".", "CNY", "99999999999999999999", None),
        ("", ".", "CNY", "1e30", None),
        ("", ".", "CNY", "1,234", None),
        ("", ".", "CNY", "12.34.5", None),
        ("", ".", "CNY", "¥12", None),
        ("", ".", "JPY", "12", 12),
        ("", ".", "JPY", "12.5", None),
        ("", ".", "KWD", "1.234", 1234),
        ("", ".", "XYZ", "1.00", None),
        (",", ".", "CNY", "1,234,567.89", 123_456_789),
        (",", ".", "INR", "12,34,567.89", 123_456_789),
        (",", ".", "CNY", "1234.5", 123_450),
        (",", ".", "CNY", "1,5", None),
        (",", ".", "CNY", "12,34.50", None),
        (".", ",", "EUR", "1.234,50", 123_450),
        (".", ",", "EUR", "1.5", None),
        (" ", ",", "EUR", "1 234,50", 123_450),
        ("'", ".", "CHF", "1'234.50", 123_450),
    ],
)
def test_amounts_in_major_units(duckdb_engine, tmp_path, thousands, decimal, currency, text, minor):
    row = loan(currency=currency, principal_minor=text)
    write_csv(tmp_path / "loans.csv", [row], delimiter=";")
    mapping = mapping_of(tmp_path, AMOUNTS.format(thousands=thousands, decimal=decimal))
    with open_tape(duckdb_engine, tmp_path, mapping) as tape:
        (found,) = tape.tables["loans"].to_pyarrow().to_pylist()
    assert found["principal_minor"] == minor
    assert found["_raw_principal_minor"] == (None if minor is not None else text)


def test_the_currency_of_a_row_may_come_from_a_column(duckdb_engine, tmp_path):
    (tmp_path / "payments.csv").write_text(
        "n,l,d,a,c\n1,L1,2026-01-01,5.25,RMB\n2,L1,2026-01-01,5,¥\n"
    )
    mapping = mapping_of(
        tmp_path,
        """
tables:
  payments:
    currency: {from: c, codes: {RMB: CNY, ¥: JPY}}
    columns: {payment_id: n, loan_id: l, paid_on: d, amount_minor: {from: a, unit: major}}
""",
    )
    with open_tape(duckdb_engine, tmp_path, mapping) as tape:
        found = tape.tables["payments"].order_by("_row").to_pyarrow().column("amount_minor")
    assert found.to_pylist() == [525, 5]


def test_null_markers_and_ignored_columns(duckdb_engine, tmp_path):
    (tmp_path / "persons.csv").write_text("id,born,x,y\nP1,NULL,1,2\nP2,2000-01-01,3,4\n")
    mapping = mapping_of(
        tmp_path,
        """
null: ["NULL", "-"]
tables:
  persons:
    columns: {person_id: id, birth_on: born, jurisdiction: {value: CN}}
    ignore: [x]
""",
    )
    with open_tape(duckdb_engine, tmp_path, mapping) as tape:
        rows = tape.tables["persons"].order_by("_row").to_pyarrow().to_pylist()
        assert tape.unknown_columns == {"persons": ("y",)}
    assert [row["birth_on"] is None for row in rows] == [True, False]
    assert rows[0]["_extra"] == '{"y":"2"}'
