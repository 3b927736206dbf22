"""Keep what carriers answer and report: each answer once, in any order, never twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from arrears.conduct.actions.closing import close_contact
from arrears.contacts.channels.port import Answer
from arrears.contacts.models import HandOver, Message, Report
from arrears.contacts.rules.waiting import Later, after_not_taken
from arrears.contacts.states import HAND_OVER, MESSAGE
from arrears.journal.actions import of_person, record
from arrears.kernel.errors import BadInput
from arrears.kernel.ids import uuid7
from arrears.store.actor import Actor
from arrears.store.commands import Result, command
from arrears.store.transactions import At, transaction

DOUBT_AFTER: Final = timedelta(minutes=15)
KINDS: Final = ("delivered", "bounced", "opened")
_EVENT: Final = {"accepted": "accept", "denied": "deny", "unknown": "doubt"}


def settle(actor: Actor, hand_overs: Sequence[UUID], answers: Mapping[UUID, Answer]) -> None:
    """Keep a carrier's answers; a hand-over without one is in doubt."""
    for hand_over_id in sorted(hand_overs):
        with transaction(actor) as at:
            row = _locked(hand_over_id)
            answer = answers.get(hand_over_id, Answer("unknown", trouble="no answer"))
            if row is not None and row.state in ("handed_over", "in_doubt"):
                _answered(at, row, answer)


def doubt_abandoned(actor: Actor) -> int:
    """What was handed over by a worker that died is in doubt; returns how many."""
    with transaction(actor) as at:
        rows = HandOver.objects.select_for_update(skip_locked=True).filter(
            state="handed_over", handed_at__lt=at.now - DOUBT_AFTER
        )
        found = list(rows.order_by("id")[:500])
        for row in found:
            _answered(at, row, Answer("unknown", trouble="the worker ended"))
        return len(found)


@command("message.reported", permission="messages.report")
def take_report(
    at: At,
    *,
    carrier: str,
    report_ref: str,
    kind: str,
    hand_over: UUID | None,
    carrier_ref: str | None,
    happened_at: datetime | None,
    told: Mapping[str, Any],
) -> Result:
    """Keep what a carrier reports of a message, and what follows from it.

    A report about a message that we do not know is kept too. One that came before (same carrier
    and ``report_ref``) has no second effect; one that comes too late to matter says so.

    Parameters
    ----------
    kind
        ``delivered``, ``bounced`` or ``opened``.
    told
        Its fields, without numbers and texts.

    Raises
    ------
    BadInput
        If the kind is another.
    """
    if kind not in KINDS:
        raise BadInput("unknown kind of report", expected=", ".join(KINDS), found=kind[:50])
    before = Report.objects.filter(carrier=carrier, report_ref=report_ref).first()
    if before is not None:
        return {"effect": before.effect, "repeated": True}
    row = _reported(carrier, hand_over, carrier_ref)
    effect = "unknown_message" if row is None else _effect(at, row, kind)
    Report.objects.create(
        id=uuid7(at.now), carrier=carrier, report_ref=report_ref, hand_over=row, kind=kind,
        happened_at=happened_at, received_at=at.now, told=dict(told), effect=effect,
    )  # fmt: skip
    return {"effect": effect, "repeated": False}


def _effect(at: At, row: HandOver, kind: str) -> str:
    if kind == "opened":
        if row.opened_at is None:
            row.opened_at = at.now
            row.save(update_fields=["opened_at"])
        return "opened"
    event = {"delivered": "deliver", "bounced": "bounce"}[kind]
    if (row.state, event) not in HAND_OVER.table:
        return "no_change"
    _step(at, row, event, delivered_at=at.now if kind == "delivered" else row.delivered_at)
    if row.message.state == "handed_over":
        _message(at, row.message, "settle")
    return row.state


def _answered(at: At, row: HandOver, answer: Answer) -> None:
    event = _EVENT[answer.verdict]
    if row.state == "in_doubt" and event == "doubt":
        return  # still not known
    if event == "accept" and answer.delivered:
        event = "deliver"
    _step(
        at, row, event, answered_at=at.now, carrier_ref=answer.ref,
        trouble=None if answer.trouble is None else answer.trouble[:200],
        delivered_at=at.now if event == "deliver" else None,
    )  # fmt: skip
    if event == "deny":
        _not_taken(at, row, answer)
    elif event != "doubt":
        _message(at, row.message, "settle")


def _not_taken(at: At, row: HandOver, answer: Answer) -> None:
    """It surely did not go: the contact counts no more, and the message may be tried again."""
    close_contact(at, row.contact_id, made=False)
    message = row.message
    message.tries += 1
    next_ = after_not_taken(at.now, message.tries, message.until_at, permanent=answer.permanent)
    if isinstance(next_, Later):
        message.due_at, message.claimed_at = next_.due_at, None
        _message(at, message, "free", "tries", "due_at", "claimed_at")
    else:
        message.ended_at, message.ended_because = at.now, next_.because
        _message(at, message, "give_up", "tries", "ended_at", "ended_because")


def _step(at: At, row: HandOver, event: str, **changed: Any) -> None:
    row.state = HAND_OVER.step(row.state, event)
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *changed])
    if event in ("deliver", "bounce"):
        close_contact(at, row.contact_id, made=True)
    record(
        at,
        of_person(row.person_id),
        f"contacts.{row.state}",
        {"hand_over": str(row.id), "message": str(row.message_id), "trouble": row.trouble},
    )


def _message(at: At, message: Message, event: str, *changed: str) -> None:
    message.state = MESSAGE.step(message.state, event)
    if event == "settle":
        message.ended_at, changed = at.now, (*changed, "ended_at")
    message.save(update_fields=["state", *changed])


def _locked(hand_over_id: UUID) -> HandOver | None:
    rows = HandOver.objects.select_for_update(of=("self", "message")).select_related("message")
    return rows.filter(id=hand_over_id).first()


def _reported(carrier: str, hand_over: UUID | None, carrier_ref: str | None) -> HandOver | None:
    rows = HandOver.objects.select_for_update(of=("self", "message")).select_related("message")
    rows = rows.filter(carrier=carrier)
    if hand_over is not None:
        return rows.filter(id=hand_over).first()
    return None if carrier_ref is None else rows.filter(carrier_ref=carrier_ref).first()
