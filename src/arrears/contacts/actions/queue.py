"""Queue a message, or let go of what waits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from arrears.conduct.actions.named import person_named
from arrears.conduct.events import HoldOpened
from arrears.contacts.models import Message, Template
from arrears.contacts.states import MESSAGE
from arrears.contacts.wording.terms import carriers
from arrears.journal.actions import Entry, of_person, record, record_many
from arrears.kernel.errors import BadInput, NotFound
from arrears.kernel.ids import named
from arrears.store.commands import Result, command
from arrears.store.transactions import At

LOCAL: Final = "local_inbox"


def queue_message(
    at: At,
    person_id: UUID,
    *,
    key: str,
    template: Template,
    channel: str,
    because: str,
    due_at: datetime,
    until_at: datetime,
    carrier: str = LOCAL,
    loan_ids: Sequence[UUID] = (),
) -> tuple[UUID, bool]:
    """Let a message wait for its hand-over; the same key of the same person is queued once.

    Parameters
    ----------
    key
        What it is about: treatment and day, a request. Part of its name-based id.
    because
        Which treatment and rule, or who asked.
    due_at, until_at
        It goes within ``[due_at, until_at)`` or not at all.

    Returns
    -------
    tuple[UUID, bool]
        Its id, and whether it was queued just now.
    """
    message_id = named("message", str(person_id), key)
    message, made = Message.objects.get_or_create(
        person_id=person_id,
        key=key,
        defaults={
            "id": message_id, "template": template, "channel": channel, "carrier": carrier,
            "purpose": template.purpose, "reason": template.reason, "loan_ids": list(loan_ids),
            "because": because, "asked_by": at.actor.name, "queued_at": at.now,
            "due_at": due_at, "until_at": until_at, "state": MESSAGE.initial,
        },
    )  # fmt: skip
    if made:
        record(at, of_person(person_id), "contacts.message_queued", told(message))
    return message.id, made


@command("message.queue", permission="messages.send")
def queue_by_hand(
    at: At, *, person_ref: str, template: str, channel: str, key: str, until_at: datetime
) -> Result:
    """Queue one message that somebody asks for; the gate decides it when it is handed over.

    Raises
    ------
    NotFound
        If person or template is unknown.
    BadInput
        If nobody carries the channel, or the end has passed.
    """
    kept = Template.objects.filter(ref=template).first()
    if kept is None:
        raise NotFound("there is no such template", key=template[:100])
    if channel not in carriers()[LOCAL].channels:
        raise BadInput("nobody carries this channel", found=channel[:50],
                       expected=", ".join(carriers()[LOCAL].channels))  # fmt: skip
    if until_at <= at.now:
        raise BadInput("the message would come too late", expected=f"an end after {at.now}",
                       found=str(until_at))  # fmt: skip
    message_id, made = queue_message(
        at, person_named(person_ref), key=f"hand:{key}"[:120], template=kept, channel=channel,
        because=f"asked by {at.actor.name}", due_at=at.now, until_at=until_at,
    )  # fmt: skip
    return {"message_id": message_id, "queued": made}


@command("message.cancel", permission="messages.send")
def cancel_message(at: At, *, message_id: UUID, reason: str) -> Result:
    """Let go of a message that still waits.

    Raises
    ------
    NotFound
        If there is none.
    IllegalTransition
        If it was handed over already, or has ended.
    BadInput
        If no reason is given.
    """
    if not reason.strip():
        raise BadInput("cancelling needs a reason", expected="why it should not go")
    message = Message.objects.select_for_update().filter(id=message_id).first()
    if message is None:
        raise NotFound("there is no such message", key=message_id)
    MESSAGE.step(message.state, "cancel")
    _end(at, [message], f"by hand: {reason.strip()[:500]}")
    return {"state": "cancelled"}


def let_go(at: At, happened: HoldOpened) -> None:
    """A hold stops what waits within its scope and collects; what serves goes on (V3).

    A message about all loans of the person goes with a hold on one of them: its text names them.
    """
    waiting = _waiting().filter(person_id=happened.person_id, purpose="collect")
    if happened.channel is not None:
        waiting = waiting.filter(channel=happened.channel)
    found = [
        message
        for message in waiting
        if happened.loan_id is None or not message.loan_ids or happened.loan_id in message.loan_ids
    ]
    _end(at, found, f"hold: {happened.kind}")


def let_go_of_cured(at: At, person_ids: Sequence[UUID]) -> int:
    """Nothing is overdue any more: reminders that wait are needless (V4). Returns how many."""
    found = list(_waiting().filter(person_id__in=list(person_ids), purpose="collect"))
    _end(at, found, "cured")
    return len(found)


def told(message: Message) -> dict[str, object]:
    """What the journal keeps of a message."""
    return {
        "message": str(message.id),
        "template": message.template_id,
        "channel": message.channel,
        "purpose": message.purpose,
        "because": message.because,
        "due_at": message.due_at.isoformat(),
        "until_at": message.until_at.isoformat(),
    }


def _waiting() -> QuerySet[Message]:
    return Message.objects.select_for_update().filter(state="queued").order_by("id")


def _end(at: At, messages: Sequence[Message], because: str) -> None:
    if not messages:
        return
    for message in messages:
        message.state = MESSAGE.step(message.state, "cancel")
        message.ended_at, message.ended_because = at.now, because
    Message.objects.bulk_update(messages, ["state", "ended_at", "ended_because"])
    record_many(
        at,
        [
            Entry(of_person(each.person_id), "contacts.message_cancelled",
                  {"message": str(each.id), "because": because})
            for each in messages
        ],
    )  # fmt: skip
