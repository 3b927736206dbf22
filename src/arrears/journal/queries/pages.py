"""Pages of entries and statements, for screens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from django.db import connection

from arrears.journal.models import JournalStatement
from arrears.journal.streams import Stream
from arrears.journal.verifier.hashing import key_id, parsed
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, views
from arrears.store.transactions import transaction


@dataclass(frozen=True, slots=True)
class EntryView:
    """An entry as a reader sees it.

    Parameters
    ----------
    personal
        Its personal data; None if it has none or it was erased.
    personal_state
        none, kept or erased.
    seal
        The statement that covers it; None while none does.
    """

    id: UUID
    stream: str
    seq: int
    kind: str
    at: datetime
    actor: str
    data: dict[str, Any]
    sha256: str
    personal: dict[str, Any] | None
    personal_state: Literal["none", "kept", "erased"]
    seal: int | None


@dataclass(frozen=True, slots=True)
class SealView:
    """A signed statement: a seal, or what befell the keys and the journal.

    Parameters
    ----------
    day, root
        Of a seal; None for the others.
    sha256
        Hash of the statement, hexadecimal: what is published.
    """

    number: int
    kind: str
    at: datetime
    day: date | None
    count: int
    root: str | None
    sha256: str
    key_id: str
    told: dict[str, Any]


READ: Final = "journal.read"
_ENTRIES: Final = """
SELECT e.id, e.stream, e.seq, e.kind, e.at, e.actor, e.data, encode(e.sha256, 'hex') AS sha256,
  p.data AS personal,
  CASE WHEN e.personal_sha256 IS NULL THEN 'none' WHEN p.data IS NULL THEN 'erased' ELSE 'kept'
  END AS personal_state,
  (SELECT min(s.number) FROM journal_statement s WHERE s.kind = 'seal' AND s.cut >= e.position)
    AS seal
FROM journal_entry e LEFT JOIN journal_personal p ON p.entry_id = e.id
"""


def page_of(
    where: str, order: str, parameters: Sequence[Any], number: int, size: int
) -> Page[EntryView]:
    """A page of the entries ``e`` that a condition picks."""
    limit, offset = bounded(number, size)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM journal_entry e {where}", parameters)
        (total,) = cursor.fetchone()
    rows = views_of(where, order, parameters, limit, offset)
    return Page(rows=rows, total=total, number=number, size=size)


def views_of(
    where: str, order: str, parameters: Sequence[Any], limit: int, offset: int
) -> tuple[EntryView, ...]:
    """The entries ``e`` that a condition picks, as readers see them."""
    return views(
        _view, f"{_ENTRIES} {where} ORDER BY {order} LIMIT %s OFFSET %s",
        [*parameters, limit, offset],
    )  # fmt: skip


def _view(data: Any, personal: Any, **columns: Any) -> EntryView:
    # Django's cursors hand jsonb over as text.
    return EntryView(
        data=parsed(data) if isinstance(data, str) else data,
        personal=parsed(personal) if isinstance(personal, str) else personal,
        **columns,
    )


def entries_of(actor: Actor, stream: Stream, number: int = 1, size: int = 50) -> Page[EntryView]:
    """The entries of a stream, newest first; needs ``journal.read``."""
    actor.require(READ)
    with transaction(actor):
        return page_of("WHERE e.stream = %s", "e.seq DESC", [stream.name], number, size)


def entries(actor: Actor, number: int = 1, size: int = 50, kind: str | None = None
) -> Page[EntryView]:  # fmt: skip
    """The entries of all streams, newest first; ``kind`` narrows them: ``cases`` or in full."""
    actor.require(READ)
    with transaction(actor):
        if kind is None:
            return page_of("", "e.position DESC", [], number, size)
        where = "WHERE (e.kind = %s OR starts_with(e.kind, %s))"
        return page_of(where, "e.position DESC", [kind, f"{kind}."], number, size)


def statements(actor: Actor, number: int = 1, size: int = 50) -> Page[SealView]:
    """Seals and other signed statements, newest first."""
    actor.require(READ)
    limit, offset = bounded(number, size)
    with transaction(actor):
        total = JournalStatement.objects.count()
        rows = JournalStatement.objects.order_by("-number")[offset : offset + limit]
        found = tuple(
            SealView(
                number=row.number,
                kind=row.kind,
                at=row.at,
                day=row.day,
                count=row.count,
                root=None if row.root is None else bytes(row.root).hex(),
                sha256=bytes(row.sha256).hex(),
                key_id=row.key_id,
                told=parsed(row.statement),
            )
            for row in rows
        )
    return Page(rows=found, total=total, number=number, size=size)


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key that the journal was or is sealed with.

    Parameters
    ----------
    public_key
        32 bytes, hexadecimal.
    since
        The number of the statement that brought it in.
    lost_before
        Whether it came because the key before it was lost.
    """

    id: str
    public_key: str
    since: int
    at: datetime
    lost_before: bool


def keys_known(actor: Actor) -> tuple[KeyView, ...]:
    """The journal's keys in the order in which they came into force; the last one is in force."""
    actor.require(READ)
    with transaction(actor):
        rows = JournalStatement.objects.filter(kind__in=["key", "rotation", "lost"])
        return tuple(
            KeyView(
                id=key_id(bytes.fromhex(told["public_key"])),
                public_key=told["public_key"],
                since=row.number,
                at=row.at,
                lost_before=row.kind == "lost",
            )
            for row in rows.order_by("number")
            for told in [parsed(row.statement)]
        )
