"""People to write to, live wordings and a letterhead, for tests of messages."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from conduct_people import NOON, debtor, go_live

from arrears.contacts.actions import (
    approve_wording,
    bring_shipped,
    propose_wording,
    queue_message,
    send_due,
    set_letterhead,
)
from arrears.contacts.channels.port import Answer, Outgoing
from arrears.contacts.models import HandOver, Message, Template, Wording
from arrears.kernel.clock import FixedClock
from arrears.store import clock
from arrears.store.actor import LENDER, Actor
from arrears.store.transactions import transaction

MAY = frozenset(
    {"wordings.write", "wordings.approve", "messages.send", "messages.report", "messages.read"}
)
WORKER = Actor("system", "worker", LENDER, MAY)
LIN, WANG = (Actor("staff", ref, LENDER, MAY) for ref in ("lin", "wang"))
PHONE = "13800000001"
LETTERHEAD = {
    "portal": "my.harbour.example", "hotline": "95000",
    "grievance_en": "Ms Rao, 95000-2", "grievance_zh": "饶女士 95000-2",
    "opt_out_en": "Reply STOP to opt out", "opt_out_zh": "拒收请回复R",
}  # fmt: skip
_count = itertools.count(1)


def cid() -> str:
    return f"t-{next(_count)}"


def opened(*templates: str) -> None:
    """An installation that acts, with a letterhead and shipped wordings live."""
    go_live()
    with clock.use(FixedClock(NOON)):
        set_letterhead(LIN, cid(), **LETTERHEAD)
        bring_shipped(LIN, cid())
        wanted = templates or ("overdue", "hold")
        for wording in Wording.objects.filter(template__in=wanted).order_by("id"):
            propose_wording(LIN, cid(), wording_id=wording.id)
            approve_wording(WANG, cid(), wording_id=wording.id)


def person(ref: str | None = None, **more: Any) -> UUID:
    return debtor(ref, **{"phone": PHONE, "name": "张伟", "language": "zh", **more})


def queued(
    person_id: UUID,
    channel: str = "sms",
    *,
    key: str | None = None,
    template: str = "overdue",
    now: datetime = NOON,
    lasts: timedelta = timedelta(days=3),
    carrier: str = "local_inbox",
    loan_ids: Sequence[UUID] = (),
) -> UUID:
    with clock.use(FixedClock(now)), transaction(WORKER) as at:
        return queue_message(
            at, person_id, key=key or cid(), template=Template.objects.get(ref=template),
            channel=channel, because="test", due_at=now, until_at=now + lasts, carrier=carrier,
            loan_ids=loan_ids,
        )[0]  # fmt: skip


def sent(now: datetime = NOON, **more: Any):
    with clock.use(FixedClock(now)):
        return send_due(WORKER, **more)


def message(message_id: UUID) -> Message:
    with transaction(WORKER):
        return Message.objects.get(id=message_id)


def hand_overs(message_id: UUID | None = None) -> list[HandOver]:
    with transaction(WORKER):
        rows = HandOver.objects.order_by("handed_at", "id")
        return list(rows if message_id is None else rows.filter(message_id=message_id))


class Faulty:
    """A carrier that does what a test tells it, and remembers what reached it."""

    name = "faulty"

    def __init__(self, *answers: Answer | Exception | None) -> None:
        self.answers = list(answers)
        self.arrived: list[Outgoing] = []
        self.known: dict[UUID, Answer] = {}

    def send(self, messages: Sequence[Outgoing]) -> Mapping[UUID, Answer]:
        self.arrived += messages
        given = {}
        for each in messages:
            answer = self.answers.pop(0) if self.answers else Answer("accepted", ref=str(each.id))
            if isinstance(answer, Exception):
                raise answer
            if answer is not None:
                given[each.id] = answer
        return given

    def ask(self, hand_overs: Sequence[UUID]) -> Mapping[UUID, Answer]:
        return {each: self.known[each] for each in hand_overs if each in self.known}
