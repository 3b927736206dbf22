"""What waits, what went, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count

from arrears.contacts.models import HandOver, Message
from arrears.contacts.states import MESSAGE
from arrears.contacts.texts import kept_text
from arrears.kernel.errors import BadInput
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded
from arrears.store.transactions import transaction

READ: Final = "messages.read"


@dataclass(frozen=True, slots=True)
class MessageLine:
    """A message in the queue, or what became of it; without its text."""

    id: UUID
    person_ref: str
    template: str
    channel: str
    purpose: str
    because: str
    state: str
    due_at: datetime
    until_at: datetime
    tries: int
    refused_by: tuple[str, ...]
    ended_at: datetime | None
    ended_because: str | None


@dataclass(frozen=True, slots=True)
class HandOverView:
    """A message as it went."""

    id: UUID
    message_id: UUID
    channel: str
    carrier: str
    handed_at: datetime
    state: str
    delivered_at: datetime | None
    opened_at: datetime | None
    trouble: str | None
    verdict_id: UUID
    subject: str
    body: str


def list_messages(
    actor: Actor,
    *,
    state: str | None = None,
    person_ref: str | None = None,
    number: int = 1,
    size: int = 50,
) -> Page[MessageLine]:
    """Messages, the newest first; needs ``messages.read``.

    Raises
    ------
    BadInput
        If there is no such state.
    """
    actor.require(READ)
    if state is not None and state not in MESSAGE.states:
        raise BadInput("unknown state", expected=", ".join(MESSAGE.states), found=state[:50])
    limit, offset = bounded(number, size)
    with transaction(actor):
        rows = Message.objects.select_related("person")
        if state is not None:
            rows = rows.filter(state=state)
        if person_ref is not None:
            rows = rows.filter(person__person_ref=person_ref)
        found = rows.order_by("-queued_at", "id")[offset : offset + limit]
        lines = tuple(_line(row) for row in found)
        return Page(lines, rows.count(), number, size)


def hand_overs(actor: Actor, person_ref: str) -> tuple[HandOverView, ...]:
    """What a person was sent, exactly as it went, the newest first; 200 at most.

    Whoever shows it to somebody puts the look on record (``people.access.actions.note_read``).
    """
    actor.require(READ)
    with transaction(actor):
        rows = HandOver.objects.filter(person__person_ref=person_ref)
        return tuple(_as_it_went(row) for row in rows.order_by("-handed_at", "id")[:200])


def counts(actor: Actor) -> dict[str, int]:
    """How many messages are in each state."""
    actor.require(READ)
    with transaction(actor):
        grouped = Message.objects.values("state").annotate(n=Count("id")).order_by("state")
        found = {row["state"]: row["n"] for row in grouped}
    return {state: found.get(state, 0) for state in MESSAGE.states}


def _line(row: Message) -> MessageLine:
    return MessageLine(
        row.id, row.person.person_ref, row.template_id, row.channel, row.purpose, row.because,
        row.state, row.due_at, row.until_at, row.tries, tuple(row.refused_by), row.ended_at,
        row.ended_because,
    )  # fmt: skip


def _as_it_went(row: HandOver) -> HandOverView:
    assert row.verdict_id is not None  # the database demands it
    subject, body = kept_text(row.id, row.text_sealed)
    return HandOverView(
        row.id, row.message_id, row.channel, row.carrier, row.handed_at, row.state,
        row.delivered_at, row.opened_at, row.trouble, row.verdict_id, subject, body,
    )  # fmt: skip
