"""Batches in lists, and one in full with who is set aside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from arrears.kernel.errors import NotFound
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction

_BATCH: Final = """
SELECT b.id, b.kind, o.ref AS organisation, o.name AS organisation_name, b.reason,
  b.term_until_on, b.persons_count, b.set_aside_count, b.money::text AS money, b.digest,
  b.second_because::text AS second_because, b.state, b.previewed_by, b.previewed_at,
  b.expires_at, b.asked_by, b.asked_at, b.decided_by, b.decided_at, b.decision_reason,
  b.carried_out_by, b.carried_out_at, b.carried_out_count, b.undone_by, b.undone_at,
  b.undo_reason
FROM placements_batch b JOIN people_organisation o ON o.id = b.organisation_id
"""
_NEWEST: Final = f"{_BATCH} {{where}} ORDER BY b.previewed_at DESC, b.id LIMIT %s OFFSET %s"
_ASIDE: Final = """
FROM placements_batch_line l JOIN people_person p ON p.id = l.person_id
WHERE l.batch_id = %s AND (l.aside IS NOT NULL OR l.changed IS NOT NULL)
"""


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch of placements; ``money`` is ``[{currency, persons, overdue_minor}]``."""

    id: UUID
    kind: str
    organisation: str
    organisation_name: str
    reason: str
    term_until_on: date | None
    persons_count: int
    set_aside_count: int
    money: tuple[dict[str, Any], ...]
    digest: str
    second_because: tuple[str, ...]
    state: str
    previewed_by: str
    previewed_at: datetime
    expires_at: datetime
    asked_by: str | None
    asked_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    carried_out_by: str | None
    carried_out_at: datetime | None
    carried_out_count: int | None
    undone_by: str | None
    undone_at: datetime | None
    undo_reason: str | None


@dataclass(frozen=True, slots=True)
class AsideView:
    """A person set aside from a batch.

    Parameters
    ----------
    reason, detail
        A key of ``words.ASIDE``, and which hold, product or agency it is about.
    changed
        Whether they were set aside only as the batch was carried out.
    """

    person_id: UUID
    person_ref: str
    reason: str
    detail: str | None
    changed: bool


def batches(
    actor: Actor, state: str | None = None, number: int = 1, size: int = 50
) -> Page[BatchView]:
    """A page of batches, the newest first; needs ``placements.read``."""
    actor.require("placements.read")
    limit, offset = bounded(number, size)
    where, given = ("WHERE b.state = %s", [state]) if state is not None else ("", [])
    with transaction(actor):
        total = select(f"SELECT count(*) AS n FROM placements_batch b {where}", given)[0]["n"]
        rows = select(_NEWEST.format(where=where), [*given, limit, offset])
    return Page(tuple(_view(row) for row in rows), total, number, size)


def batch(actor: Actor, batch_id: UUID) -> BatchView:
    """One batch; needs ``placements.read``; raises NotFound if there is none one may see."""
    actor.require("placements.read")
    with transaction(actor):
        rows = select(f"{_BATCH} WHERE b.id = %s", [batch_id])
    if not rows:
        raise NotFound("there is no such batch", key=batch_id)
    return _view(rows[0])


def set_aside_of(actor: Actor, batch_id: UUID, number: int = 1, size: int = 50) -> Page[AsideView]:
    """Who is set aside from a batch, by reference; needs ``placements.read``."""
    actor.require("placements.read")
    limit, offset = bounded(number, size)
    with transaction(actor):
        total = select(f"SELECT count(*) AS n {_ASIDE}", [batch_id])[0]["n"]
        rows = views(
            AsideView,
            "SELECT p.id AS person_id, p.person_ref, coalesce(l.changed, l.aside) AS reason,"
            f" l.aside_detail AS detail, l.changed IS NOT NULL AS changed {_ASIDE}"
            " ORDER BY p.person_ref, p.id LIMIT %s OFFSET %s",
            [batch_id, limit, offset],
        )
    return Page(rows, total, number, size)


def _view(row: dict[str, Any]) -> BatchView:
    read = {name: tuple(json.loads(row[name])) for name in ("money", "second_because")}
    return BatchView(**(row | read))
