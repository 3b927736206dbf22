"""Text, or a lender's types, to the contract's types; what will not convert is kept as text.

These are Ibis expressions of DuckDB, which stages every tape that is not Parquet of the
contract's own types; the other engine reads what was staged.
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt

from arrears.book.contract import Column
from arrears.book.functions import try_strptime
from arrears.book.mapping import Cell
from arrears.kernel.money import EXPONENTS

IBIS_TYPES: dict[str, dt.DataType] = {
    "text": dt.string,
    "date": dt.date,
    "int64": dt.int64,
    "int32": dt.int32,
    "float": dt.float64,
    "bool": dt.boolean,
    "instant": dt.Timestamp("UTC"),
}

_TRUE, _FALSE = ("true", "t", "1", "yes", "y"), ("false", "f", "0", "no", "n")
_INTEGER = r"^[+-]?[0-9]+$"
_MAJOR = r"^[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]{1,3})?$"
_NUMBER = r"^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_ISO_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_ISO_INSTANT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})$"
)
# More digits than any amount needs, 18 before the point and 10 behind, and few enough that a
# factor of 10^4 cannot overflow 38 digits.
_EXACT = dt.Decimal(28, 10)
_PRODUCT = dt.Decimal(38, 10)
_FLOAT_EXACT = 2**53


def fits(found: dt.DataType, column: Column) -> bool:
    """Whether a column of that type needs no parsing to be of the contract's type."""
    wanted = IBIS_TYPES[column.type]
    if column.type in ("text", "date", "bool"):
        return type(found) is type(wanted)
    if column.type == "float":
        return bool(found.is_floating())
    if column.type == "instant":
        return isinstance(found, dt.Timestamp) and found.timezone is not None
    return bool(found.is_integer())


def narrowed(raw: Any, column: Column) -> tuple[Any, Any | None]:
    """A column that :func:`fits` in the contract's type, and the text of integers too large.

    Portable; the second is None where the type of the column excludes them.
    """
    wanted = IBIS_TYPES[column.type]
    kind = raw.type()
    if kind.copy(nullable=True) == wanted:
        return raw, None
    if not wanted.is_integer() or (
        wanted.bounds.lower <= kind.bounds.lower and kind.bounds.upper <= wanted.bounds.upper
    ):
        return raw.cast(wanted), None
    inside = raw <= wanted.bounds.upper
    if kind.is_signed_integer():
        inside = inside & (raw >= wanted.bounds.lower)
    typed = inside.ifelse(raw, ibis.null(kind)).cast(wanted)
    return typed, inside.ifelse(ibis.null("string"), raw.cast("string"))


def null_of(column: Column) -> Any:
    """A typed null for a column that the lender does not deliver."""
    return ibis.null(IBIS_TYPES[column.type])


def as_text(raw: Any, nulls: tuple[str, ...]) -> Any:
    """Any column as text, with null markers and the empty text as null."""
    text = raw if raw.type().is_string() else raw.cast("string")
    return text.isin(["", *nulls]).ifelse(ibis.null("string"), text)


def convert(
    raw: Any, column: Column, cell: Cell, factor: Any | None, nulls: tuple[str, ...]
) -> tuple[Any, Any | None]:
    """The column in the contract's type, and the text of the cells that did not convert.

    The second is None where every value converts. ``factor`` is the number of minor units in a
    major one, for amounts in major units.
    """
    if cell.plain and fits(raw.type(), column) and not raw.type().is_string():
        return narrowed(raw, column)
    text = as_text(raw, nulls)
    if cell.codes:
        text = recode(text, cell)
    if column.type == "text":
        return text, None
    typed = _typed(raw, text.strip(), column, cell, factor)
    failed = text.notnull() & typed.isnull()
    return typed, failed.ifelse(text, ibis.null("string"))


def recode(text: Any, cell: Cell) -> Any:
    """The lender's codes as ours."""
    other = text if cell.codes_else is None else ibis.literal(cell.codes_else)
    branches = [(text == theirs, ibis.literal(ours)) for theirs, ours in cell.codes]
    return text.isnull().ifelse(ibis.null("string"), ibis.cases(*branches, else_=other))


def _typed(raw: Any, text: Any, column: Column, cell: Cell, factor: Any | None) -> Any:
    if column.type == "date":
        return _date(raw, text, cell)
    if column.type == "bool":
        lower = text.lower()
        return ibis.cases(
            (lower.isin(_TRUE), ibis.literal(True)),
            (lower.isin(_FALSE), ibis.literal(False)),
            else_=ibis.null("boolean"),
        )
    if column.type == "instant":
        return _where(text.re_search(_ISO_INSTANT), text, IBIS_TYPES["instant"])
    if column.type == "float":
        bare = _separators(text, cell)
        return _where(bare.re_search(_NUMBER), bare, dt.float64)
    if cell.unit == "major":
        return _major(text, cell, factor)
    if raw.type().is_floating():
        # pandas writes integers with gaps as doubles; beyond 2^53 they have lost digits.
        whole = (raw == raw.floor()) & (raw.abs() <= _FLOAT_EXACT)
        return whole.ifelse(raw.try_cast(IBIS_TYPES[column.type]), ibis.null(column.type))
    bare = _separators(text, cell)
    return _where(bare.re_search(_INTEGER), bare, IBIS_TYPES[column.type])


def _where(condition: Any, text: Any, wanted: dt.DataType) -> Any:
    # Guarded before the cast: DuckDB itself reads " 12 ", "1e3" and "1.6" as integers.
    return condition.ifelse(text, ibis.null("string")).try_cast(wanted)


def _date(raw: Any, text: Any, cell: Cell) -> Any:
    kind = raw.type()
    if kind.is_date():
        return raw
    if kind.is_timestamp():
        day = raw.cast("date")
        return (raw == day.cast(kind)).ifelse(day, ibis.null("date"))
    if cell.date_format is None:
        return _where(text.re_search(_ISO_DAY), text, dt.date)
    return try_strptime(text, cell.date_format).cast("date")


def _separators(text: Any, cell: Cell) -> Any:
    """The number without its thousands separators, with a point; null if they stand wrongly."""
    if cell.thousands:
        mark = "\\" + cell.thousands if not cell.thousands.isalnum() else cell.thousands
        # Groups of two as in India, of three elsewhere; the last one always of three.
        grouped = rf"^[+-]?[0-9]{{1,3}}({mark}[0-9]{{2,3}})*{mark}[0-9]{{3}}([^0-9].*)?$"
        well = (~text.contains(cell.thousands)) | text.re_search(grouped)
        text = well.ifelse(text.replace(cell.thousands, ""), ibis.null("string"))
    if cell.decimal != ".":
        # A point that is not the decimal sign is no number.
        text = text.contains(".").ifelse(ibis.null("string"), text.replace(cell.decimal, "."))
    return text


def minor_units(currency: Any) -> Any:
    """How many minor units one of a currency has, as an expression over its codes."""
    branches = [
        (currency.isin(_codes(exponent)), ibis.literal(10**exponent, type="int32"))
        for exponent in sorted(set(EXPONENTS.values()))
    ]
    return ibis.cases(*branches, else_=ibis.null("int32"))


def _major(text: Any, cell: Cell, factor: Any) -> Any:
    """Minor units of ``12.34`` or ``1.00E+05``; exact or null."""
    bare = _separators(text, cell)
    number = bare.re_search(_MAJOR).ifelse(bare, ibis.null("string"))
    minor = (number.try_cast(_EXACT) * factor.cast(dt.Decimal(5, 0))).cast(_PRODUCT)
    whole = minor.try_cast("int64")
    # A decimal cast rounds what lies below its last digit: "0.00000000001" must not become 0.
    fraction = number.re_extract(r"\.([0-9]*)", 1).length()
    power = number.re_extract(r"[eE]([+-]?[0-9]+)$", 1).nullif("").cast("int32").fill_null(0)
    exact = (minor == whole.cast(_PRODUCT)) & ((fraction - power) <= _EXACT.scale)
    return exact.ifelse(whole, ibis.null("int64"))


def _codes(exponent: int) -> list[str]:
    return [code for code, digits in EXPONENTS.items() if digits == exponent]
