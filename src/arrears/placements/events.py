"""What placements tell the stages above them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from arrears.store.reactions import event


@event
@dataclass(frozen=True, slots=True)
class PersonsPlaced:
    """An agency leads these persons from now on: what the lender had allotted is free."""

    organisation_id: UUID
    person_ids: tuple[UUID, ...]


@event
@dataclass(frozen=True, slots=True)
class PersonsTakenBack:
    """An agency leads these persons no more; what it had allotted or prepared is void."""

    organisation_id: UUID
    person_ids: tuple[UUID, ...]
