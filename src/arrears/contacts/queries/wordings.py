"""Wordings and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from arrears.contacts.models import Wording
from arrears.contacts.wording.lint import Draft, Finding, lint
from arrears.kernel.errors import NotFound
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

MOST: Final = 500
READ: Final = "wordings.read"


@dataclass(frozen=True, slots=True)
class WordingLine:
    """A version of a wording; of each place the newest first."""

    id: UUID
    template: str
    about_en: str
    about_zh: str
    channel: str
    language: str
    number: int
    subject: str
    body: str
    jurisdictions: tuple[str, ...]
    carrier: str
    state: str
    made_by: str
    made_at: datetime
    proposed_by: str | None
    approved_by: str | None
    refused_because: str | None


def list_wordings(
    actor: Actor, *, template: str | None = None, state: str | None = None
) -> tuple[WordingLine, ...]:
    """Wordings by template, channel, language and version, 500 at most; needs ``wordings.read``."""
    actor.require(READ)
    with transaction(actor):
        rows = Wording.objects.select_related("template")
        if template is not None:
            rows = rows.filter(template_id=template)
        if state is not None:
            rows = rows.filter(state=state)
        ordered = rows.order_by("template_id", "channel", "language", "-number", "id")[:MOST]
        return tuple(_line(row) for row in ordered)


def findings(actor: Actor, wording_id: UUID) -> tuple[Finding, ...]:
    """What the check finds in a wording today.

    Raises
    ------
    NotFound
        If there is no such wording.
    """
    actor.require(READ)
    with transaction(actor) as at:
        row = Wording.objects.select_related("template").filter(id=wording_id).first()
        if row is None:
            raise NotFound("there is no such wording", key=wording_id)
        draft = Draft(
            row.channel, row.template.purpose, row.template.reason, row.language, row.subject,
            row.body, tuple(row.jurisdictions), row.carrier,
        )  # fmt: skip
        return lint(draft, at.now).findings


def _line(row: Wording) -> WordingLine:
    return WordingLine(
        row.id, row.template_id, row.template.about_en, row.template.about_zh, row.channel,
        row.language, row.number, row.subject, row.body, tuple(row.jurisdictions), row.carrier,
        row.state, row.made_by, row.made_at, row.proposed_by, row.approved_by,
        row.refused_because,
    )  # fmt: skip
