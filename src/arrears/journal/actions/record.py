"""Put something on record, in the transaction of what it records.

Entries are gathered and written at the very end of the outermost transaction, sorted by stream:
so the heads of their streams are locked last, in one order, and for as short as can be.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection

from arrears.journal.entries import Entry, Head, Written, canonical, personal_digest, require_kind
from arrears.journal.streams import Stream
from arrears.kernel.ids import uuid7
from arrears.store.transactions import At

SALT_BYTES: Final = 16
# From here on a temporary table and COPY are cheaper than parameters.
FEWEST_TO_COPY: Final = 200

_COLUMNS: Final = {
    "stream": "text", "seq": "bigint", "id": "uuid", "kind": "text", "schema": "smallint",
    "at": "timestamptz", "actor": "text", "data": "jsonb", "personal_sha256": "bytea",
    "prev_sha256": "bytea", "sha256": "bytea",
}  # fmt: skip
_NAMES: Final = ", ".join(_COLUMNS)
_INTO: Final = f"INSERT INTO journal_entry ({_NAMES}, position)"
_ROW: Final = f"({', '.join(['%s'] * len(_COLUMNS))}, nextval('journal_position'))"
_ONE: Final = f"SELECT journal_add({', '.join(f'%s::{kind}' for kind in _COLUMNS.values())})"
# The sequence is read after the sort: positions rise with the rows (the trigger checks it).
_FROM_STAGED: Final = (
    f"{_INTO} SELECT {_NAMES}, nextval('journal_position')"
    " FROM (SELECT * FROM pg_temp.journal_staged ORDER BY line) sorted"
)


def record(
    at: At,
    stream: Stream,
    kind: str,
    data: Mapping[str, object],
    *,
    personal: Mapping[str, object] | None = None,
    schema: int = 1,
    follows: Head | None = None,
) -> UUID:
    """Put one thing on record; returns the entry's id.

    Parameters
    ----------
    data, personal, schema
        As in :class:`Entry`.
    follows
        The stream's head, if it was looked at in this transaction: saves a question at the end.

    Raises
    ------
    BadInput
        For data that is not plain JSON (a float, a date, an integer beyond ±2^53), or a kind
        that is not ``stage.event``.
    """
    written = _ready(at, Entry(stream, kind, data, personal, schema), follows)
    at.finish(_write, (written,))
    return written.id


def record_many(at: At, entries: Sequence[Entry]) -> None:
    """Put many things on record, hundreds of thousands in one transaction if need be."""
    at.finish(_write, [_ready(at, entry) for entry in entries])


def _ready(at: At, entry: Entry, follows: Head | None = None) -> Written:
    require_kind(entry.kind, entry.schema)
    salt = personal = digest = None
    if entry.personal is not None:
        personal = canonical(entry.personal, entry.kind)
        salt = secrets.token_bytes(SALT_BYTES)
        digest = personal_digest(salt, personal)
    return Written(
        id=uuid7(at.now),
        stream=entry.stream.name,
        kind=entry.kind,
        schema=entry.schema,
        at=at.now,
        actor=at.actor.name,
        data=canonical(entry.data, entry.kind),
        personal=personal,
        salt=salt,
        personal_sha256=digest,
        follows=follows,
    )


def _write(gathered: Sequence[Written]) -> None:
    if len(gathered) == 1 and gathered[0].follows is not None and _added(gathered[0]):
        return
    entries = sorted(gathered, key=lambda entry: entry.stream)  # stable: order within a stream
    streams = sorted({entry.stream for entry in entries})
    with connection.cursor() as cursor:
        cursor.execute("SELECT stream, seq, sha256 FROM journal_lock(%s)", [streams])
        heads = {stream: (int(seq), bytes(sha256)) for stream, seq, sha256 in cursor.fetchall()}
        rows = _chained(entries, heads)
        if len(entries) < FEWEST_TO_COPY:
            values = ", ".join([_ROW] * len(entries))
            cursor.execute(f"{_INTO} VALUES {values}", [cell for row in rows for cell in row])
        else:
            _copy(cursor, "journal_staged", _COLUMNS, rows)
            cursor.execute(_FROM_STAGED)
        _keep_personal(cursor, entries)


def _added(entry: Written) -> bool:
    """Add one entry behind the head that was seen; False if another was there first."""
    head = entry.follows
    assert head is not None
    seen = {entry.stream: (head.seq, head.sha256)}
    with connection.cursor() as cursor:
        cursor.execute(_ONE, next(_chained([entry], seen)))
        added: bool = cursor.fetchone()[0]
        if added:
            _keep_personal(cursor, [entry])
    return added


def _chained(
    entries: Sequence[Written], heads: dict[str, tuple[int, bytes]]
) -> Iterator[tuple[Any, ...]]:
    for entry in entries:
        seq, prev = heads[entry.stream]
        seq += 1
        sha256 = entry.sha256(seq, prev)
        heads[entry.stream] = (seq, sha256)
        yield (
            entry.stream, seq, entry.id, entry.kind, entry.schema, entry.at, entry.actor,
            entry.data, entry.personal_sha256, prev, sha256,
        )  # fmt: skip


def _keep_personal(cursor: Any, entries: Sequence[Written]) -> None:
    kept = [(e.id, e.salt, e.personal) for e in entries if e.personal is not None]
    if not kept:
        return
    if len(kept) < FEWEST_TO_COPY:
        values = ", ".join(["(%s, %s, %s)"] * len(kept))
        cells = [cell for row in kept for cell in row]
        cursor.execute(
            f"INSERT INTO journal_personal (entry_id, salt, data) VALUES {values}", cells
        )
        return
    columns = {"entry_id": "uuid", "salt": "bytea", "data": "jsonb"}
    _copy(cursor, "journal_personal_staged", columns, iter(kept))
    cursor.execute(
        "INSERT INTO journal_personal (entry_id, salt, data)"
        " SELECT entry_id, salt, data FROM pg_temp.journal_personal_staged"
    )


def _copy(
    cursor: Any, table: str, columns: Mapping[str, str], rows: Iterator[tuple[Any, ...]]
) -> None:
    # PostgreSQL refuses COPY straight into a table with row security (store/staging.py).
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{table}")
    cursor.execute(f"CREATE TEMP TABLE {table} (line serial, {listed}) ON COMMIT DROP")
    with cursor.copy(f"COPY pg_temp.{table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
