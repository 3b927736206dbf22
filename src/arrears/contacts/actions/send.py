"""Send what is due: one round of a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from arrears.contacts.actions.hand_over import claim, hand_over
from arrears.contacts.actions.settle import doubt_abandoned, settle
from arrears.contacts.channels.local import LocalInbox
from arrears.contacts.channels.port import Answer, Carrier, Outgoing
from arrears.contacts.models import HandOver
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

BATCH: Final = 200
CHUNK: Final = 25
"""Messages that share a transaction: their persons' budgets are locked until it ends."""
_log = structlog.get_logger("arrears.contacts")


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: messages taken up, handed over, and hand-overs found in doubt."""

    claimed: int
    handed_over: int
    in_doubt: int


def carriers_in_use() -> Mapping[str, Carrier]:
    """The carriers of this installation by name."""
    local = LocalInbox()
    return {local.name: local}


def send_due(
    actor: Actor, *, carriers: Mapping[str, Carrier] | None = None, limit: int = BATCH
) -> Round:
    """Hand over what is due, ``limit`` at most; call it until nothing is claimed.

    Parameters
    ----------
    actor
        Who may send: the system's worker.
    carriers
        Default: those of the installation.
    """
    actor.require("messages.send")
    ways = carriers_in_use() if carriers is None else carriers
    doubted = doubt_abandoned(actor)
    _ask(actor, ways)
    taken = claim(actor, limit)
    handed = 0
    for begin in range(0, len(taken), CHUNK):
        for name, messages in hand_over(actor, taken[begin : begin + CHUNK]).items():
            handed += len(messages)
            settle(actor, [each.id for each in messages], _sent(ways.get(name), messages))
    return Round(len(taken), handed, doubted)


def _sent(carrier: Carrier | None, messages: list[Outgoing]) -> Mapping[UUID, Answer]:
    if carrier is None:
        return {each.id: Answer("denied", trouble="no such carrier here") for each in messages}
    try:
        return carrier.send(messages)
    except Exception as trouble:
        # Whatever broke, it may have gone out before: nobody knows, so it is in doubt.
        _log.warning("carrier_failed", carrier=carrier.name, error=type(trouble).__name__)
        return {each.id: Answer("unknown", trouble=type(trouble).__name__) for each in messages}


def _ask(actor: Actor, ways: Mapping[str, Carrier]) -> None:
    """Ask the carriers about what is in doubt; what they do not know stays so."""
    with transaction(actor):
        rows = HandOver.objects.filter(state="in_doubt").order_by("handed_at", "id")
        open_ = list(rows.values_list("carrier", "id")[:BATCH])
    for name, carrier in ways.items():
        asked = [each for held_by, each in open_ if held_by == name]
        if not asked:
            continue
        try:
            answers = carrier.ask(asked)
        except Exception as trouble:
            _log.warning("carrier_failed", carrier=name, error=type(trouble).__name__)
            continue
        known = {each: answers[each] for each in asked if each in answers}
        settle(actor, list(known), known)
