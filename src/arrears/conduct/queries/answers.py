"""What the gate answered about a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from arrears.conduct.models import Verdict
from arrears.rulebook.rule import Reason
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

MOST: Final = 100


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A stored verdict.

    Parameters
    ----------
    finding
        Whether it is about what others had already done, and reported.
    reasons, warnings
        As the rules said it then.
    next_allowed_at
        Of a refusal: when time alone allows it; None if it does not.
    """

    id: UUID
    act: str
    allowed: bool
    finding: bool
    purpose: str
    channel: str
    organisation: str
    decided_at: datetime
    next_allowed_at: datetime | None
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    rules_sha256: str
    actor: str


def answers_of(actor: Actor, person_id: UUID, most: int = 10) -> tuple[AnswerView, ...]:
    """The newest answers about a person, at most :data:`MOST`."""
    with transaction(actor):
        rows = Verdict.objects.filter(person_id=person_id).order_by("-decided_at", "id")
        return tuple(_view(row) for row in rows[: min(most, MOST)])


def _view(row: Verdict) -> AnswerView:
    return AnswerView(
        id=row.id,
        act=row.act,
        allowed=row.allowed,
        finding=row.finding,
        purpose=row.purpose,
        channel=row.channel,
        organisation=row.organisation,
        decided_at=row.decided_at,
        next_allowed_at=row.next_allowed_at,
        reasons=tuple(Reason(**reason) for reason in row.reasons),
        warnings=tuple(Reason(**reason) for reason in row.warnings),
        rules_sha256=row.rules_sha256,
        actor=row.actor,
    )
