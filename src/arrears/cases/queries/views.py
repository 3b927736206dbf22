"""What the reads of cases return."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from arrears.book.treat import Tried
from arrears.loans.queries import LoanView, NextDue
from arrears.people.queries import PersonView


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases; what is None or empty does not narrow.

    Parameters
    ----------
    hold
        ``any``, ``none``, or a kind: data_doubt, missing.
    text
        The start of a person's or a loan's reference, or part of a name.
    least_minor, most_minor
        Bounds of the overdue amount, both included, in minor units.
    """

    state: str | None = "open"
    buckets: tuple[str, ...] = ()
    treatment: str | None = None
    currency: str | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    hold: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as a line of a list.

    Amounts are in ``currency``, that of the loan longest overdue; null: the lender does not
    tell. ``hold`` is data_doubt or missing, if a loan of it has one.
    """

    id: UUID
    person_id: UUID
    person_ref: str
    person_name: str | None
    state: str
    opened_on: date
    closed_on: date | None
    previous_id: UUID | None
    as_of: date
    currency: str
    overdue_minor: int | None
    late_interest_minor: int | None
    other_currencies: bool
    loans_count: int
    days_past_due: int | None
    bucket: str
    treatment: str
    treatment_arm: str
    treated_since: date
    hold: str | None


@dataclass(frozen=True, slots=True)
class CaseSlice:
    """Some cases in the order of their ids, and where the next ones begin."""

    rows: tuple[CaseView, ...]
    next_after: UUID | None


@dataclass(frozen=True, slots=True)
class SpanView:
    """A loan stood in a bucket for ``[from_on, until_on)``; gaps are good standing."""

    loan_id: UUID
    from_on: date
    until_on: date | None
    bucket: str


@dataclass(frozen=True, slots=True)
class CaseLoanView:
    """A loan within a case: terms, what ageing said of it on ``as_of``, bucket history."""

    loan: LoanView
    joined_on: date
    left_on: date | None
    left_because: str | None
    as_of: date
    currency: str
    principal_overdue_minor: int | None
    interest_overdue_minor: int | None
    fee_overdue_minor: int | None
    overdue_minor: int | None
    late_interest_minor: int | None
    oldest_due_on: date | None
    days_past_due: int | None
    days_past_due_after_grace: int | None
    bucket: str
    last_paid_on: date | None
    max_days_past_due_ever: int | None
    times_over_30: int | None
    spans: tuple[SpanView, ...]


@dataclass(frozen=True, slots=True)
class EventView:
    """A line of the timeline; ``data`` holds from and to as the kind needs."""

    id: UUID
    happened_on: date
    kind: str
    loan_id: UUID | None
    loan_ref: str | None
    data: dict[str, Any]
    run_id: UUID | None


@dataclass(frozen=True, slots=True)
class WhyView:
    """Why this treatment: the rules in order up to the one that decided, which is the last.

    ``tried`` is empty if a loan left the case since: the reason stays, its figures are gone.
    """

    treatment: str
    rule: str
    table: str
    version: int
    arm: str
    since: date
    why_en: str
    why_zh: str
    tried: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """A case with its person, loans, timeline and the reason of its treatment.

    Parameters
    ----------
    loans
        The loans of the case, those that left it last.
    other_loans
        What else the person borrowed.
    next_case_id
        The case that a relapse opened after this one.
    why
        None if the decision table is no longer there.
    """

    case: CaseView
    person: PersonView
    worst_bucket: str
    loans: tuple[CaseLoanView, ...]
    other_loans: tuple[LoanView, ...]
    events: tuple[EventView, ...]
    why: WhyView | None
    next_case_id: UUID | None


@dataclass(frozen=True, slots=True)
class PersonDetail:
    """A person with loans, what falls due next, and their cases, the newest first."""

    person: PersonView
    loans: tuple[LoanView, ...]
    guarantees: tuple[LoanView, ...]
    next_due: tuple[NextDue, ...]
    cases: tuple[CaseView, ...]


@dataclass(frozen=True, slots=True)
class BucketTotal:
    """Loans of open cases in one bucket and currency; None: no row tells how much is overdue."""

    bucket: str
    currency: str
    loans: int
    overdue_minor: int | None


@dataclass(frozen=True, slots=True)
class TreatmentTotal:
    """Open cases with one treatment next."""

    treatment: str
    cases: int


# The columns of a :class:`CaseView`.
CASE = """
SELECT c.id, c.person_id, p.person_ref, p.name AS person_name, c.state, c.opened_on, c.closed_on,
       c.previous_id, c.as_of, c.currency, c.overdue_minor, c.late_interest_minor,
       c.other_currencies, c.loans_count, c.days_past_due, c.bucket, c.treatment,
       c.treatment_arm, c.treated_since, c.hold
FROM cases_case c JOIN people_person p ON p.id = c.person_id
"""
