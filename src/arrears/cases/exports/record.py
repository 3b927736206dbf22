"""Entries of the journal as a list that may leave, by the rules of every export.

What verifies itself (proofs, seals, signature) is ``arrears journal export``; this is for reading.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from arrears.cases.exports.files import Cell
from arrears.cases.exports.lists import Listed, Table, Which, register
from arrears.journal.queries import EntryFilter, all_found, newest_position
from arrears.kernel.errors import BadInput
from arrears.people.access.records import entry_seen
from arrears.store.actor import Actor
from arrears.store.pages import select
from arrears.store.transactions import transaction

RECORD: Final = "record"
MOST_ENTRIES: Final = 5000
_COLUMNS: Final = ("at", "kind", "actor", "stream", "seq", "seal", "data", "sha256")


def kept_filter(which: EntryFilter) -> dict[str, Any]:
    """A filter as plain JSON."""
    return {
        "streams": None if which.streams is None else list(which.streams),
        "from_at": None if which.from_at is None else which.from_at.isoformat(),
        "until_at": None if which.until_at is None else which.until_at.isoformat(),
        "kind": which.kind,
        "upto": which.upto,
    }


def _filter_of(which: Which) -> EntryFilter:
    known = {field.name for field in fields(EntryFilter)}
    if set(which) - known:
        raise BadInput(
            "there is no such filter of the journal",
            expected=", ".join(sorted(known)),
            found=", ".join(sorted(set(which) - known))[:200],
        )
    streams = which.get("streams")
    return EntryFilter(
        streams=None if streams is None else tuple(streams),
        from_at=_instant(which.get("from_at")),
        until_at=_instant(which.get("until_at")),
        kind=which.get("kind"),
        upto=which.get("upto"),
    )


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _kept(which: Which) -> dict[str, Any]:
    """With the newest entry of now: asking is itself on record, and must not change the list."""
    asked = _filter_of(which)
    return kept_filter(replace(asked, upto=asked.upto or newest_position()))


def _listed(actor: Actor, which: Which, most: int) -> tuple[int, str]:
    limit = min(most, MOST_ENTRIES)
    found = all_found(actor, _filter_of(which), limit + 1)
    if not 1 <= len(found) <= limit:
        raise BadInput(
            "this is no list to export",
            expected=f"1 to {limit} entries",
            found=f"more than {limit}" if found else "nothing",
            remedy="narrow it by person, day or kind" if found else "look for what is there",
        )
    return len(found), hashlib.sha256(
        "\n".join(entry.sha256 for entry in found).encode()
    ).hexdigest()


def _table(actor: Actor, which: Which) -> Table:
    found = all_found(actor, _filter_of(which), MOST_ENTRIES)
    about = _persons(actor, {entry.stream for entry in found})
    rows: list[tuple[Cell, ...]] = []
    for entry in found:
        seen = entry_seen(actor, replace(entry, personal=None), about.get(entry.stream))
        data = json.dumps(seen.data, ensure_ascii=False, sort_keys=True)
        at = entry.at.isoformat(timespec="seconds")
        told = (at, entry.kind, entry.actor, entry.stream, entry.seq, entry.seal, data)
        rows.append((*told, entry.sha256))
    return _COLUMNS, rows, list(dict.fromkeys(about.values()))


def _persons(actor: Actor, streams: Iterable[str]) -> dict[str, UUID]:
    """Whom each stream is about; the house's is about nobody."""
    found, cases = {}, {}
    for stream in sorted(streams):
        kind, _, key = stream.partition(":")
        if kind == "person":
            found[stream] = UUID(key)
        elif kind == "case":
            cases[UUID(key)] = stream
    with transaction(actor):
        sql = "SELECT id, person_id FROM cases_case WHERE id = ANY(%s) ORDER BY id"
        rows = select(sql, [list(cases)])
    return found | {cases[row["id"]]: row["person_id"] for row in rows}


register(RECORD, Listed("journal.export", _kept, _listed, _table))
