"""What became of what a client sent."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from arrears.api.answers import Answer


class Reason(Answer):
    """Why a row was set aside."""

    pointer: Annotated[str, Field(description="JSON pointer to the row concerned in the request")]
    code: Annotated[str, Field(description="area.reason; stable, listed in docs/tape.md")]
    text: str


class PushedRow(Answer):
    """What became of one row of the request."""

    pointer: Annotated[str, Field(description="JSON pointer to the row in the request")]
    key: Annotated[str, Field(description="the row's own id")]
    outcome: Literal["accepted", "set_aside"]
    reasons: list[Reason]


class Pushed(Answer):
    """What became of a batch. Received = accepted + set aside, in rows of all its tables."""

    tape_id: Annotated[UUID, Field(description="the delivery; see /api/v1/tapes/{tape_id}")]
    book_version: int
    received: int
    accepted: int
    set_aside: int
    rows: Annotated[list[PushedRow], Field(description="one for each, in the request's order")]


class Recalled(Answer):
    """A loan that was withdrawn."""

    loan_ref: str
    recalled_on: date
    book_version: int
