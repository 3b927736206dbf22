"""Reads of cases: the list, one case, a person with or without one, and what stands where."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Literal
from uuid import UUID

from arrears.book.treat import Strategies, Tried, shipped_strategies
from arrears.book.treat.apply import Asked
from arrears.kernel.errors import BadInput, NotFound
from arrears.loans.queries import LoanView, NextDue, answered_for, loans_of_person, next_due
from arrears.people.queries import PersonView, person
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction

Sort = Literal["bucket", "amount", "days", "opened"]
MOST_EVENTS = 1000
MOST_CASES = 100


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
    """Loans of open cases in one bucket and currency."""

    bucket: str
    currency: str
    loans: int
    overdue_minor: int


@dataclass(frozen=True, slots=True)
class TreatmentTotal:
    """Open cases with one treatment next."""

    treatment: str
    cases: int


_CASE = """
SELECT c.id, c.person_id, p.person_ref, p.name AS person_name, c.state, c.opened_on, c.closed_on,
       c.previous_id, c.as_of, c.currency, c.overdue_minor, c.late_interest_minor,
       c.other_currencies, c.loans_count, c.days_past_due, c.bucket, c.treatment,
       c.treatment_arm, c.treated_since, c.hold
FROM cases_case c JOIN people_person p ON p.id = c.person_id
"""
# As the indexes of the table have it; the other way round the same index is read backwards.
# What is not known stands before the largest.
_ORDERS: dict[str, tuple[str, ...]] = {
    "bucket": ("c.bucket_rank", "c.overdue_minor"),
    "amount": ("c.overdue_minor",),
    "days": ("c.days_past_due",),
    "opened": ("c.opened_on",),
}
_LOANS = """
SELECT k.loan_id, k.joined_on, k.left_on, k.left_because, k.as_of, k.currency,
       k.principal_overdue_minor, k.interest_overdue_minor, k.fee_overdue_minor, k.overdue_minor,
       k.late_interest_minor, k.oldest_due_on, k.days_past_due, k.days_past_due_after_grace,
       k.bucket, k.last_paid_on, k.max_days_past_due_ever, k.times_over_30
FROM cases_loan k JOIN loans_loan l ON l.id = k.loan_id
WHERE k.case_id = %s
ORDER BY k.left_on IS NOT NULL, k.days_past_due DESC NULLS LAST, l.loan_ref LIMIT 200
"""
_SPANS = """
SELECT loan_id, from_on, until_on, bucket FROM cases_bucket_span
WHERE loan_id = ANY(%s) ORDER BY loan_id, from_on LIMIT 5000
"""
_EVENTS = """
SELECT * FROM (
  SELECT e.id, e.happened_on, e.ordinal, e.kind, e.loan_id, l.loan_ref, e.data, e.run_id
  FROM cases_event e LEFT JOIN loans_loan l ON l.id = e.loan_id
  WHERE e.case_id = %s ORDER BY e.happened_on DESC, e.ordinal DESC, e.id DESC LIMIT %s
) AS newest ORDER BY happened_on, ordinal, id
"""
_FACTS = """
SELECT p.person_ref AS person_id, c.currency, c.overdue_minor, c.loans_count, c.other_currencies,
       c.days_past_due, c.days_past_due_after_grace, c.bucket, c.product, c.jurisdiction,
       c.max_days_past_due_ever, c.times_over_30, c.treatment, c.treatment_rule,
       c.treatment_table, c.treatment_version, c.treatment_arm, c.treated_since,
       c.worst_bucket_rank
FROM cases_case c JOIN people_person p ON p.id = c.person_id WHERE c.id = %s
"""
_BUCKETS = """
SELECT k.bucket, k.currency, count(*) AS loans, coalesce(sum(k.overdue_minor), 0) AS overdue_minor
FROM cases_loan k JOIN cases_case c ON c.id = k.case_id
WHERE c.state = 'open' AND k.left_on IS NULL
GROUP BY k.bucket, k.currency ORDER BY k.bucket, k.currency LIMIT 1000
"""
_TREATMENTS = """
SELECT treatment, count(*) AS cases FROM cases_case WHERE state = 'open'
GROUP BY treatment ORDER BY cases DESC, treatment LIMIT 100
"""


def list_cases(
    actor: Actor,
    which: CaseFilter | None = None,
    sort: Sort = "bucket",
    descending: bool = True,
    page: int = 1,
    size: int = 50,
) -> Page[CaseView]:
    """A page of cases with their total; needs ``cases.read``."""
    actor.require("cases.read")
    limit, offset = bounded(page, size)
    if sort not in _ORDERS:
        raise BadInput("there is no such order", expected=", ".join(_ORDERS), found=sort)
    which = which or CaseFilter()
    where, given = _where(which)
    way, back = ("DESC", "ASC") if descending else ("ASC", "DESC")
    order = ", ".join(f"{column} {way}" for column in _ORDERS[sort]) + f", c.id {back}"
    given |= {"limit": limit, "offset": offset}
    # The page is found in the narrow table first; persons are joined to its rows only.
    sql = f"""WITH page AS MATERIALIZED (
        SELECT c.id AS page_id FROM cases_case c {_person_join(which)} WHERE {where}
        ORDER BY {order} LIMIT %(limit)s OFFSET %(offset)s
      ) {_CASE} JOIN page ON page.page_id = c.id ORDER BY {order}"""
    counted = f"SELECT count(*) AS total FROM cases_case c {_person_join(which)} WHERE {where}"
    with transaction(actor):
        total = select(counted, given)[0]["total"]
        return Page(views(CaseView, sql, given), total, page, size)


def cases_after(
    actor: Actor, which: CaseFilter | None = None, after: UUID | None = None, size: int = 100
) -> CaseSlice:
    """Cases by id, beginning after one: a cursor that new cases do not shift; ``cases.read``."""
    actor.require("cases.read")
    limit, _ = bounded(1, size)
    which = which or CaseFilter()
    where, given = _where(which)
    given |= {"after": after or UUID(int=0), "limit": limit + 1}
    sql = f"{_CASE} WHERE {where} AND c.id > %(after)s ORDER BY c.id LIMIT %(limit)s"
    with transaction(actor):
        rows = views(CaseView, sql, given)
    return CaseSlice(rows[:limit], rows[limit - 1].id if len(rows) > limit else None)


def _person_join(which: CaseFilter) -> str:
    return "JOIN people_person p ON p.id = c.person_id" if which.text else ""


def _where(which: CaseFilter) -> tuple[str, dict[str, object]]:
    given: dict[str, object] = {}
    parts = []
    tests = {
        "state": "c.state = %(state)s",
        "treatment": "c.treatment = %(treatment)s",
        "currency": "c.currency = %(currency)s",
        "least_minor": "c.overdue_minor >= %(least_minor)s",
        "most_minor": "c.overdue_minor <= %(most_minor)s",
    }
    for name, test in tests.items():
        if (value := getattr(which, name)) is not None:
            given[name] = value
            parts.append(test)
    if which.state == "open":
        # Written out, so that the planner sees the condition of the partial indexes.
        parts[0] = "c.state = 'open'"
    if which.buckets:
        given["buckets"] = list(which.buckets)
        parts.append("c.bucket = ANY(%(buckets)s)")
    if which.hold is not None:
        given["hold"] = which.hold
        holds = {"any": "c.hold IS NOT NULL", "none": "c.hold IS NULL"}
        parts.append(holds.get(which.hold, "c.hold = %(hold)s"))
    if which.text:
        given["text"] = which.text
        parts.append(
            "(starts_with(p.person_ref, %(text)s) OR strpos(p.name, %(text)s) > 0"
            " OR c.person_id IN (SELECT person_id FROM loans_loan"
            " WHERE starts_with(loan_ref, %(text)s)))"
        )
    return " AND ".join(parts) or "true", given


def case(actor: Actor, case_id: UUID, strategies: Strategies | None = None) -> CaseDetail:
    """One case in full; needs ``cases.read``.

    Raises
    ------
    NotFound
        If there is none, or none that the actor may see.
    """
    actor.require("cases.read")
    with transaction(actor):
        found = views(CaseView, f"{_CASE} WHERE c.id = %s", [case_id])
        if not found:
            raise NotFound("there is no such case", key=case_id)
        facts = select(_FACTS, [case_id])[0]
        loans = _case_loans(actor, found[0])
        inside = {view.loan.id for view in loans}
        after = select("SELECT id FROM cases_case WHERE previous_id = %s", [case_id])
        return CaseDetail(
            case=found[0],
            person=person(actor, found[0].person_id),
            worst_bucket=_bucket(facts["worst_bucket_rank"]),
            loans=loans,
            other_loans=tuple(
                view for view in loans_of_person(actor, found[0].person_id) if view.id not in inside
            ),
            events=_events(case_id),
            why=_why(facts, strategies or shipped_strategies()),
            next_case_id=after[0]["id"] if after else None,
        )


def _bucket(rank: int) -> str:
    return f"M{rank}" if rank < 7 else "M7+"


def _case_loans(actor: Actor, view: CaseView) -> tuple[CaseLoanView, ...]:
    terms = {loan.id: loan for loan in loans_of_person(actor, view.person_id)}
    rows = [row for row in select(_LOANS, [view.id]) if row["loan_id"] in terms]
    spans = views(SpanView, _SPANS, [[row["loan_id"] for row in rows]]) if rows else ()
    return tuple(
        CaseLoanView(
            loan=terms[loan_id],
            spans=tuple(span for span in spans if span.loan_id == loan_id),
            **row,
        )
        for row in rows
        if (loan_id := row.pop("loan_id"))
    )


def _events(case_id: UUID) -> tuple[EventView, ...]:
    names = [field.name for field in fields(EventView)]
    return tuple(
        EventView(**{n: row[n] for n in names if n != "data"}, data=json.loads(row["data"]))
        for row in select(_EVENTS, [case_id, MOST_EVENTS])
    )


def _why(facts: dict[str, Any], strategies: Strategies) -> WhyView | None:
    """The decision retold from the facts it was made on, by the version that made it."""
    table = strategies.tables.get((facts["treatment_table"], facts["treatment_version"]))
    if table is None:
        return None
    tried = []
    for rule in table.rules:
        asked = tuple(
            Asked(c.fact.name, c.words(), facts[c.fact.name], c.holds(facts)) for c in rule.when
        )
        tried.append(Tried(rule.id, rule.holds(facts), asked))
        if rule.id == facts["treatment_rule"]:
            # A loan left the case since: what the rule asked then can no longer be shown.
            shown = tuple(tried) if rule.holds(facts) else ()
            return WhyView(
                treatment=facts["treatment"],
                rule=rule.id,
                table=table.id,
                version=table.version,
                arm=facts["treatment_arm"],
                since=facts["treated_since"],
                why_en=rule.why_en,
                why_zh=rule.why_zh,
                tried=shown,
            )
    return None


def person_page(actor: Actor, who: UUID | str, as_of: date, within_days: int = 60) -> PersonDetail:
    """A person, with or without a case; needs ``cases.read``.

    Parameters
    ----------
    who
        The id, or the lender's reference.
    as_of, within_days
        The stretch of days whose instalments are listed, both ends included.
    """
    actor.require("cases.read")
    with transaction(actor):
        view = person(actor, who)
        cases = f"{_CASE} WHERE c.person_id = %s ORDER BY c.opened_on DESC, c.id LIMIT {MOST_CASES}"
        return PersonDetail(
            person=view,
            loans=loans_of_person(actor, view.id),
            guarantees=answered_for(actor, view.id),
            next_due=next_due(actor, view.id, as_of, within_days),
            cases=views(CaseView, cases, [view.id]),
        )


def bucket_totals(actor: Actor) -> tuple[BucketTotal, ...]:
    """Loans and money of the open cases by bucket and currency; needs ``cases.read``."""
    actor.require("cases.read")
    with transaction(actor):
        return tuple(
            BucketTotal(row["bucket"], row["currency"], row["loans"], int(row["overdue_minor"]))
            for row in select(_BUCKETS)
        )


def treatment_totals(actor: Actor) -> tuple[TreatmentTotal, ...]:
    """How many open cases have which treatment next; needs ``cases.read``."""
    actor.require("cases.read")
    with transaction(actor):
        return views(TreatmentTotal, _TREATMENTS)
