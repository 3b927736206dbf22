"""Tapes, rows set aside, and runs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from arrears.api.answers import Answer


class Tape(Answer):
    """A delivery; the counts are rows of all its tables, received = accepted + set aside."""

    id: UUID
    tape_ref: str
    kind: Annotated[str, Field(description="full, delta, push, mend or recall")]
    form: str
    source: str
    book_on: date | None
    sequence: int | None
    made_at: datetime | None
    received_at: datetime
    book_version: int | None
    state: str
    received: int
    accepted: int
    set_aside: int


class ReasonCount(Answer):
    """How many rows of a table were set aside for a reason, and how many still are."""

    table: str
    reason: str
    rows: int
    open_rows: int


class TapeAnswer(Answer):
    """A delivery with all that was counted."""

    tape: Tape
    sha256: str
    totals: Annotated[
        dict[str, Any], Field(description="per table: rows, and money by currency in minor units")
    ]
    unknown_columns: Annotated[dict[str, list[str]], Field(description="by table")]
    unknown_codes: Annotated[dict[str, dict[str, int]], Field(description="by table.column")]
    reasons: list[ReasonCount]


class SetAsideRow(Answer):
    """A row that failed a check, whole, with the reason."""

    id: UUID
    table: str
    row_number: Annotated[int, Field(description="from 1, in its file")]
    key: str | None
    loan_ref: str | None
    person_ref: str | None
    reason: str
    text: str
    currency: str | None
    amount_minor: int | None
    state: Annotated[str, Field(description="open, mended or superseded")]
    row: Annotated[
        dict[str, Any], Field(description="as received, column by column; identity masked")
    ]


class Run(Answer):
    """A business day of one version of the book."""

    id: UUID
    as_of: date
    book_version: int
    engine: str
    state: Annotated[str, Field(description="started, finished or failed")]
    started_at: datetime
    finished_at: datetime | None
    aged_sha256: Annotated[str | None, Field(description="digest of the aged rows")]
    counts: dict[str, Any]
    error: str | None
    parked: Annotated[int, Field(description="persons whose case could not be carried out")]
