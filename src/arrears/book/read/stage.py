"""From the lender's columns to the contract's: one expression for each table."""

from __future__ import annotations

from typing import Any

import ibis

from arrears.book.contract import FILE, RAW, ROW, SHAPE, TABLES, TableSpec
from arrears.book.functions import json_of
from arrears.book.mapping import PLAIN, Cell, Mapping, TableMapping
from arrears.book.read.convert import as_text, convert, fits, minor_units, narrowed, null_of, recode
from arrears.kernel.errors import TapeError
from arrears.kernel.money import EXPONENTS

EXTRA = "_extra"
_BESIDE = (ROW, FILE, SHAPE)


def mapping_of(table: str, header: list[str], mapping: Mapping) -> TableMapping:
    """The table's mapping, or the one that takes every column under its own name.

    Raises
    ------
    TapeError
        If the mapping names a column that the file does not have.
    """
    if table not in mapping.tables:
        spec = TABLES[table]
        cells = {name: Cell(name) for name in spec.names if name in header}
        return TableMapping(table, None, (cells,))
    mapped = mapping.tables[table]
    missing = sorted((mapped.used | set(mapped.ignore)) - set(header))
    if missing:
        raise TapeError(
            f"the mapping of {table} names a column that the file does not have",
            expected=", ".join(missing),
            found=", ".join(header),
            remedy="correct the mapping, or check the delimiter of the file",
            file=mapping.origin,
            table=table,
        )
    return mapped


def unknown_columns(
    table: str, header: list[str], mapped: TableMapping, mapping: Mapping
) -> tuple[str, ...]:
    """The lender's columns that go nowhere: kept beside the row as JSON, once for each file."""
    used = mapped.used | set(mapped.ignore)
    if table in mapping.tables:
        if not mapping.keeps_extra(table):
            return ()
        used |= mapping.others_use(table)
    return tuple(name for name in header if name not in used)


def is_direct(table: str, schema: Any, mapped: TableMapping, mapping: Mapping) -> bool:
    """Whether a Parquet file already holds the contract's columns in its types."""
    if len(mapped.parts) > 1 or (mapping is not PLAIN and mapping.nulls):
        return False
    spec = TABLES[table]
    return all(
        cell.plain and fits(schema[cell.source], spec.column(name))
        for name, cell in mapped.parts[0].items()
    )


def direct(raw: Any, table: str, mapped: TableMapping, unknown: tuple[str, ...]) -> Any:
    """The contract's columns of a Parquet table that needs no staging; portable."""
    spec = TABLES[table]
    cells = mapped.parts[0]
    columns: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    for column in spec.columns:
        if column.name not in cells:
            columns[column.name] = null_of(column)
            continue
        columns[column.name], text = narrowed(raw[cells[column.name].source], column)
        if text is not None:
            texts[RAW + column.name] = text
    return raw.select(**columns, **texts, **_beside(raw, unknown))


def staged(raw: Any, table: str, mapped: TableMapping, mapping: Mapping) -> Any:
    """The contract's columns converted from text or other types; an expression of DuckDB."""
    spec = TABLES[table]
    header = [name for name in raw.columns if name not in _BESIDE]
    unknown = unknown_columns(table, header, mapped, mapping)
    parts = [_part(raw, spec, cells, mapped, mapping, unknown) for cells in mapped.parts]
    return parts[0] if len(parts) == 1 else ibis.union(*parts)


def _part(
    raw: Any,
    spec: TableSpec,
    cells: Any,
    mapped: TableMapping,
    mapping: Mapping,
    unknown: tuple[str, ...],
) -> Any:
    nulls = mapping.nulls
    factor = _factor(raw, cells, mapped, nulls)
    columns: dict[str, Any] = {}
    texts: dict[str, Any] = {}
    for column in spec.columns:
        cell = cells.get(column.name)
        if cell is None:
            columns[column.name] = null_of(column)
            continue
        source = _source(raw, cell)
        typed, text = convert(source, column, cell, factor, nulls)
        columns[column.name] = typed
        if text is not None:
            texts[RAW + column.name] = text
    return raw.select(**columns, **texts, **_beside(raw, unknown))


def _source(raw: Any, cell: Cell) -> Any:
    if cell.source is not None:
        return raw[cell.source]
    return ibis.null("string") if cell.value is None else ibis.literal(cell.value)


def _factor(raw: Any, cells: Any, mapped: TableMapping, nulls: tuple[str, ...]) -> Any:
    """Minor units in a major one: of the table's own currency, or of what the mapping says."""
    cell = mapped.currency or cells.get("currency")
    if cell is None:
        return None
    if cell.value in EXPONENTS:
        return ibis.literal(10 ** EXPONENTS[cell.value], type="int32")
    text = as_text(_source(raw, cell), nulls)
    return minor_units(recode(text, cell) if cell.codes else text)


def _beside(raw: Any, unknown: tuple[str, ...]) -> dict[str, Any]:
    beside = {name: raw[name] for name in _BESIDE if name in raw.columns}
    if unknown:
        texts = {name: raw[name].cast("string") for name in unknown}
        beside[EXTRA] = json_of(texts)
    return beside
