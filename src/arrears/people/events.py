"""What the register tells later stages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from arrears.store.reactions import event


@event
@dataclass(frozen=True, slots=True)
class AgencyMoved:
    """An agency took a step of its transition table, and stands in ``state`` now."""

    organisation_id: UUID
    ref: str
    step: str
    state: str


@event
@dataclass(frozen=True, slots=True)
class StaffLeft:
    """Somebody is gone, from ``left_on`` on; what was allotted to them needs a new hand."""

    staff_id: UUID
    organisation_id: UUID
    left_on: date


@event
@dataclass(frozen=True, slots=True)
class StaffAway:
    """Somebody will be away for ``[from_on, until_on)``."""

    staff_id: UUID
    from_on: date
    until_on: date | None
