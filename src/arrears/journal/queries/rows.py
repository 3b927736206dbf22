"""Entries and statements as the journal's exports and its verifier know them: plain JSON."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from arrears.journal.models import JournalStatement
from arrears.journal.verifier.hashing import Json, parsed

# Text throughout: COPY hands it over as it is, and a hash is written in hexadecimal anyway.
COLUMNS: Final = """
e.position, e.stream, e.seq, e.id, e.kind, e.schema,
to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, e.actor, e.data::text,
encode(e.personal_sha256, 'hex'), encode(e.prev_sha256, 'hex'), encode(e.sha256, 'hex')
"""
PERSONAL: Final = ", encode(p.salt, 'hex'), p.data::text"
NO_PERSONAL: Final = ", NULL, NULL"
JOINED: Final = "journal_entry e LEFT JOIN journal_personal p ON p.entry_id = e.id"


@dataclass(frozen=True, slots=True)
class Row:
    """An entry, its position, and its personal data where that was asked for and is there."""

    position: int
    entry: Json
    personal: Json | None

    @classmethod
    def of(cls, columns: Sequence[Any]) -> Row:
        """From the columns of :data:`COLUMNS`."""
        (position, stream, seq, entry_id, kind, schema, at, actor, data, hashed, prev, sha256,
         salt, personal) = columns  # fmt: skip
        entry = {
            "stream": stream,
            "seq": int(seq),
            "id": str(entry_id),
            "kind": kind,
            "schema": int(schema),
            "at": at,
            "actor": actor,
            "data": parsed(data),
            "personal_sha256": hashed,
            "prev_sha256": prev,
            "sha256": sha256,
        }
        kept = None if personal is None else {"salt": salt, "data": parsed(personal)}
        return cls(int(position), entry, kept)


def by_position(where: str, parameters: Sequence[Any], *, personal: bool) -> Iterator[Row]:
    """Entries in the order in which they were written, as a stream.

    No other query may run on this connection until it has ended.
    """
    told, source = (PERSONAL, JOINED) if personal else (NO_PERSONAL, "journal_entry e")
    sql = f"SELECT {COLUMNS}{told} FROM {source} WHERE {where} ORDER BY e.position"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY ({sql}) TO STDOUT", tuple(parameters) or None) as copy,
    ):
        for columns in copy.rows():
            yield Row.of(columns)


def by_stream(streams: Sequence[str], *, personal: bool, batch: int = 1000) -> Iterator[list[Row]]:
    """Entries of some streams, stream by stream, in batches."""
    told, source = (PERSONAL, JOINED) if personal else (NO_PERSONAL, "journal_entry e")
    sql = (
        f"SELECT {COLUMNS}{told} FROM {source} WHERE e.stream = %s AND e.seq > %s"
        " ORDER BY e.seq LIMIT %s"
    )
    for stream in streams:
        after = 0
        while True:
            with connection.cursor() as cursor:
                cursor.execute(sql, [stream, after, batch])
                rows = [Row.of(columns) for columns in cursor.fetchall()]
            if not rows:
                break
            yield rows
            after = rows[-1].entry["seq"]


@dataclass(frozen=True, slots=True)
class SealedRange:
    """A seal by what it says itself: its number, day, and the last position it covers."""

    number: int
    day: str
    cut: int
    count: int


class Seals:
    """The statements of a journal, and which seal covers which position."""

    def __init__(self, statements: Sequence[tuple[Json, str]]) -> None:
        self.statements = statements
        self.all = [
            SealedRange(told["number"], told["day"], told["cut"], told["count"])
            for told, _ in statements
            if told["kind"] == "seal"
        ]
        self._cuts = [seal.cut for seal in self.all]

    @classmethod
    def read(cls) -> Seals:
        """Those that are there now."""
        rows = JournalStatement.objects.order_by("number").values_list("statement", "signature")
        return cls([(parsed(text), bytes(signature).hex()) for text, signature in rows.iterator()])

    @property
    def cut(self) -> int:
        """The last position that is covered."""
        return self._cuts[-1] if self._cuts else 0

    def of(self, position: int) -> SealedRange | None:
        """The seal that covers a position; None if none does yet."""
        found = bisect_left(self._cuts, position)
        return self.all[found] if found < len(self.all) else None

    def before(self, seal: SealedRange) -> int:
        """The last position covered before a seal."""
        found = self.all.index(seal)
        return self._cuts[found - 1] if found else 0
