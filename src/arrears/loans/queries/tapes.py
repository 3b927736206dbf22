"""What the lender handed in: the list of tapes, and one with its totals."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from arrears.kernel.errors import NotFound
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction


@dataclass(frozen=True, slots=True)
class TapeView:
    """A delivery; the counts are rows of all its tables."""

    id: UUID
    tape_ref: str
    kind: str
    form: str
    source: str
    book_on: date | None
    sequence: int | None
    made_at: datetime | None
    received_at: datetime
    book_version: int | None
    state: str
    received: int
    accepted: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many rows of a table were set aside for a reason, and how many still are."""

    table: str
    reason: str
    rows: int
    open_rows: int


@dataclass(frozen=True, slots=True)
class TapeDetail:
    """A delivery with all that was counted.

    Parameters
    ----------
    totals
        As ``book.totals.Totals.as_json`` writes them: ``tables`` → name → ``rows`` and
        ``money_minor`` by currency → received, accepted, set_aside, duplicates; ``reasons``.
    unknown_columns
        By table, the lender's own columns.
    unknown_codes
        By ``table.column``, rows by code.
    outcome
        What the mapping asked to count, each with ``name, rows, of, percent``.
    """

    tape: TapeView
    sha256: str
    totals: dict[str, Any]
    unknown_columns: dict[str, list[str]]
    unknown_codes: dict[str, dict[str, int]]
    outcomes: tuple[dict[str, Any], ...]
    reasons: tuple[ReasonCount, ...]


_TAPE = """
SELECT id, tape_ref, kind, form, source, book_on, sequence, made_at, received_at, book_version,
       state, sums.received, sums.accepted, sums.set_aside
FROM loans_tape, LATERAL (
  SELECT coalesce(sum((body->'rows'->>'received')::bigint), 0)::bigint AS received,
         coalesce(sum((body->'rows'->>'accepted')::bigint), 0)::bigint AS accepted,
         coalesce(sum((body->'rows'->>'set_aside')::bigint), 0)::bigint AS set_aside
  FROM jsonb_each(totals->'tables') AS part(name, body)) AS sums
"""
_REASONS = """
SELECT "table", reason, count(*) AS rows, count(*) FILTER (WHERE state = 'open') AS open_rows
FROM loans_set_aside WHERE tape_id = %s GROUP BY "table", reason
ORDER BY rows DESC, "table", reason LIMIT 500
"""


def tapes(
    actor: Actor, kinds: tuple[str, ...] = (), page: int = 1, size: int = 50
) -> Page[TapeView]:
    """A page of deliveries, the newest first; of some kinds only, or of all; ``data.read``.

    Kinds are ``full, delta, push, mend, recall``.
    """
    actor.require("data.read")
    limit, offset = bounded(page, size)
    where = "WHERE cardinality(%(kinds)s::text[]) = 0 OR kind = ANY(%(kinds)s)"
    given = {"kinds": list(kinds), "limit": limit, "offset": offset}
    with transaction(actor):
        total = select(f"SELECT count(*) AS total FROM loans_tape {where}", given)[0]["total"]
        order = "ORDER BY received_at DESC, id LIMIT %(limit)s OFFSET %(offset)s"
        return Page(views(TapeView, f"{_TAPE} {where} {order}", given), total, page, size)


def tape(actor: Actor, tape_id: UUID) -> TapeDetail:
    """One delivery; needs ``data.read``.

    Raises
    ------
    NotFound
        If there is none of that id.
    """
    actor.require("data.read")
    with transaction(actor):
        found = views(TapeView, f"{_TAPE} WHERE id = %s", [tape_id])
        if not found:
            raise NotFound("there is no such tape", key=tape_id)
        more = select(
            "SELECT sha256, totals, unknown_columns, unknown_codes, outcome FROM loans_tape"
            " WHERE id = %s",
            [tape_id],
        )[0]
        return TapeDetail(
            tape=found[0],
            sha256=more["sha256"],
            totals=json.loads(more["totals"]),
            unknown_columns=json.loads(more["unknown_columns"]),
            unknown_codes=json.loads(more["unknown_codes"]),
            outcomes=tuple(json.loads(more["outcome"]) or ()),
            reasons=views(ReasonCount, _REASONS, [tape_id]),
        )
