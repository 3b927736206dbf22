"""What conduct tells the stages above it, so that they let go of what they had prepared (V3)."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from arrears.store.reactions import event


@event
@dataclass(frozen=True, slots=True)
class HoldOpened:
    """A hold began: everything of purpose *collect* in its scope that is not out yet stops.

    Parameters
    ----------
    loan_id, channel
        Its scope; None: all loans, all channels.
    """

    hold_id: UUID
    person_id: UUID
    kind: str
    loan_id: UUID | None
    channel: str | None


@event
@dataclass(frozen=True, slots=True)
class HoldClosed:
    """A hold is over."""

    hold_id: UUID
    person_id: UUID
    kind: str


@event
@dataclass(frozen=True, slots=True)
class StopOpened:
    """A stop switch fell."""

    stop_id: UUID
    scope: str
    value: str | None
