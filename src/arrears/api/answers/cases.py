"""Cases."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from arrears.api.answers import Answer, Bucket, MaybeMinor
from arrears.api.answers.loans import LoanTerms


class Case(Answer):
    """The arrears of one person on ``as_of``; amounts in ``currency``."""

    id: UUID
    person_ref: str
    state: Annotated[str, Field(description="open, cured or withdrawn")]
    opened_on: date
    closed_on: date | None
    previous_id: Annotated[UUID | None, Field(description="the cured case that this relapsed from")]
    as_of: date
    currency: Annotated[str, Field(description="of the loan that is longest overdue")]
    overdue_minor: MaybeMinor
    late_interest_minor: MaybeMinor
    other_currencies: Annotated[bool, Field(description="loans in other currencies are overdue")]
    loans_count: int
    days_past_due: int | None
    bucket: Bucket
    treatment: Annotated[str, Field(description="the step that the decision table chose")]
    treatment_arm: str
    treated_since: date
    hold: Annotated[str | None, Field(description="data_doubt or missing; null: none")]


class CaseSlice(Answer):
    """Some cases in the order of their ids."""

    rows: list[Case]
    next_after: Annotated[
        UUID | None, Field(description="give it as `after` for the next ones; null: no more")
    ]


class Span(Answer):
    """The loan stood in the bucket for ``[from_on, until_on)``."""

    from_on: date
    until_on: date | None
    bucket: Bucket


class CaseLoan(Answer):
    """A loan within the case, with what ageing said of it on ``as_of``."""

    loan: LoanTerms
    joined_on: date
    left_on: date | None
    left_because: str | None
    as_of: date
    currency: str
    principal_overdue_minor: MaybeMinor
    interest_overdue_minor: MaybeMinor
    fee_overdue_minor: MaybeMinor
    overdue_minor: MaybeMinor
    late_interest_minor: MaybeMinor
    oldest_due_on: date | None
    days_past_due: int | None
    days_past_due_after_grace: int | None
    bucket: Bucket
    last_paid_on: date | None
    max_days_past_due_ever: int | None
    times_over_30: int | None
    spans: list[Span]


class Event(Answer):
    """A line of the timeline; ``data`` holds from and to, as the kind needs."""

    id: UUID
    happened_on: date
    kind: str
    loan_ref: str | None
    data: dict[str, Any]
    run_id: Annotated[UUID | None, Field(description="null: a tape or a recall did it")]


class Asked(Answer):
    """One condition of a rule."""

    fact: str
    expected: str
    found: str | int | bool | None
    held: bool


class Tried(Answer):
    """One rule of the decision table, put to this case."""

    rule: str
    held: bool
    asked: list[Asked]


class Why(Answer):
    """Why this treatment: the rules in order up to the one that decided, which is the last."""

    treatment: str
    rule: str
    table: str
    version: int
    arm: str
    since: date
    why_en: str
    why_zh: str
    tried: list[Tried]


class CaseAnswer(Answer):
    """A case in full."""

    case: Case
    worst_bucket: Bucket
    loans: Annotated[list[CaseLoan], Field(description="those that left it last")]
    events: list[Event]
    why: Annotated[Why | None, Field(description="null: the decision table is no longer there")]
    next_case_id: Annotated[UUID | None, Field(description="that a relapse opened after this one")]
