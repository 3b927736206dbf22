"""Rows that clients push: one model a table, made from the tape contract's own description.

The schema refuses what no row can hold: unknown fields, other types, numbers beyond their column,
a required field left out. What a row *says* (ranges, codes, references, dates in the future) is
for the checks that every tape passes: they set the row aside and give the reason.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Final

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    StrictBool,
    StrictInt,
    WithJsonSchema,
    create_model,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from arrears.book.contract import AMOUNT_MAX, KEY_LENGTH_MAX, TABLES, Column

Row = dict[str, Any]
ROWS_MAX: Final = 1_000  # of one list in one call
TEXT_MAX: Final = 2_000  # characters of a text that is no id
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Strict(BaseModel):
    """A part of a request: unknown fields are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _day(value: object) -> date:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise PydanticCustomError("day", "Input should be a day such as 2026-07-01")


def _degrees(value: object) -> object:
    # JSON has one kind of number: 31 is as good a latitude as 31.0. True is no number.
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Text = Annotated[str, Field(max_length=TEXT_MAX, pattern=r"^[^\u0000]*$")]
Key = Annotated[str, Field(min_length=1, max_length=KEY_LENGTH_MAX, pattern=r"^[^\u0000\u001f]+$")]
_TYPES: Final[dict[str, Any]] = {
    "text": Text,
    "date": Day,
    "int32": Annotated[StrictInt, Field(ge=-(2**31), le=2**31 - 1)],
    "int64": Annotated[StrictInt, Field(ge=-(2**63), le=2**63 - 1)],
    "float": Annotated[float, Field(ge=-360, le=360), BeforeValidator(_degrees)],
    "bool": StrictBool,
}


def row_model(
    name: str, table: str, *, without: frozenset[str] = frozenset(), **inner: Any
) -> type[BaseModel]:
    """The model of a row of a table of the contract.

    Parameters
    ----------
    name
        What the schema calls it.
    without
        Columns that the row's place implies.
    inner
        Lists of rows that stand inside this one.
    """
    fields: dict[str, Any] = {}
    for column in TABLES[table].columns:
        if column.name not in without:
            kind = Key if column.identity else _TYPES[column.type]
            told = Field(description=_description(column))
            if column.required:
                fields[column.name] = (Annotated[kind, told], ...)
            else:
                fields[column.name] = (Annotated[kind | None, told], None)
    return create_model(name, __base__=Strict, **fields, **inner)


def _description(column: Column) -> str | None:
    parts = [column.meaning] if column.meaning else []
    if column.codes and len(column.codes) <= 10:
        other = f"; another counts as {column.code_else} and is listed" if column.code_else else ""
        parts.append("one of " + ", ".join(column.codes) + other)
    if column.low is not None:
        more = f"to {_bound(column.high)}" if column.high is not None else "or more"
        parts.append(f"{_bound(column.low)} {more}")
    if column.default is not None:
        parts.append(f"null is {column.default}")
    if column.not_after_book:
        parts.append("not after book_on")
    return "; ".join(parts) or None


def _bound(limit: int) -> str:
    return {AMOUNT_MAX: "10^14", -AMOUNT_MAX: "-10^14"}.get(limit, str(limit))


class RowsOf:
    """Marks a list of rows: validated by a model, handed on as plain dictionaries."""

    def __init__(self, model: type[BaseModel]) -> None:
        self._model = model

    def __get_pydantic_core_schema__(self, _: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        rows = core_schema.list_schema(handler.generate_schema(self._model))
        return core_schema.no_info_after_validator_function(_plain, rows)


def _plain(rows: list[BaseModel]) -> list[Row]:
    return [dict(row) for row in rows]


_OF_LOAN = frozenset({"loan_id"})
PERSON: Final = row_model("PersonRow", "persons")
INSTALMENT: Final = row_model("InstalmentRow", "instalments", without=_OF_LOAN)
PARTY: Final = row_model("LoanPartyRow", "loan_parties", without=_OF_LOAN)
PAYMENT: Final = row_model("PaymentRow", "payments")
LOAN: Final = row_model(
    "LoanRow",
    "loans",
    instalments=(
        Annotated[
            list[Row],
            RowsOf(INSTALMENT),
            Field(min_length=1, max_length=ROWS_MAX, description="the whole schedule"),
        ],
        ...,
    ),
    parties=(
        Annotated[list[Row], RowsOf(PARTY), Field(max_length=ROWS_MAX)],
        Field(default_factory=list),
    ),
)


class Batch(Strict):
    """What every batch may say."""

    book_on: Annotated[
        Day | None,
        Field(description="the day that the rows tell of; days after it are refused; null: today"),
    ] = None


class PersonBatch(Batch):
    """Persons to add or to describe anew."""

    persons: Annotated[list[Row], RowsOf(PERSON), Field(min_length=1, max_length=ROWS_MAX)]


class LoanBatch(Batch):
    """Loans to add or to describe anew, each with its whole schedule as it stands today."""

    loans: Annotated[list[Row], RowsOf(LOAN), Field(min_length=1, max_length=ROWS_MAX)]


class PaymentBatch(Batch):
    """Payments to add; one that is known already is no second payment."""

    payments: Annotated[list[Row], RowsOf(PAYMENT), Field(min_length=1, max_length=ROWS_MAX)]


class Recall(Strict):
    """A loan that the lender takes back."""

    recalled_on: Day
    reason: Annotated[str, Field(min_length=1, max_length=TEXT_MAX, pattern=r"^[^\u0000]*$")]
