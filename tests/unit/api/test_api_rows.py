"""The rows of the API are the rows of the tape contract, column by column."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from arrears.api import rows
from arrears.book.contract import KEY_LENGTH_MAX, TABLES

MODELS = {
    "persons": (rows.PERSON, set(), set()),
    "loans": (rows.LOAN, set(), {"instalments", "parties"}),
    "instalments": (rows.INSTALMENT, {"loan_id"}, set()),
    "loan_parties": (rows.PARTY, {"loan_id"}, set()),
    "payments": (rows.PAYMENT, set(), set()),
}
JSON_TYPE = {
    "text": "string",
    "date": "string",
    "int32": "integer",
    "int64": "integer",
    "float": "number",
    "bool": "boolean",
}
LOAN = {
    "loan_id": "L-1",
    "person_id": "P-1",
    "product": "microfinance",
    "creditor_type": "bank",
    "currency": "CNY",
    "principal_minor": 100_00,
    "annual_rate_bps": 1200,
    "disbursed_on": "2026-01-05",
    "grace_days": 0,
    "instalments": [
        {
            "seq": 1,
            "due_on": "2026-02-05",
            "principal_minor": 100_00,
            "interest_minor": 1_00,
            "fee_minor": 0,
        }
    ],
}


@pytest.mark.parametrize("table", MODELS)
def test_a_row_has_the_columns_of_the_contract_and_no_other(table):
    model, implied, inner = MODELS[table]
    spec = TABLES[table]
    schema = model.model_json_schema()
    assert set(schema["properties"]) == set(spec.names) - implied | inner
    assert schema["additionalProperties"] is False
    required = {column.name for column in spec.columns if column.required} - implied
    assert set(schema["required"]) == required | (inner & {"instalments"})
    for column in spec.columns:
        if column.name in implied:
            continue
        told = schema["properties"][column.name]
        kinds = [kind["type"] for kind in told.get("anyOf", [told])]
        assert kinds == [JSON_TYPE[column.type], *([] if column.required else ["null"])], column
        if column.identity:
            kept = told.get("anyOf", [told])[0]
            assert (kept["minLength"], kept["maxLength"]) == (1, KEY_LENGTH_MAX)


def test_a_batch_is_handed_on_as_plain_rows_with_every_column():
    batch = rows.LoanBatch.model_validate({"loans": [LOAN]})
    (loan,) = batch.loans
    assert set(loan) == set(TABLES["loans"].names) | {"instalments", "parties"}
    assert loan["disbursed_on"] == date(2026, 1, 5)
    assert loan["secured"] is None
    assert loan["parties"] == []
    assert loan["instalments"] == [LOAN["instalments"][0] | {"due_on": date(2026, 2, 5)}]


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"principal_minor": 100.0}, "principal_minor"),
        ({"principal_minor": "10000"}, "principal_minor"),
        ({"principal_minor": True}, "principal_minor"),
        ({"principal_minor": None}, "principal_minor"),
        ({"principal_minor": 2**63}, "principal_minor"),
        ({"principal_minor": -(2**63) - 1}, "principal_minor"),
        ({"grace_days": 2**31}, "grace_days"),
        ({"secured": 1}, "secured"),
        ({"secured": "true"}, "secured"),
        ({"loan_id": ""}, "loan_id"),
        ({"loan_id": 7}, "loan_id"),
        ({"loan_id": "a\x1fb"}, "loan_id"),
        ({"loan_id": "合" * (KEY_LENGTH_MAX + 1)}, "loan_id"),
        ({"disbursed_on": "2026-02-30"}, "disbursed_on"),
        ({"disbursed_on": "2026-1-5"}, "disbursed_on"),
        ({"disbursed_on": "20260105"}, "disbursed_on"),
        ({"disbursed_on": "2026-01-05T00:00:00Z"}, "disbursed_on"),
        ({"disbursed_on": "２０２６-01-05"}, "disbursed_on"),
        ({"disbursed_on": 1767571200}, "disbursed_on"),
        ({"contract_no": "x" * (rows.TEXT_MAX + 1)}, "contract_no"),
        ({"balance": 1}, "balance"),
        ({"instalments": []}, "instalments"),
        ({"instalments": None}, "instalments"),
    ],
)
def test_a_value_that_its_column_cannot_hold_is_refused_and_named(change, place):
    with pytest.raises(ValidationError) as refused:
        rows.LoanBatch.model_validate({"loans": [LOAN, LOAN | change]})
    assert [error["loc"] for error in refused.value.errors()] == [("loans", 1, place)]


@pytest.mark.parametrize("column", list(LOAN))
def test_a_required_field_left_out_is_named(column):
    left = {name: value for name, value in LOAN.items() if name != column}
    with pytest.raises(ValidationError) as refused:
        rows.LoanBatch.model_validate({"loans": [left]})
    assert [error["loc"] for error in refused.value.errors()] == [("loans", 0, column)]


def test_degrees_may_be_written_whole():
    person = {"person_id": "P", "jurisdiction": "CN", "latitude": 31, "longitude": 121.5}
    (row,) = rows.PersonBatch.model_validate({"persons": [person]}).persons
    assert (row["latitude"], row["longitude"]) == (31.0, 121.5)
    with pytest.raises(ValidationError):
        rows.PersonBatch.model_validate({"persons": [person | {"latitude": True}]})


@pytest.mark.parametrize("count", [0, rows.ROWS_MAX + 1])
def test_a_call_has_at_least_one_row_and_a_bounded_number(count):
    person = {"person_id": "P", "jurisdiction": "CN"}
    with pytest.raises(ValidationError):
        rows.PersonBatch.model_validate({"persons": [person] * count})
    assert rows.PersonBatch.model_validate({"persons": [person] * rows.ROWS_MAX})


def test_a_batch_takes_no_other_field():
    with pytest.raises(ValidationError):
        rows.PersonBatch.model_validate(
            {"persons": [{"person_id": "P", "jurisdiction": "CN"}], "dry_run": True}
        )


@pytest.mark.parametrize("value", [1e300, -361, float("nan")])
def test_degrees_beyond_the_circle_are_refused_and_the_schema_says_so(value):
    person = {"person_id": "P", "jurisdiction": "CN", "latitude": value}
    with pytest.raises(ValidationError):
        rows.PersonBatch.model_validate({"persons": [person]})
    told = rows.PERSON.model_json_schema()["properties"]["latitude"]["anyOf"][0]
    assert told == {"type": "number", "minimum": -360, "maximum": 360}
