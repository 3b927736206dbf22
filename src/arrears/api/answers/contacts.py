"""Reservations and reported contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from arrears.api.answers import Answer


class Reserved(Answer):
    """The contact is allowed, and counts from now on."""

    reservation_id: UUID
    verdict_id: UUID
    expires_at: Annotated[datetime, Field(description="by then the contact must have begun")]


class ReservationClosed(Answer):
    """The result is on record."""

    reservation_id: UUID
    state: Annotated[
        Literal["closed", "dropped"],
        Field(description="dropped: it was not made, the budget is free"),
    ]
    incident_id: Annotated[
        UUID | None, Field(description="it began when it was allowed no more; null: none")
    ]


class Reported(Answer):
    """The contact is on record."""

    contact_id: Annotated[UUID | None, Field(description="null: the book has no such person")]
    incident_ids: Annotated[
        list[UUID], Field(description="never asked for, or against the rules; empty: neither")
    ]
