"""Hand messages over to their carriers: gated again, committed, and only then sent (V1).

Three transactions around one call. *Claim*: take some that are due, so that no other worker has
them too. *Hand over*: under each person's lock, ask the gate, write the text, keep it. Then the
carrier is called, outside of any transaction. *Settle*: keep what it answered. If the worker dies
after the second, the hand-over stays ``handed_over`` and becomes ``in_doubt``: it is asked about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q

from arrears.conduct.gate import gate
from arrears.conduct.locks import lock_subject
from arrears.conduct.rules.intent import Intent
from arrears.conduct.verdicts import Allowed, Refused
from arrears.contacts.actions.queue import told
from arrears.contacts.channels.port import Outgoing
from arrears.contacts.facts import (
    OWN_CHANNELS,
    Recipient,
    facts_of,
    letterhead,
    live_wordings,
    recipients,
)
from arrears.contacts.models import HandOver, Letterhead, Message, Wording
from arrears.contacts.rules.waiting import Ended, after_refusal
from arrears.contacts.rules.written import owed
from arrears.contacts.states import HAND_OVER, MESSAGE
from arrears.contacts.texts import keep_text
from arrears.contacts.wording.text import filled, named
from arrears.journal.actions import of_person, record
from arrears.kernel.errors import BadInput
from arrears.kernel.ids import uuid7
from arrears.people.models import Organisation
from arrears.rulebook.act import JURISDICTIONS
from arrears.store.actor import Actor
from arrears.store.sealed.cipher import Sealer
from arrears.store.sealed.keyed import key
from arrears.store.sealed.place import sealer
from arrears.store.transactions import At, transaction

CLAIM_LASTS: Final = timedelta(minutes=10)
_HOLE_WAITS: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class House:
    """What all messages of a transaction have in common."""

    name: str
    letterhead: Letterhead
    wordings: Mapping[tuple[str, str, str], Wording]
    sealer: Sealer


def claim(actor: Actor, limit: int) -> list[UUID]:
    """Take messages that are due, the longest waiting first; others skip them for ten minutes."""
    with transaction(actor) as at:
        free = Q(claimed_at=None) | Q(claimed_at__lt=at.now - CLAIM_LASTS)
        due = (
            Message.objects.select_for_update(skip_locked=True)
            .filter(free, state="queued", due_at__lte=at.now)
            .order_by("due_at", "id")[:limit]
        )
        found = [(message.person_id, message.id) for message in due]
        Message.objects.filter(id__in=[each for _, each in found]).update(claimed_at=at.now)
        # In the order of the locks.
        return [message_id for _, message_id in sorted(found)]


def hand_over(actor: Actor, message_ids: Sequence[UUID]) -> dict[str, list[Outgoing]]:
    """Decide and write these messages; what comes back, by carrier, is to be sent at once.

    What the gate refuses waits for the next lawful moment, or is dropped with the reason.
    """
    out: dict[str, list[Outgoing]] = {}
    with transaction(actor) as at:
        lender = Organisation.objects.get(kind="lender").name
        house = House(lender, letterhead(), live_wordings(), sealer())
        people = dict(
            Message.objects.filter(id__in=list(message_ids)).values_list("id", "person_id")
        )
        known = recipients(sorted(set(people.values())))
        for message_id in sorted(people, key=lambda each: (people[each], each)):
            lock_subject(at, people[message_id])
            message = Message.objects.select_for_update().get(id=message_id)
            if message.state != "queued":
                continue  # cancelled meanwhile, or another worker was quicker
            recipient = known[message.person_id]
            made = _handed(at, message, recipient, house)
            if made is not None:
                out.setdefault(message.carrier, []).append(made)
    return out


def _handed(
    at: At,
    message: Message,
    recipient: Recipient,
    house: House,
) -> Outgoing | None:
    wording = house.wordings.get((message.template_id, message.channel, recipient.language))
    if wording is None or not _covers(wording, recipient.jurisdiction):
        _wait(at, message, "no_wording")
        return None
    address = recipient.address(message.channel)
    if address is None and message.channel not in OWN_CHANNELS:
        _drop(at, message, "no_address")
        return None
    try:
        text = _text(wording, message, recipient, house)
    except BadInput:
        _wait(at, message, "unknown_figures")
        return None
    answer = gate(at, _intent(message, wording, recipient, address), spend=True)
    if isinstance(answer, Refused):
        _refused(at, message, answer)
        return None
    return _keep(at, message, wording, (address, *text), answer, recipient, house)


def _refused(at: At, message: Message, answer: Refused) -> None:
    message.refused_by = [reason.id for reason in answer.reasons]
    message.verdict_id = answer.verdict_id
    later = after_refusal(at.now, answer.next_allowed_at, message.until_at)
    if isinstance(later, Ended):
        _drop(at, message, later.because)
        return
    message.due_at, message.claimed_at = later.due_at, None
    message.save(update_fields=["due_at", "claimed_at", "refused_by", "verdict_id"])


def _covers(wording: Wording, jurisdiction: str | None) -> bool:
    """Whether a wording was checked by the law of the person; if that is not known, by all."""
    needed = set(JURISDICTIONS) if jurisdiction is None else {jurisdiction}
    return needed <= set(wording.jurisdictions)


def _intent(
    message: Message, wording: Wording, recipient: Recipient, address: str | None
) -> Intent:
    return Intent(
        person_id=message.person_id,
        act="letter" if message.channel == "post" else "message",
        purpose=message.purpose,
        channel=message.channel,
        reason=message.reason,
        loan_ids=tuple(message.loan_ids),
        number=address,
        template=message.template_id,
        facts=facts_of(wording, recipient),
    )


def _text(
    wording: Wording, message: Message, recipient: Recipient, house: House
) -> tuple[str, str]:
    head = house.letterhead
    language = wording.language
    meant = [
        loan
        for loan in recipient.loans
        if not message.loan_ids or loan["loan_id"] in message.loan_ids
    ]
    values = {
        "institution": house.name,
        "portal": head.portal,
        "hotline": head.hotline,
        "grievance": getattr(head, f"grievance_{language}"),
        "opt_out": getattr(head, f"opt_out_{language}"),
        "name": recipient.name or "",
        **owed(meant, language),
    }
    wanted = named(wording.subject + wording.body)
    shown = {name: values[name] for name in wanted if name in values}
    return filled(wording.subject, shown), filled(wording.body, shown)


def _keep(
    at: At,
    message: Message,
    wording: Wording,
    written: tuple[str | None, str, str],
    allowed: Allowed,
    recipient: Recipient,
    house: House,
) -> Outgoing:
    address, subject, body = written
    assert allowed.contact_id is not None  # the budget was spent along with the allow
    hand_over_id = uuid7(at.now)
    HandOver.objects.create(
        id=hand_over_id, message=message, person_id=message.person_id, act=allowed.act,
        contact_id=allowed.contact_id, wording=wording, channel=message.channel,
        carrier=message.carrier, handed_at=at.now, state=HAND_OVER.initial,
        number_hmac=None if address is None else key().of_number(address),
        text_sealed=keep_text(house.sealer, hand_over_id, subject, body), **allowed.columns(),
    )  # fmt: skip
    message.state = MESSAGE.step(message.state, "hand_over")
    message.refused_by, message.verdict_id = [], None
    message.save(update_fields=["state", "refused_by", "verdict_id"])
    record(
        at,
        of_person(message.person_id),
        "contacts.handed_over",
        {"message": str(message.id), "hand_over": str(hand_over_id), "wording": str(wording.id),
         "channel": message.channel, "carrier": message.carrier,
         "verdict": str(allowed.verdict_id)},
    )  # fmt: skip
    return Outgoing(hand_over_id, message.channel, address, recipient.person_ref, subject, body)


def _wait(at: At, message: Message, because: str) -> None:
    """Something of ours is lacking: try again in an hour, as long as it is of use."""
    message.due_at, message.claimed_at = at.now + _HOLE_WAITS, None
    message.refused_by = [because]
    if message.due_at >= message.until_at:
        _drop(at, message, because)
        return
    message.save(update_fields=["due_at", "claimed_at", "refused_by"])


def _drop(at: At, message: Message, because: str) -> None:
    message.state = MESSAGE.step(message.state, "drop")
    message.ended_at, message.ended_because = at.now, because
    message.save(update_fields=["state", "ended_at", "ended_because", "refused_by", "verdict_id"])
    record(
        at,
        of_person(message.person_id),
        "contacts.message_dropped",
        told(message) | {"dropped_because": because, "refused_by": message.refused_by},
    )
