"""Seal anew, batch by batch, what is not sealed with the present key; or not sealed at all.

Each batch is a transaction of its own and takes only rows that nobody else is writing: it waits for
nobody, may be stopped at any moment, and the next call goes on with what is left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from arrears.store.sealed.cells import CELLS
from arrears.store.sealed.cipher import MARK, Opener, Sealer

BATCH_ROWS: Final = 5_000
Row = Mapping[str, Any]
Within = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True)
class SealedTable:
    """A table with sealed columns.

    Parameters
    ----------
    columns
        Of text, each one sealed value.
    json_columns
        Of JSON, each one sealed value as a string of JSON.
    cell_columns
        Of JSON, rows whose cells are sealed.
    read
        What else is read of a row: what ``row_key`` and the functions below need.
    row_key
        What a row is known by for good.
    before
        Columns to write, decided before a row is sealed (its key may be among them).
    derive
        Columns to write, from the row and its plain values.
    """

    name: str
    read: tuple[str, ...]
    row_key: Callable[[Row], str]
    columns: tuple[str, ...] = ()
    json_columns: tuple[str, ...] = ()
    cell_columns: tuple[str, ...] = ()
    before: Callable[[Row], Mapping[str, str | None]] = lambda row: {}
    derive: Callable[[Row, Mapping[str, str | None]], Mapping[str, str | None]] = (
        lambda row, plain: {}
    )

    def texts(self) -> list[str]:
        """SQL of every text that is to be sealed."""
        cells = [f"\"{column}\"->>'{cell}'" for column in self.cell_columns for cell in CELLS]
        whole = [f"\"{column}\" #>> '{{}}'" for column in self.json_columns]
        return [*(f'"{column}"' for column in self.columns), *whole, *cells]


def reseal(
    cursor: Any,
    table: SealedTable,
    sealer: Sealer,
    opener: Opener,
    within: Within,
    told: Callable[[int], None] = lambda rows: None,
) -> int:
    """Go through a table once; returns how many rows were sealed anew.

    Parameters
    ----------
    within
        Opens the transaction of each batch, in a scope that sees the rows.
    told
        How many rows were sealed since the last call.
    """
    after, total = UUID(int=0), 0
    while True:
        with within():
            cursor.execute(_select(table), {"after": after, "head": sealer.head})
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
            if not rows:
                return total
            _write(cursor, table, [_sealed(table, row, sealer, opener) for row in rows])
        after, total = rows[-1]["id"], total + len(rows)
        told(len(rows))


def counts_by_key(cursor: Any, table: SealedTable) -> dict[str, int]:
    """How many sealed values each key holds, by its id; those not sealed under the empty text."""
    parts = [
        f"SELECT CASE WHEN starts_with(t, '{MARK}') THEN split_part(t, '.', 2) ELSE '' END AS k,"
        f" count(*) AS n FROM (SELECT {text} AS t FROM {table.name}) x"
        " WHERE t IS NOT NULL GROUP BY 1"
        for text in table.texts()
    ]
    cursor.execute(f"SELECT k, sum(n)::bigint FROM ({' UNION ALL '.join(parts)}) y GROUP BY k")
    return dict(cursor.fetchall())


def _select(table: SealedTable) -> str:
    stale = " OR ".join(f"NOT starts_with({text}, %(head)s)" for text in table.texts())
    names = [f'"{name}"' for name in (*table.read, *table.columns)]
    jsons = (*table.json_columns, *table.cell_columns)
    names += [f'"{name}"::text AS "{name}"' for name in jsons]
    return (
        f"SELECT id, {', '.join(names)} FROM {table.name} WHERE id > %(after)s AND ({stale})"
        f" ORDER BY id LIMIT {BATCH_ROWS} FOR NO KEY UPDATE SKIP LOCKED"
    )


def _sealed(table: SealedTable, found: Row, sealer: Sealer, opener: Opener) -> dict[str, Any]:
    """The columns to write of one row."""
    before = table.before(found)
    row = {**found, **before}
    key = table.row_key(row)

    def anew(place: str, text: str | None) -> tuple[str | None, str | None]:
        if text is None:
            return None, None
        plain = opener.open(place, key, text) if text.startswith(MARK) else text
        return plain, sealer.seal(place, key, plain)

    plain: dict[str, str | None] = {}
    written: dict[str, Any] = {"id": row["id"], **before}
    for name in table.columns:
        plain[name], written[name] = anew(f"{table.name}.{name}", row[name])
    for name in table.json_columns:
        text = row[name]
        # Sealed, it is a string of JSON; before that, an object.
        given = json.loads(text) if text is not None and text.startswith('"') else text
        plain[name], sealed = anew(f"{table.name}.{name}", given)
        written[name] = None if sealed is None else json.dumps(sealed)
    for name in table.cell_columns:
        cells: dict[str, Any] = {} if row[name] is None else json.loads(row[name])
        for cell in CELLS:
            value = cells.get(cell)
            if value is not None:
                given = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                _, cells[cell] = anew(f"{table.name}.{name}.{cell}", given)
        written[name] = None if row[name] is None else json.dumps(cells, ensure_ascii=False)
    return written | dict(table.derive(row, plain))


def _write(cursor: Any, table: SealedTable, rows: list[dict[str, Any]]) -> None:
    columns = [name for name in rows[0] if name != "id"]
    json_columns = {*table.json_columns, *table.cell_columns}
    sets = ", ".join(
        f'"{name}" = v."{name}"' + ("::jsonb" if name in json_columns else "") for name in columns
    )
    given = ", ".join(["%s::uuid[]", *["%s::text[]"] * len(columns)])
    listed = ", ".join(["id", *(f'"{name}"' for name in columns)])
    cursor.execute(
        f"UPDATE {table.name} t SET {sets} FROM unnest({given}) AS v({listed}) WHERE t.id = v.id",
        [[row[name] for row in rows] for name in ("id", *columns)],
    )
