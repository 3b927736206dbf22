"""What an agency is owed for a month, line by line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from arrears.api.answers import Answer, Minor


class Statement(Answer):
    """A statement; once it is issued, nothing of it is rewritten."""

    id: UUID
    organisation: str
    organisation_name: str
    month: Annotated[date, Field(description="its first day")]
    number: Annotated[int, Field(description="within the month, from 1")]
    regular: Annotated[bool, Field(description="false: it brings only what changed since")]
    state: Annotated[str, Field(description="draft, issued, disputed, settled or dropped")]
    scores: Annotated[
        dict[str, Any], Field(description="by component: score and weight, of 10,000")
    ]
    totals: Annotated[list[dict[str, Any]], Field(description="one a currency, in minor units")]
    lines_count: int
    sha256: Annotated[str, Field(description="of head and lines as canonical JSON (RFC 8785)")]
    drawn_at: datetime
    issued_at: datetime | None
    disputed_at: datetime | None
    dispute_reason: str | None
    answered_at: datetime | None
    answer: str | None
    settled_at: datetime | None
    settled_note: str | None


class StatementLine(Answer):
    """A line, with what it adds to the commission or takes off it."""

    number: int
    kind: str
    payment_ref: str | None
    loan_ref: str | None
    paid_on: date | None
    bucket: str | None
    rate_bps: int | None
    currency: str
    amount_minor: Minor
    fee_minor: Minor
    commission_minor: Minor
    severity: Annotated[str | None, Field(description="of an upheld complaint")]
    charge: Annotated[UUID | None, Field(description="the complaint or adjustment behind it")]
