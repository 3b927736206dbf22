"""Functions that the engines have and Ibis does not name."""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt

from arrears.book.exact import is_spark


def _builtin(name: str, arguments: tuple[dt.DataType | None, ...], result: dt.DataType) -> Any:
    def one(a): ...  # type: ignore[no-untyped-def]

    def two(a, b): ...  # type: ignore[no-untyped-def]

    function = one if len(arguments) == 1 else two
    return ibis.udf.scalar.builtin(function, name=name, signature=(arguments, result))


bit_count = _builtin("bit_count", (dt.int64,), dt.int32)
"""How many bits of a 64-bit integer are set."""


def _united(a): ...  # type: ignore[no-untyped-def]


bit_or = ibis.udf.agg.builtin(_united, name="bit_or", signature=((dt.int64,), dt.int64))
"""The bits that any row of a group has set; Ibis knows it for DuckDB only."""

_character = _builtin("chr", (dt.int32,), dt.string)
_to_json = _builtin("to_json", (None,), dt.string)
_hash = _builtin("hash", (dt.string,), dt.uint64)
_xxhash64 = _builtin("xxhash64", (dt.string,), dt.int64)
_json_extract_string = _builtin("json_extract_string", (dt.string, dt.string), dt.string)
_get_json_object = _builtin("get_json_object", (dt.string, dt.string), dt.string)

try_strptime = _builtin("try_strptime", (dt.string, dt.string), dt.Timestamp())
"""A timestamp by a strptime pattern, null where the text does not fit; DuckDB only."""


def character(code: int) -> Any:
    """The character of a code point; a literal NUL cannot stand in SQL text."""
    return _character(code)


def json_of(cells: dict[str, Any]) -> Any:
    """Text columns as one JSON object, by name."""
    # DuckDB's JSON is a type of its own; joined to a text it is text, also in Parquet.
    return ibis.literal("") + _to_json(ibis.struct(cells))


def json_text(con: Any, document: Any, key: str) -> Any:
    """One member of a JSON object as text; null if it is not there."""
    if is_spark(con):
        return _get_json_object(document, f"$['{key}']")
    return _json_extract_string(document, f'$."{key}"')


def hash64(con: Any, text: Any) -> Any:
    """64 bits of a text, each engine's own: comparable within one engine only."""
    # Spark's own `hash` has 32 bits.
    return _xxhash64(text) if is_spark(con) else _hash(text)
