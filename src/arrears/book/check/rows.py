"""Faults that show in one row alone: shape, types, nulls, ids, ranges, dates and codes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis

from arrears.book.contract import (
    DATE_FIRST,
    DATE_LAST,
    KEY_LENGTH_MAX,
    RAW,
    SHAPE,
    TABLES,
    Column,
    nullable_with_snapshots,
)
from arrears.book.functions import character

_KINDS = {
    "int64": "a whole number of 64 bits",
    "int32": "a whole number of 32 bits",
    "date": "a day such as 2026-06-30",
    "float": "a number",
    "bool": "true or false",
    "instant": "an instant with its offset, such as 2026-06-30T09:00:00+08:00",
}
SEPARATOR = 0x1F


@dataclass(frozen=True)
class Fault:
    """One way in which a row can be wrong: when it is, and the sentence that says so."""

    reason: str
    when: Any
    text: Any


def row_faults(
    table: str,
    rows: Any,
    delivered: tuple[str, ...],
    book_on: date | None,
    tables: frozenset[str],
) -> list[Fault]:
    """Every fault that a row of the table may have by itself.

    Parameters
    ----------
    delivered
        The contract's columns that the lender delivers; the others are null throughout.
    book_on
        The tape's day; None: dates in the future are not looked for.
    tables
        The tables of the tape.
    """
    spec = TABLES[table]
    faults = []
    if SHAPE in rows.columns:
        text = ibis.literal("expected as many fields as the header has, found ") + rows[SHAPE]
        faults.append(Fault("row.shape", rows[SHAPE].notnull(), text))
    for column in spec.columns:
        if column.name in delivered:
            faults += _column_faults(table, rows, column, book_on, tables)
    faults += _between_columns(table, rows, delivered)
    if SHAPE not in rows.columns:
        return faults
    shaped = rows[SHAPE].isnull()
    return faults[:1] + [Fault(f.reason, f.when & shaped, f.text) for f in faults[1:]]


def any_of(faults: list[Fault]) -> Any:
    """Whether a row has any of the faults; never null."""
    found: Any = ibis.literal(False)
    for fault in faults:
        found = found | fault.when.fill_null(False)
    return found


def _found(column: Column, value: Any, expected: str) -> Any:
    told = value if value.type().is_string() else value.cast("string")
    return ibis.literal(f"{column.name}: expected {expected}, found ") + told


def _column_faults(
    table: str, rows: Any, column: Column, book_on: date | None, tables: frozenset[str]
) -> list[Fault]:
    value = rows[column.name]
    faults = []
    raw = rows[RAW + column.name] if RAW + column.name in rows.columns else None
    if raw is not None:
        expected = _KINDS[column.type]
        faults.append(Fault("type.invalid", raw.notnull(), _found(column, raw, expected)))
    if column.required and not (
        "snapshots" in tables and nullable_with_snapshots(table, column.name)
    ):
        faults.append(_missing(column, value, raw))
    if column.type == "text":
        faults += _text_faults(table, column, value, tables)
    if column.type == "date":
        faults += _date_faults(column, value, book_on)
    if column.type == "instant" and book_on is not None:
        after = ibis.literal(book_on).cast("timestamp('UTC')") + ibis.interval(days=2)
        text = _found(column, value, f"an instant not after the tape's day {book_on}")
        # Two days on: the tape's day ends last in the zone UTC-12.
        faults.append(Fault("date.future", value >= after, text))
    if column.low is not None:
        text = _found(column, value, f"at least {column.low}")
        faults.append(Fault("range.low", value < column.low, text))
    if column.high is not None:
        text = _found(column, value, f"at most {column.high}")
        faults.append(Fault("range.high", value > column.high, text))
    return faults


def _missing(column: Column, value: Any, raw: Any) -> Fault:
    missing = value.isnull() if raw is None else value.isnull() & raw.isnull()
    if column.type == "text":
        missing = missing | (value == "")
    return Fault("required.missing", missing, ibis.literal(f"{column.name}: expected a value"))


def _text_faults(table: str, column: Column, value: Any, tables: frozenset[str]) -> list[Fault]:
    # What must match an id elsewhere is checked there.
    refers = column.name == "reverses" or (
        column.name == "loan_id" and table != "loans" and "loans" in tables
    )
    if refers:
        return []
    nul = value.contains(character(0))
    if column.identity:
        bad = nul | value.contains(character(SEPARATOR))
        named = ibis.literal(f"{column.name}: expected an id without U+001F and NUL, found ")
        long = ibis.literal(f"{column.name}: expected at most {KEY_LENGTH_MAX} characters, found ")
        return [
            Fault("key.character", bad, named + value),
            Fault(
                "key.too_long",
                value.length() > KEY_LENGTH_MAX,
                long + value.length().cast("string"),
            ),
        ]
    if column.codes and column.code_else is None:
        listed = ", ".join(column.codes) if len(column.codes) < 10 else "a code of ISO 4217"
        unknown = value.notin(column.codes) & (value != "")
        return [Fault("code.unknown", unknown, _found(column, value, listed))]
    if column.codes:
        return []
    if column.pattern:
        unlike = ~value.re_search(f"^({column.pattern})$") & (value != "")
        return [Fault("text.shape", unlike, _found(column, value, column.meaning))]
    return [Fault("text.nul", nul, ibis.literal(f"{column.name}: expected a text without NUL"))]


def _date_faults(column: Column, value: Any, book_on: date | None) -> list[Fault]:
    sentinel = (value < ibis.literal(date.fromisoformat(DATE_FIRST))) | (
        value > ibis.literal(date.fromisoformat(DATE_LAST))
    )
    text = _found(column, value, f"a day from {DATE_FIRST} to {DATE_LAST}, or empty")
    faults = [Fault("date.sentinel", sentinel, text)]
    if column.not_after_book and book_on is not None:
        text = _found(column, value, f"a day not after the tape's day {book_on}")
        faults.append(Fault("date.future", value > ibis.literal(book_on), text))
    return faults


def _between_columns(table: str, rows: Any, delivered: tuple[str, ...]) -> list[Fault]:
    if table == "persons" and {"latitude", "longitude"} & set(delivered):
        alone = rows.latitude.isnull() != rows.longitude.isnull()
        text = ibis.literal("latitude, longitude: expected both or neither")
        return [Fault("coordinates.incomplete", alone, text)]
    if table == "snapshots":
        absent = rows.days_past_due.isnull() & rows.months_past_due.isnull()
        for name in ("days_past_due", "months_past_due"):
            if RAW + name in rows.columns:
                absent = absent & rows[RAW + name].isnull()
        text = ibis.literal("expected days_past_due or months_past_due, found neither")
        return [Fault("snapshot.no_state", absent, text)]
    ordered = {
        "loans": ("disbursed_on", "accelerated_on"),
        "flags": ("from_on", "until_on"),
    }
    if table in ordered and set(ordered[table]) <= set(delivered):
        first, second = ordered[table]
        text = (
            ibis.literal(f"{second}: expected a day not before {first} ")
            + rows[first].cast("string")
            + ", found "
            + rows[second].cast("string")
        )
        return [Fault("date.order", rows[second] < rows[first], text)]
    return []
