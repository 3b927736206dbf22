"""Reads of exports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from arrears.cases.exports.models import Export
from arrears.people.access import may, require_any
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded
from arrears.store.transactions import transaction

NEEDS = ("cases.export", "people.export", "exports.approve")


@dataclass(frozen=True, slots=True)
class ExportView:
    """An export as its asker and its approvers see it; ``own``: the reader asked for it."""

    id: UUID
    kind: str
    form: str
    reason: str
    rows: int
    state: str
    asked_by: str
    role: str
    asked_at: datetime
    expires_at: datetime
    decided_by: str | None
    fetched_at: datetime | None
    file_sha256: str | None
    own: bool
    expired: bool


def exports(actor: Actor, number: int = 1, size: int = 50) -> Page[ExportView]:
    """One's own exports, and for approvers everybody's, newest first."""
    require_any(actor, NEEDS)
    limit, offset = bounded(number, size)
    with transaction(actor) as at:
        rows = Export.objects.order_by("-asked_at", "-id")
        if not may(actor, "approve", "exports"):
            rows = rows.filter(asked_by=actor.name)
        total = rows.count()
        found = tuple(_view(row, actor, at.now) for row in rows[offset : offset + limit])
    return Page(found, total, number, size)


def _view(row: Export, actor: Actor, now: datetime) -> ExportView:
    names = (
        "id", "kind", "form", "reason", "rows", "state", "asked_by", "role", "asked_at",
        "expires_at", "decided_by", "fetched_at", "file_sha256",
    )  # fmt: skip
    return ExportView(
        **{name: getattr(row, name) for name in names},
        own=row.asked_by == actor.name,
        expired=row.state in ("asked", "approved") and row.expires_at <= now,
    )
