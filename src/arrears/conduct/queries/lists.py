"""Verdicts and contacts, as frozen views; every list bounded."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from arrears.kernel.errors import NotFound
from arrears.store.actor import Actor
from arrears.store.pages import select, views
from arrears.store.transactions import transaction

View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What the gate answered; ``reasons`` and ``warnings`` have each rule in both languages."""

    id: UUID
    person_id: UUID
    act: str
    allowed: bool
    finding: bool
    decided_at: datetime
    expires_at: datetime
    purpose: str
    channel: str
    organisation: str
    jurisdictions: Sequence[str]
    rules_sha256: str
    facts: Mapping[str, Any]
    reasons: Sequence[Mapping[str, str]]
    warnings: Sequence[Mapping[str, str]]
    next_allowed_at: datetime | None
    actor: str


@dataclass(frozen=True, slots=True)
class ContactView:
    """An entry of the ledger; numbers are kept as hashes only, and not shown."""

    id: UUID
    person_id: UUID
    act: str
    purpose: str
    channel: str
    organisation: str
    initiator: str
    source: str
    started_at: datetime
    received_at: datetime
    automated: bool | None
    connected: bool | None
    conversation: bool | None
    duration_seconds: int | None
    closed_at: datetime | None
    dropped: bool
    verdict_id: UUID | None
    finding_id: UUID | None


_VERDICT: Final = """
SELECT v.id, v.person_id, v.act, v.allowed, v.finding, v.decided_at, v.expires_at, v.purpose,
  v.channel, v.organisation, v.jurisdictions, v.rules_sha256, v.facts::text AS facts,
  v.reasons::text AS reasons, v.warnings::text AS warnings, v.next_allowed_at, v.actor
FROM conduct_verdict v
"""
_CONTACTS: Final = """
SELECT k.id, k.person_id, k.act, k.purpose, k.channel, k.organisation, k.initiator, k.source,
  k.started_at, k.received_at, k.automated, k.connected, k.conversation, k.duration_seconds,
  k.closed_at, k.dropped, k.verdict_id, k.finding_id
FROM conduct_contact k WHERE k.person_id = %(person)s
ORDER BY k.started_at DESC, k.id DESC LIMIT 500
"""
_JSON: Final = ("facts", "reasons", "warnings")


def verdict(actor: Actor, verdict_id: UUID) -> VerdictView:
    """One verdict with its facts; needs ``cases.read``."""
    actor.require("cases.read")
    with transaction(actor):
        found = _views(VerdictView, _VERDICT + "WHERE v.id = %(id)s", {"id": verdict_id})
    if not found:
        raise NotFound("there is no such verdict", key=verdict_id)
    return found[0]


def verdicts_of(actor: Actor, person_id: UUID) -> tuple[VerdictView, ...]:
    """The newest 200 verdicts about a person, newest first; needs ``cases.read``."""
    actor.require("cases.read")
    where = "WHERE v.person_id = %(id)s ORDER BY v.decided_at DESC, v.id DESC LIMIT 200"
    with transaction(actor):
        return _views(VerdictView, _VERDICT + where, {"id": person_id})


def contacts_of(actor: Actor, person_id: UUID) -> tuple[ContactView, ...]:
    """The newest 500 contacts of a person, newest first; needs ``cases.read``."""
    actor.require("cases.read")
    with transaction(actor):
        return views(ContactView, _CONTACTS, {"person": person_id})


def rules_text(actor: Actor, sha256: str) -> str:
    """The rules that a verdict was given by, as they stood then; needs ``cases.read``."""
    actor.require("cases.read")
    with transaction(actor):
        rows = select("SELECT text FROM conduct_rules WHERE sha256 = %s", [sha256])
    if not rows:
        raise NotFound("no verdict was given by such rules", key=sha256)
    return str(rows[0]["text"])


def _views(view: Callable[..., View], sql: str, parameters: Mapping[str, Any]) -> tuple[View, ...]:
    rows = select(sql, parameters)
    for row in rows:
        for name in _JSON:
            if name in row:
                row[name] = json.loads(row[name])
    return tuple(view(**row) for row in rows)
