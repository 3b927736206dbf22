"""A refusal."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field


class FieldError(BaseModel):
    """One field of the request that cannot be used."""

    part: Annotated[Literal["body", "query", "path", "header"], Field(alias="in")]
    pointer: Annotated[str, Field(description="JSON pointer (RFC 6901) into that part")]
    code: str
    text: str


class RefusingRule(BaseModel):
    """One rule of the rulebook that refuses."""

    id: str
    pack: Annotated[
        str, Field(description="jurisdiction, or house; empty: missing or faulty facts")
    ]
    cite: str
    force: Annotated[str, Field(description="law, reg, std, self or house")]
    en: str
    zh: str
    do_en: Annotated[str, Field(description="what can be done about it")]
    do_zh: str


class Problem(BaseModel):
    """A refusal, as RFC 9457 has it."""

    type: Annotated[str, Field(description="urn:arrears:problem:…; stable, to branch on")]
    title: str
    status: int
    expected: str | None = None
    found: str | None = None
    remedy: Annotated[str | None, Field(description="what the caller can do about it")] = None
    where: Annotated[dict[str, str] | None, Field(description="table, row, key … concerned")] = None
    errors: Annotated[list[FieldError] | None, Field(description="each field that is wrong")] = None
    reasons: Annotated[
        list[RefusingRule] | None, Field(description="every rule that refuses a contact")
    ] = None
    next_allowed_at: Annotated[
        datetime | None, Field(description="when it would be allowed if only time passes")
    ] = None
