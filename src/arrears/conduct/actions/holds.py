"""Open and close holds: in force from the moment their transaction commits (V3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from arrears.conduct.actions.named import loans_named, person_named, required_text
from arrears.conduct.events import HoldClosed, HoldOpened
from arrears.conduct.locks import lock_subject
from arrears.conduct.models import CHANNELS, Contact, Hold, Standing
from arrears.conduct.rules.kinds import (
    CHANNEL_KINDS,
    HOLD_KINDS,
    HOLD_SOURCES,
    NUMBER_KINDS,
)
from arrears.journal.actions import of_person, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.store.commands import Result, command
from arrears.store.reactions import react
from arrears.store.sealed.keyed import key
from arrears.store.transactions import At

# What went out longer ago has been answered, or never will be.
OUT_SINCE: Final = timedelta(days=7)
MOST_LISTED: Final = 200


@command("hold.open", permission="holds.open")
def open_hold(
    at: At,
    *,
    person_ref: str,
    kind: str,
    source: str,
    reason: str,
    loan_ref: str | None = None,
    channel: str | None = None,
    number: str | None = None,
    part: str | None = None,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    evidence: str | None = None,
) -> Result:
    """Stop collecting from a person, within a scope; lists what had gone out before.

    It holds for ``[from_at, until_at)``: from now on, and until it is closed, if left out. Kinds
    and sources are those of ``rules.kinds``; ``part`` tells what of the loan is disputed. Raises
    NotFound for a person or loan that there is not, BadInput for what makes no sense.
    """
    _require_sense(kind, source, channel, number, part, loan_ref)
    return _open(
        at,
        Hold(
            id=uuid7(at.now),
            person_id=person_named(person_ref),
            kind=kind,
            loan_id=loans_named([loan_ref])[0] if loan_ref is not None else None,
            channel=channel,
            number_hmac=key().of_number(number) if number is not None else None,
            part=part,
            from_at=from_at or at.now,
            until_at=until_at,
            source=source,
            reason=required_text("the reason of a hold", reason),
            evidence=evidence,
            opened_by=at.actor.name,
            opened_at=at.now,
        ),
    )


def _open(at: At, hold: Hold) -> Result:
    if hold.until_at is not None and hold.until_at <= hold.from_at:
        raise BadInput(
            "a hold ends after it begins",
            expected=f"later than {hold.from_at}",
            found=str(hold.until_at),
        )
    subject_id = lock_subject(at, hold.person_id)
    hold.handed_over = _out(at, subject_id, hold.loan_id, hold.channel)
    hold.save(force_insert=True)
    record(
        at,
        of_person(hold.person_id),
        "conduct.hold_opened",
        {
            "hold": str(hold.id),
            "kind": hold.kind,
            "source": hold.source,
            "loan": None if hold.loan_id is None else str(hold.loan_id),
            "channel": hold.channel,
            "from_at": hold.from_at.isoformat(),
            "until_at": None if hold.until_at is None else hold.until_at.isoformat(),
            "handed_over": [entry["contact"] for entry in hold.handed_over],
        },
        personal={"reason": hold.reason, "part": hold.part, "evidence": hold.evidence},
    )
    react(at, HoldOpened(hold.id, hold.person_id, hold.kind, hold.loan_id, hold.channel))
    return {"hold_id": hold.id, "from_at": hold.from_at, "handed_over": hold.handed_over}


@command("hold.close", permission="holds.close")
def close_hold(at: At, *, hold_id: UUID, reason: str) -> Result:
    """End a hold, with the reason.

    Raises
    ------
    NotFound
        If there is no such hold.
    Conflict
        If it was closed before.
    """
    told = required_text("the reason for closing a hold", reason)
    found = Hold.objects.filter(id=hold_id).first()
    if found is None:
        raise NotFound("there is no such hold", key=hold_id)
    lock_subject(at, found.person_id)
    hold = Hold.objects.get(id=hold_id)
    if hold.closed_at is not None:
        raise Conflict(
            "the hold was closed before",
            found=f"closed {hold.closed_at:%Y-%m-%d %H:%M} UTC by {hold.closed_by}",
            key=hold_id,
        )
    hold.closed_at, hold.closed_by, hold.close_reason = at.now, at.actor.name, told
    hold.save(update_fields=["closed_at", "closed_by", "close_reason"])
    record(
        at,
        of_person(hold.person_id),
        "conduct.hold_closed",
        {"hold": str(hold.id), "kind": hold.kind},
        personal={"reason": told},
    )
    react(at, HoldClosed(hold.id, hold.person_id, hold.kind))
    return {"hold_id": hold.id, "closed_at": at.now}


def _require_sense(
    kind: str,
    source: str,
    channel: str | None,
    number: str | None,
    part: str | None,
    loan_ref: str | None,
) -> None:
    for name, given, known in (
        ("kind", kind, HOLD_KINDS),
        ("source", source, HOLD_SOURCES),
        ("channel", channel, CHANNELS),
    ):
        if given is not None and given not in known:
            raise BadInput(
                f"there is no such {name} of a hold",
                expected=", ".join(known),
                found=given[:100],
            )
    if kind in CHANNEL_KINDS and channel is None:
        raise BadInput(f"a hold of kind {kind} needs its channel", expected=", ".join(CHANNELS))
    if kind in NUMBER_KINDS and (number is None or key().of_number(number) is None):
        raise BadInput(f"a hold of kind {kind} needs its number or address", found="none")
    if part is not None and loan_ref is None:
        raise BadInput("a disputed part is part of a loan", expected="its loan", found="none")


def _out(
    at: At, subject_id: UUID, loan_id: UUID | None, channel: str | None
) -> list[dict[str, Any]]:
    """Contacts of ours, or reserved ones, in its scope, whose result is not known yet."""
    persons = Standing.objects.filter(subject_id=subject_id).values("person_id")
    rows = Contact.objects.filter(
        person_id__in=persons,
        source__in=("own", "reserved"),
        closed_at=None,
        started_at__gte=at.now - OUT_SINCE,
    ).order_by("-started_at", "id")
    if channel is not None:
        rows = rows.filter(channel=channel)
    return [
        {
            "contact": str(row.id),
            "act": row.act,
            "channel": row.channel,
            "organisation": row.organisation,
            "started_at": row.started_at.isoformat(),
        }
        for row in rows[:MOST_LISTED]
        if loan_id is None or not row.loan_ids or loan_id in row.loan_ids
    ]
