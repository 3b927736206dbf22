"""One entry with its neighbours, the entries of a span of time, and statements to publish."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from arrears.journal.models import JournalStatement
from arrears.journal.queries.pages import READ, EntryView, page_of, views_of
from arrears.kernel.errors import NotFound
from arrears.kernel.ids import uuid7
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded
from arrears.store.transactions import transaction


@dataclass(frozen=True, slots=True)
class EntryDetail:
    """An entry whole, and where it stands in its chain.

    Parameters
    ----------
    schema
        Version of the shape of its data.
    prev_sha256
        Hash of the entry before it, or of the stream's name for the first.
    personal_sha256
        Hash over salt and personal data; None if it never had any.
    previous_id, following_id
        Its neighbours; None at either end.
    """

    entry: EntryView
    schema: int
    prev_sha256: str
    personal_sha256: str | None
    previous_id: UUID | None
    following_id: UUID | None


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement as it is published: the text that was signed, its hash and the signature."""

    number: int
    statement: str
    sha256: str
    signature: str


_AROUND: Final = """
SELECT e.schema, encode(e.prev_sha256, 'hex'), encode(e.personal_sha256, 'hex'),
  (SELECT b.id FROM journal_entry b WHERE b.stream = e.stream AND b.seq = e.seq - 1),
  (SELECT a.id FROM journal_entry a WHERE a.stream = e.stream AND a.seq = e.seq + 1)
FROM journal_entry e WHERE e.id = %s
"""


def entry(actor: Actor, entry_id: UUID) -> EntryDetail:
    """One entry.

    Raises
    ------
    NotFound
        If there is no such entry.
    """
    actor.require(READ)
    with transaction(actor):
        found = views_of("WHERE e.id = %s", "e.position", [entry_id], 1, 0)
        if not found:
            raise NotFound("there is no such journal entry", key=str(entry_id))
        with connection.cursor() as cursor:
            cursor.execute(_AROUND, [entry_id])
            return EntryDetail(found[0], *cursor.fetchone())


def entries_between(
    actor: Actor,
    from_at: datetime,
    until_at: datetime,
    number: int = 1,
    size: int = 50,
    kind: str | None = None,
) -> Page[EntryView]:
    """The entries made in ``[from_at, until_at)``, newest first; to the millisecond."""
    actor.require(READ)
    # Ids begin with the instant of their entry, and there is an index on them.
    where = "WHERE e.id >= %s AND e.id < %s"
    parameters: list[object] = [uuid7(from_at, 0), uuid7(until_at, 0)]
    if kind is not None:
        where += " AND (e.kind = %s OR starts_with(e.kind, %s))"
        parameters += [kind, f"{kind}."]
    with transaction(actor):
        return page_of(where, "e.position DESC", parameters, number, size)


def signed_statements(
    actor: Actor, before: int | None = None, size: int = 200
) -> tuple[Signed, ...]:
    """Statements to publish, newest first; ``before`` goes on from a number of an earlier page."""
    actor.require(READ)
    limit, _ = bounded(1, size)
    with transaction(actor):
        rows = JournalStatement.objects.order_by("-number")
        if before is not None:
            rows = rows.filter(number__lt=before)
        return tuple(
            Signed(row.number, row.statement, bytes(row.sha256).hex(), bytes(row.signature).hex())
            for row in rows[:limit]
        )
