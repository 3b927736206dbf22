"""Persons and loans."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from arrears.api.answers import Answer, Bucket, MaybeMinor, Minor

_MASKED = "all but its ends masked, unless the access table shows it"


class Person(Answer):
    """A person; what identifies is masked, here as on every screen."""

    id: UUID
    person_ref: str
    name: str | None
    address: Annotated[str | None, Field(description="masked: where roughly")]
    phone: Annotated[str | None, Field(description=_MASKED)]
    email: Annotated[str | None, Field(description=_MASKED)]
    national_id: Annotated[str | None, Field(description=_MASKED)]
    birth_on: Annotated[str | None, Field(description="an ISO day; masked: its year, `1990-••-••`")]
    language: str | None
    jurisdiction: str
    time_zone: str | None
    latitude: Annotated[
        float | None, Field(description="degrees, WGS-84; null unless the access table shows it")
    ]
    longitude: Annotated[float | None, Field(description="degrees, WGS-84")]


class FoundPersons(Answer):
    """Who has the number that was asked for."""

    persons: Annotated[list[Person], Field(description="50 at most")]


class Hold(Answer):
    """A doubt about a loan's data that stops its collection: ``[from_on, until_on)``."""

    kind: str
    from_on: date
    until_on: date | None


class LoanTerms(Answer):
    """A loan as the lender told of it last."""

    id: UUID
    loan_ref: str
    person_ref: str
    product: str
    creditor_type: str
    currency: str
    principal_minor: MaybeMinor
    annual_rate_bps: int | None
    overdue_rate_bps: int | None
    disbursed_on: date | None
    grace_days: int
    secured: bool | None
    contract_no: Annotated[str | None, Field(description=_MASKED)]
    creditor_name: str | None
    servicer_name: str | None
    status: str
    accelerated_on: date | None
    payoff_minor: MaybeMinor
    lender_late_interest_minor: MaybeMinor
    accepted_book_on: Annotated[date | None, Field(description="book day of the last delivery")]
    recalled_on: date | None
    recall_reason: str | None
    holds: list[Hold]


class Party(Answer):
    """Who else answers for the loan."""

    person_ref: str
    role: str


class Figures(Answer):
    """What is overdue on a day, as `arrears age` computes it."""

    as_of: date
    overdue_minor: Minor
    principal_overdue_minor: Minor
    interest_overdue_minor: Minor
    fee_overdue_minor: Minor
    late_interest_minor: Annotated[
        int, Field(description="an accrual for information; not in overdue_minor")
    ]
    oldest_due_on: date | None
    days_past_due: int
    bucket: Annotated[str | None, Field(description="null: nothing is overdue")]
    last_paid_on: date | None
    max_days_past_due_ever: int
    times_over_30: int


class InstalmentStanding(Answer):
    """A line of the schedule and what is still open of it."""

    seq: int
    due_on: date
    due_minor: Minor
    principal_open_minor: Minor
    interest_open_minor: Minor
    fee_open_minor: Minor
    settled_on: Annotated[date | None, Field(description="null: still open")]
    days_late: int


class PaymentLine(Answer):
    """A payment, or (with ``reverses``) the taking back of one."""

    payment_ref: str
    paid_on: date
    amount_minor: Minor
    reverses: str | None
    channel: str | None
    provider_ref: str | None


class LoanAnswer(Answer):
    """A loan with its figures, schedule and payments."""

    loan: LoanTerms
    parties: list[Party]
    figures: Annotated[
        Figures | None, Field(description="null where the lender delivers states, not schedules")
    ]
    instalments: list[InstalmentStanding]
    payments: list[PaymentLine]
    cut_short: Annotated[bool, Field(description="there are more instalments or payments")]


class NextDue(Answer):
    """An instalment that falls due soon; ``open_minor`` is what early payments left of it."""

    loan_ref: str
    seq: int
    due_on: date
    currency: str
    due_minor: Minor
    open_minor: Minor


class CaseRef(Answer):
    """A case of the person."""

    id: UUID
    state: str
    opened_on: date
    closed_on: date | None
    bucket: Bucket


class LoansOfPerson(Answer):
    """What a person borrowed, what they answer for, what falls due, and their cases."""

    loans: list[LoanTerms]
    guarantees: list[LoanTerms]
    next_due: list[NextDue]
    cases: Annotated[list[CaseRef], Field(description="the newest first")]
