"""One loan with all that the lender told of it, and the loans of a person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from arrears.book.explain import (
    InstalmentFacts,
    InstalmentTold,
    LoanFacts,
    LoanTold,
    PaymentFacts,
    explain_loan,
)
from arrears.kernel.errors import NotFound
from arrears.loans.sealed import opened_contract
from arrears.people.access.sight import Sight, sight, unrevealed
from arrears.store.actor import Actor
from arrears.store.pages import select, views
from arrears.store.transactions import transaction

MOST_LINES = 2000
MOST_LOANS = 200
Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class HoldView:
    """A doubt about a loan's data, ``[from_on, until_on)``."""

    loan_id: UUID
    kind: str
    from_on: date
    until_on: date | None


@dataclass(frozen=True, slots=True)
class LoanView:
    """A loan's terms as the lender's tape has them; the contract's number as its reader sees it.

    Parameters
    ----------
    contract_masked
        Whether the number of the contract is masked here and can be revealed.
    """

    id: UUID
    loan_ref: str
    person_id: UUID
    person_ref: str
    person_name: str | None
    jurisdiction: str
    product: str
    creditor_type: str
    currency: str
    principal_minor: int | None
    annual_rate_bps: int | None
    overdue_rate_bps: int | None
    disbursed_on: date | None
    grace_days: int
    secured: bool | None
    contract_no: str | None
    creditor_name: str | None
    servicer_name: str | None
    status: str
    accelerated_on: date | None
    payoff_minor: int | None
    lender_late_interest_minor: int | None
    accepted_book_on: date | None
    recalled_on: date | None
    recall_reason: str | None
    holds: tuple[HoldView, ...] = ()
    contract_masked: bool = False


@dataclass(frozen=True, slots=True)
class InstalmentView:
    """A line of the schedule."""

    seq: int
    due_on: date
    principal_minor: int
    interest_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class PaymentView:
    """A payment, or (with ``reverses``) the taking back of one."""

    payment_ref: str
    paid_on: date
    amount_minor: int
    reverses: str | None
    channel: str | None
    provider_ref: str | None


@dataclass(frozen=True, slots=True)
class PartyView:
    """Who else answers for the loan: ``guarantor`` or ``co_borrower``."""

    person_id: UUID
    person_ref: str
    name: str | None
    role: str


@dataclass(frozen=True, slots=True)
class LoanDetail:
    """A loan, its parties, schedule and payments.

    Parameters
    ----------
    cut_short
        Whether there are more than :data:`MOST_LINES` instalments or payments.
    """

    loan: LoanView
    parties: tuple[PartyView, ...]
    instalments: tuple[InstalmentView, ...]
    payments: tuple[PaymentView, ...]
    cut_short: bool


@dataclass(frozen=True, slots=True)
class NextDue:
    """An instalment that falls due soon; ``open_minor`` is what early payments left of it."""

    loan_id: UUID
    loan_ref: str
    seq: int
    due_on: date
    currency: str
    due_minor: int
    open_minor: int


_LOAN = """
SELECT l.id, l.loan_ref, l.person_id, p.person_ref, p.name AS person_name, p.jurisdiction,
       l.product, l.creditor_type, l.currency, l.principal_minor, l.annual_rate_bps,
       l.overdue_rate_bps, l.disbursed_on, l.grace_days, l.secured, l.contract_no,
       l.creditor_name, l.servicer_name, l.status, l.accelerated_on, l.payoff_minor,
       l.lender_late_interest_minor, l.accepted_book_on, l.recalled_on, l.recall_reason
FROM loans_loan l JOIN people_person p ON p.id = l.person_id
"""
_HOLDS = """
SELECT loan_id, kind, from_on, until_on FROM loans_hold
WHERE loan_id = ANY(%s) AND until_on IS NULL ORDER BY kind, id
"""
_PARTIES = """
SELECT y.person_id, p.person_ref, p.name, y.role
FROM loans_party y JOIN people_person p ON p.id = y.person_id
WHERE y.loan_id = %s ORDER BY y.role, p.person_ref LIMIT 100
"""
_INSTALMENTS = """
SELECT loan_id, seq, due_on, principal_minor, interest_minor, fee_minor
FROM (SELECT *, row_number() OVER (PARTITION BY loan_id ORDER BY due_on, seq) AS nth
      FROM loans_instalment WHERE loan_id = ANY(%s)) lines
WHERE nth <= %s ORDER BY loan_id, nth
"""
_PAYMENTS = """
SELECT loan_id, payment_ref, paid_on, amount_minor, reverses, channel, provider_ref
FROM (SELECT *, row_number() OVER (PARTITION BY loan_id ORDER BY paid_on, payment_ref) AS nth
      FROM loans_payment WHERE loan_id = ANY(%s)) lines
WHERE nth <= %s ORDER BY loan_id, nth
"""


def loan(actor: Actor, loan: UUID | str) -> LoanDetail:
    """One loan, by id or by the lender's reference; needs ``cases.read``.

    Raises
    ------
    NotFound
        If there is none, or none that the actor may see.
    """
    actor.require("cases.read")
    column = "l.id" if isinstance(loan, UUID) else "l.loan_ref"
    with transaction(actor) as at:
        found = _with_holds(views(LoanView, f"{_LOAN} WHERE {column} = %s", [loan]))
        if not found:
            raise NotFound("there is no such loan", key=loan)
        (detail,) = _details(_seen(found, sight(at, found[0].person_id)))
        return replace(detail, parties=views(PartyView, _PARTIES, [detail.loan.id]))


def loans_of_person(actor: Actor, person_id: UUID) -> tuple[LoanView, ...]:
    """The loans that a person borrowed, by reference; needs ``cases.read``."""
    actor.require("cases.read")
    sql = f"{_LOAN} WHERE l.person_id = %s ORDER BY l.loan_ref LIMIT %s"
    with transaction(actor) as at:
        found = views(LoanView, sql, [person_id, MOST_LOANS])
        return _with_holds(_seen(found, sight(at, person_id) if found else unrevealed(actor)))


def answered_for(actor: Actor, person_id: UUID) -> tuple[LoanView, ...]:
    """The loans of others that a person guarantees or co-borrows; needs ``cases.read``."""
    actor.require("cases.read")
    sql = f"""{_LOAN} WHERE l.id IN (SELECT loan_id FROM loans_party WHERE person_id = %s)
        ORDER BY l.loan_ref LIMIT %s"""
    with transaction(actor):
        found = views(LoanView, sql, [person_id, MOST_LOANS])
        # They are others' loans: what was revealed of this person says nothing of them.
        return _with_holds(_seen(found, unrevealed(actor)))


def _seen(loans: tuple[LoanView, ...], seen: Sight) -> tuple[LoanView, ...]:
    """The loans with the numbers of their contracts as the reader sees them."""
    masked = bool(seen.masked(["contract_no"]))
    return tuple(
        replace(
            view,
            contract_no=seen.text("contract_no", opened_contract(view.loan_ref, view.contract_no)),
            contract_masked=masked and view.contract_no is not None,
        )
        for view in loans
    )


def tell_loan(detail: LoanDetail, as_of: date) -> LoanTold | None:
    """How the loan came to be overdue, to the cent; None if the lender delivers states only."""
    if not detail.instalments or detail.cut_short:
        return None
    terms = detail.loan
    return explain_loan(
        LoanFacts(
            loan_id=terms.loan_ref,
            currency=terms.currency,
            product=terms.product,
            overdue_rate_bps=terms.overdue_rate_bps,
            grace_days=terms.grace_days,
            jurisdiction=terms.jurisdiction,
        ),
        [
            InstalmentFacts(i.seq, i.due_on, i.principal_minor, i.interest_minor, i.fee_minor)
            for i in detail.instalments
        ],
        [
            PaymentFacts(p.payment_ref, p.paid_on, p.amount_minor, p.reverses, p.channel)
            for p in detail.payments
        ],
        as_of,
    )


def next_due(
    actor: Actor, person_id: UUID, as_of: date, within_days: int = 60
) -> tuple[NextDue, ...]:
    """What a person's loans have falling due from ``as_of`` to ``as_of + within_days``, by day.

    As ``arrears due`` computes it: early payments counted, fully paid instalments left out.
    """
    until = as_of + timedelta(days=within_days)
    with transaction(actor):
        details = _details(
            view
            for view in loans_of_person(actor, person_id)
            if view.status in ("open", "written_off") and view.recalled_on is None
        )
    coming = [
        NextDue(
            detail.loan.id,
            detail.loan.loan_ref,
            line.seq,
            line.due_on,
            detail.loan.currency,
            line.due_minor,
            line.open_minor,
        )
        for detail in details
        for line in _lines(detail, as_of)
        if as_of <= line.due_on <= until and line.open_minor
    ]
    return tuple(sorted(coming, key=lambda n: (n.due_on, n.loan_ref, n.seq)))


def _lines(detail: LoanDetail, as_of: date) -> tuple[InstalmentTold, ...]:
    told = tell_loan(detail, as_of)
    return told.instalments if told else ()


def _details(loans: Iterable[LoanView]) -> tuple[LoanDetail, ...]:
    """Loans with their schedules and payments, without parties; two queries for all."""
    wanted = tuple(loans)
    ids = [view.id for view in wanted]
    instalments = _by_loan(InstalmentView, _INSTALMENTS, ids)
    payments = _by_loan(PaymentView, _PAYMENTS, ids)
    return tuple(
        LoanDetail(
            loan=view,
            parties=(),
            instalments=tuple(instalments[view.id][:MOST_LINES]),
            payments=tuple(payments[view.id][:MOST_LINES]),
            cut_short=max(len(instalments[view.id]), len(payments[view.id])) > MOST_LINES,
        )
        for view in wanted
    )


def _by_loan(view: Callable[..., Line], sql: str, ids: list[UUID]) -> dict[UUID, list[Line]]:
    found: dict[UUID, list[Line]] = defaultdict(list)
    for row in select(sql, [ids, MOST_LINES + 1]) if ids else ():
        found[row.pop("loan_id")].append(view(**row))
    return found


def _with_holds(loans: tuple[LoanView, ...]) -> tuple[LoanView, ...]:
    holds = views(HoldView, _HOLDS, [[view.id for view in loans]]) if loans else ()
    return tuple(
        replace(view, holds=tuple(h for h in holds if h.loan_id == view.id)) for view in loans
    )
