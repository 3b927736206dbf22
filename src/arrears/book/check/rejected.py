"""The rows set aside, of every table in one frame that a person can mend from."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt
import pyarrow as pa

from arrears.book.check.keys import cell_texts
from arrears.book.check.set_aside import SetAside
from arrears.book.contract import FILE, ROW, SHAPE, TABLES
from arrears.book.exact import INT64_MAX, WIDE, literal, wide
from arrears.book.functions import json_of

REJECTED = pa.schema(
    [
        ("table", pa.string()),
        ("file", pa.string()),
        ("row_number", pa.int64()),
        ("key", pa.string()),
        ("loan_id", pa.string()),
        ("person_id", pa.string()),
        ("reason", pa.string()),
        ("text", pa.string()),
        ("currency", pa.string()),
        ("amount_minor", pa.int64()),
        ("row_json", pa.string()),
    ]
)
"""``row_number`` counts from 1 in ``file``; ``amount_minor`` is the row's money in ``currency``,
null where it has none or more than 64 bits hold; ``row_json`` is every cell as text."""

_KEY_JOINT = " / "
MONEY = "_money"


def rejected_rows(
    stage: Any, tables: dict[str, Any], aside: dict[str, SetAside], loans: Any
) -> Any:
    """The frame :data:`REJECTED`, unsorted, with the exact money in ``_money`` beside it."""
    parts = [
        _of_table(name, rows, aside[name].rows, loans)
        for name, rows in tables.items()
        if aside[name].rows is not None
    ]
    if not parts:
        return None
    every = parts[0] if len(parts) == 1 else ibis.union(*parts)
    return stage.keep(every, result=True)


def none_of(tables: dict[str, Any], schema: pa.Schema) -> Any:
    """An empty table of that schema, on the engine that has the tape's tables."""
    some = next(iter(tables.values()))
    columns = {field.name: ibis.null(dt.DataType.from_pyarrow(field.type)) for field in schema}
    return some.filter(ibis.literal(False)).select(**columns)


def money_of_row(name: str, rows: Any) -> Any:
    """The money of a row in minor units, exact; 0 where no cell is an amount."""
    money: Any = literal(0)
    for column in TABLES[name].money:
        money = (money + wide(rows[column]).fill_null(literal(0))).cast(WIDE)
    return money


def currency_of_row(name: str, rows: Any, loans: Any) -> Any:
    """The rows with ``_currency``: their own, or that of their loan; null if unknown."""
    if name == "loans":
        return rows.mutate(_currency=rows.currency)
    if not TABLES[name].of_loan or loans is None:
        return rows.mutate(_currency=ibis.null("string"))
    theirs = loans.select(_loan_id=loans.loan_id, _currency=loans.currency)
    return rows.left_join(theirs, rows.loan_id == theirs._loan_id).drop("_loan_id")


def _of_table(name: str, rows: Any, gone: Any, loans: Any) -> Any:
    spec = TABLES[name]
    told = gone.select(FILE, ROW, _reason=gone.reason, _text=gone.text)
    found = currency_of_row(name, rows.inner_join(told, [FILE, ROW]), loans)
    texts = cell_texts(found, spec)
    cells = json_of(texts)
    if SHAPE in found.columns:
        shape = json_of({SHAPE: found[SHAPE]})
        cells = found[SHAPE].isnull().ifelse(cells, shape)
    keys = [texts[column].fill_null("") for column in spec.key]
    key = keys[0]
    for part in keys[1:]:
        key = key + _KEY_JOINT + part
    money = money_of_row(name, found)
    fits = (money <= literal(INT64_MAX)) & (money >= literal(-INT64_MAX))
    if spec.money:
        fits = fits & ibis.coalesce(*(found[column] for column in spec.money)).notnull()
    return found.select(
        table=ibis.literal(name),
        file=found[FILE],
        row_number=found[ROW],
        key=key,
        loan_id=found.loan_id if "loan_id" in spec.names else ibis.null("string"),
        person_id=found.person_id if "person_id" in spec.names else ibis.null("string"),
        reason=found._reason,
        text=found._text,
        currency=found._currency,
        amount_minor=fits.ifelse(money, ibis.null(WIDE)).cast("int64")
        if spec.money
        else ibis.null("int64"),
        row_json=cells,
        **{MONEY: money},
    )
