"""An outside system asks before it contacts, and tells afterwards what became of it.

A reservation spends the budget when it is given, not when the contact is made: two systems cannot
both hold the last call. By the clock alone nothing is freed again: a reservation that expired
without a word may have been used, so it goes on counting, as an answered *and* an unanswered call,
until its result says otherwise or it leaves the windows of the rules with the days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from arrears.conduct.actions.incidents import open_incident
from arrears.conduct.actions.named import loans_named, person_named
from arrears.conduct.gate import find, gate
from arrears.conduct.locks import lock_subject
from arrears.conduct.models import Contact, Reservation, Verdict
from arrears.conduct.rules.intent import LENDER, OWNED, Intent
from arrears.conduct.rules.kinds import CALL_ACTS, REPORT_ACTS
from arrears.conduct.situation import situation
from arrears.conduct.states import RESERVATION
from arrears.conduct.verdicts import Refused
from arrears.journal.actions import of_person, record
from arrears.kernel.errors import BadInput, NotFound
from arrears.rulebook.vocabulary import Value
from arrears.store.commands import Result, command
from arrears.store.transactions import At

LASTS: Final = timedelta(minutes=15)


@command("contact.reserve", permission="contacts.reserve")
def reserve(
    at: At,
    *,
    person_ref: str,
    act: str,
    channel: str,
    number: str,
    actor: str,
    purpose: str = "collect",
    reason: str = "none",
    organisation: str = LENDER,
    loan_refs: Sequence[str] = (),
    officers: Sequence[str] = (),
    facts: Mapping[str, Value] | None = None,
) -> Result:
    """Ask to contact a person now; an allow is good for 15 minutes at most, and is spent.

    ``officers`` are the badge numbers of all who will act; the register says whether they may.
    ``facts`` is what the asking system vouches for: wording, recording … What the rules read and
    neither the gate knows nor the caller says is missing, and refuses. Returns ``allowed``; with
    an allow ``reservation_id`` and ``expires_at``, else ``reasons`` and ``next_allowed_at``.
    Raises NotFound for a person or loan that there is not, BadInput for what is no word of the
    rulebook.
    """
    if act not in REPORT_ACTS:
        raise BadInput(
            "this act cannot be reserved", expected=", ".join(REPORT_ACTS), found=str(act)[:100]
        )
    intent = Intent(
        person_id=person_named(person_ref),
        act=act,
        purpose=purpose,
        channel=channel,
        reason=reason,
        actor=actor,
        organisation=organisation,
        loan_ids=loans_named(loan_refs),
        number=number,
        officers=tuple(officers),
        facts=facts or {},
    )
    return _asked(at, intent)


def _asked(at: At, intent: Intent) -> Result:
    answer = gate(at, intent, spend=True, lasts=LASTS, source="reserved")
    if isinstance(answer, Refused):
        return _refusal(answer)
    assert answer.contact_id is not None  # it was spent
    Reservation.objects.create(
        contact_id=answer.contact_id,
        client=at.actor.name,
        reserved_at=at.now,
        expires_at=answer.expires_at,
        state=RESERVATION.initial,
    )
    return {
        "allowed": True,
        "reservation_id": answer.contact_id,
        "verdict_id": answer.verdict_id,
        "expires_at": answer.expires_at,
    }


@command("reservation.close", permission="contacts.reserve")
def close_reservation(
    at: At,
    *,
    reservation_id: UUID,
    made: bool,
    started_at: datetime | None = None,
    connected: bool | None = None,
    conversation: bool | None = None,
    duration_seconds: int | None = None,
) -> Result:
    """Tell what became of a reservation, also after it expired.

    Parameters
    ----------
    made
        Whether the contact was attempted at all; if not, the budget is free again.
    started_at
        When it really began; left out: when it was reserved.

    Raises
    ------
    NotFound
        If this client has no such reservation.
    IllegalTransition
        If its result is known already.
    """
    contact = close(at, reservation_id, made, connected, conversation, duration_seconds)
    incident = judge_start(at, contact, started_at) if made else None
    return {
        "reservation_id": contact.id,
        "state": "closed" if made else "dropped",
        "incident_id": incident,
    }


def close(
    at: At,
    reservation_id: UUID,
    made: bool,
    connected: bool | None,
    conversation: bool | None,
    duration_seconds: int | None,
) -> Contact:
    """Enter the result of a reservation of the acting client."""
    mine = Reservation.objects.filter(contact_id=reservation_id, client=at.actor.name)
    found = mine.select_related("contact").first()
    if found is None:
        raise NotFound("there is no such reservation", key=reservation_id)
    lock_subject(at, found.contact.person_id)
    reservation = mine.select_for_update().get()
    reservation.state = RESERVATION.step(reservation.state, "close" if made else "drop")
    reservation.result_at = at.now
    reservation.save(update_fields=["state", "result_at"])
    contact = Contact.objects.get(id=reservation_id)
    contact.connected, contact.conversation, contact.duration_seconds = result_of(
        contact.act, connected, conversation, duration_seconds
    )
    contact.dropped, contact.closed_at = not made, at.now
    contact.save(
        update_fields=["connected", "conversation", "duration_seconds", "dropped", "closed_at"]
    )
    record(
        at,
        of_person(contact.person_id),
        "conduct.contact_closed",
        {
            "contact": str(contact.id),
            "made": made,
            "connected": contact.connected,
            "conversation": contact.conversation,
            "duration_seconds": contact.duration_seconds,
        },
    )
    return contact


def result_of(
    act: str, connected: bool | None, conversation: bool | None, duration_seconds: int | None
) -> tuple[bool | None, bool | None, int | None]:
    """What was said of a contact, made consistent: who talked was connected."""
    if act not in CALL_ACTS:
        return connected, conversation, duration_seconds
    if conversation:
        connected = True
    if connected is False:
        conversation = False
    return connected, conversation, duration_seconds


def judge_start(at: At, contact: Contact, started_at: datetime | None) -> UUID | None:
    """The incident, if the contact began when its reservation allowed it no more."""
    reservation = Reservation.objects.get(contact_id=contact.id)
    if started_at is None or started_at <= reservation.reserved_at:
        return None
    if started_at >= reservation.expires_at:
        return open_incident(
            at,
            "unfit",
            contact.person_id,
            contact.id,
            {
                "started_at": started_at.isoformat(),
                "expires_at": reservation.expires_at.isoformat(),
            },
        )
    # A hold or a stop may have fallen between the reservation and the call.
    assert contact.verdict_id is not None  # a constraint of the table
    given = Verdict.objects.get(id=contact.verdict_id).facts
    subject_id = lock_subject(at, contact.person_id)
    intent = Intent(
        person_id=contact.person_id,
        act=contact.act,
        purpose=contact.purpose,
        channel=contact.channel,
        reason=given.get("reason", "none"),
        organisation=contact.organisation,
        loan_ids=tuple(contact.loan_ids),
        facts={name: value for name, value in given.items() if name not in OWNED},
    )
    stood = situation(
        started_at,
        intent,
        subject_id,
        before=started_at,
        except_for=contact.id,
        number_hmac=contact.number_hmac,
    )
    verdict_id, verdict = find(at, stood)
    if verdict.allowed:
        return None
    told = {
        "started_at": started_at.isoformat(),
        "verdict": str(verdict_id),
        "reasons": [reason.id for reason in verdict.reasons],
    }
    return open_incident(at, "breach", contact.person_id, contact.id, told)


def _refusal(answer: Refused) -> dict[str, Any]:
    names = ("id", "pack", "cite", "force", "en", "zh", "do_en", "do_zh")
    return {
        "allowed": False,
        "verdict_id": answer.verdict_id,
        "reasons": [{name: getattr(reason, name) for name in names} for reason in answer.reasons],
        "next_allowed_at": answer.next_allowed_at,
    }
