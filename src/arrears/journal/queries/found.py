"""Entries by stream, span of time and kind together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from arrears.journal.queries.pages import READ, EntryView, page_of, views_of
from arrears.kernel.ids import uuid7
from arrears.store.actor import Actor
from arrears.store.pages import Page
from arrears.store.transactions import transaction


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """Which entries; all that is given must fit.

    Parameters
    ----------
    streams
        By name; None: all.
    from_at, until_at
        Made in ``[from_at, until_at)``, to the millisecond; None: open.
    kind
        ``cases``, or in full ``cases.changed``; None: all.
    upto
        The last position that is looked at; None: all.
    """

    streams: tuple[str, ...] | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    kind: str | None = None
    upto: int | None = None

    def sql(self) -> tuple[str, list[object]]:
        """The condition on entries ``e``, and its parameters."""
        wanted: list[str] = []
        given: list[object] = []
        if self.streams is not None:
            wanted.append("e.stream = ANY(%s)")
            given.append(list(self.streams))
        # Ids begin with the instant of their entry, and there is an index on them.
        if self.from_at is not None:
            wanted.append("e.id >= %s")
            given.append(uuid7(self.from_at, 0))
        if self.until_at is not None:
            wanted.append("e.id < %s")
            given.append(uuid7(self.until_at, 0))
        if self.kind is not None:
            wanted.append("(e.kind = %s OR starts_with(e.kind, %s))")
            given += [self.kind, f"{self.kind}."]
        if self.upto is not None:
            wanted.append("e.position <= %s")
            given.append(self.upto)
        return f"WHERE {' AND '.join(wanted)}" if wanted else "", given


def entries_found(
    actor: Actor, which: EntryFilter, number: int = 1, size: int = 50
) -> Page[EntryView]:
    """The entries that fit, newest first; needs ``journal.read``."""
    actor.require(READ)
    where, given = which.sql()
    with transaction(actor):
        return page_of(where, "e.position DESC", given, number, size)


def all_found(actor: Actor, which: EntryFilter, most: int) -> tuple[EntryView, ...]:
    """The first entries that fit, in the order in which they were written; for exports."""
    actor.require(READ)
    where, given = which.sql()
    with transaction(actor):
        return views_of(where, "e.position", given, most, 0)


def newest_position() -> int:
    """The position of the newest entry; 0 before the first. Within a transaction with a scope."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(position), 0) FROM journal_entry")
        return int(cursor.fetchone()[0])
