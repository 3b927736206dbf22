"""The port of all carriers: what they are given, and what they may answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

Verdict = Literal["accepted", "denied", "unknown"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message for a carrier.

    Parameters
    ----------
    id
        Of the hand-over: the carrier's idempotency key, and our reference in its reports.
    channel
        As the rulebook names it.
    address
        Number or address; None on channels of the lender's own, which know ``person_ref``.
    person_ref
        How the lender's systems call the person.
    subject, body
        As they are to arrive.
    template_code, variables
        Where the carrier takes templates of its own: its code, and what fills it in.
    """

    id: UUID
    channel: str
    address: str | None
    person_ref: str
    subject: str
    body: str
    template_code: str | None = None
    variables: Mapping[str, str] | None = None

    def __repr__(self) -> str:
        return f"Outgoing({self.id}, {self.channel})"  # never number or text: this may be logged


@dataclass(frozen=True, slots=True)
class Answer:
    """What a carrier said of one message.

    Parameters
    ----------
    verdict
        ``accepted``: it will be delivered. ``denied``: surely not taken. ``unknown``: a time-out, a
        broken connection, an answer that nobody can read: it may have been taken.
    ref
        The carrier's own reference.
    delivered
        Whether it has arrived already.
    permanent
        Of a denial: another try is no use.
    trouble
        Why, in the carrier's code; never a number or text.
    """

    verdict: Verdict
    ref: str | None = None
    delivered: bool = False
    permanent: bool = False
    trouble: str | None = None


class Carrier(Protocol):
    """A way out of the house."""

    name: str

    def send(self, messages: Sequence[Outgoing]) -> Mapping[UUID, Answer]:
        """Give messages to the carrier; who is not in the answer, or if it raises, is *unknown*."""

    def ask(self, hand_overs: Sequence[UUID]) -> Mapping[UUID, Answer]:
        """What became of messages of which it is not known whether they were taken."""
