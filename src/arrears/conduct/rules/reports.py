"""A contact as the system that made it tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from arrears.conduct.rules.intent import LENDER
from arrears.rulebook.vocabulary import Value


@dataclass(frozen=True, slots=True)
class ContactReport:
    """What happened outside, as it is claimed.

    Parameters
    ----------
    event_ref
        The reporter's own id of it: told twice, recorded once.
    act, channel, purpose, reason, actor
        Members of the rulebook's lists.
    started_at
        When it began, as they say.
    initiator
        ``us`` (lender or agency), ``person`` or ``unknown``.
    connected, conversation, automated
        None: not known.
    officers
        Badge numbers of those who acted; none: not known, and held against nobody.
    facts
        Further facts that they vouch for.
    """

    event_ref: str
    person_ref: str
    act: str
    channel: str
    started_at: datetime
    actor: str
    purpose: str = "collect"
    reason: str = "none"
    organisation: str = LENDER
    initiator: str = "us"
    number: str | None = None
    loan_refs: tuple[str, ...] = ()
    reservation_id: UUID | None = None
    automated: bool | None = None
    connected: bool | None = None
    conversation: bool | None = None
    duration_seconds: int | None = None
    officers: tuple[str, ...] = ()
    facts: Mapping[str, Value] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        """What an incident keeps of it: no number, no address."""
        return {
            "event_ref": self.event_ref,
            "act": self.act,
            "channel": self.channel,
            "started_at": self.started_at.isoformat(),
            "organisation": self.organisation,
        }
