"""One case in full, and a person with or without one."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date
from typing import Any
from uuid import UUID

from arrears.book.treat import Asked, Strategies, Tried, shipped_strategies
from arrears.cases.queries.views import (
    CASE,
    CaseDetail,
    CaseLoanView,
    CaseView,
    EventView,
    PersonDetail,
    SpanView,
    WhyView,
)
from arrears.kernel.errors import NotFound
from arrears.loans.queries import answered_for, loans_of_person, next_due
from arrears.people.queries import person
from arrears.store.actor import Actor
from arrears.store.pages import select, views
from arrears.store.transactions import transaction

MOST_EVENTS = 1000
MOST_CASES = 100
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


def case(actor: Actor, case_id: UUID, strategies: Strategies | None = None) -> CaseDetail:
    """One case in full; needs ``cases.read``.

    Raises
    ------
    NotFound
        If there is none, or none that the actor may see.
    """
    actor.require("cases.read")
    with transaction(actor):
        found = views(CaseView, f"{CASE} WHERE c.id = %s", [case_id])
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


def person_of(actor: Actor, case_id: UUID) -> UUID | None:
    """Whose case it is; None if there is none that the actor may see. Needs ``cases.read``."""
    actor.require("cases.read")
    with transaction(actor):
        found = select("SELECT person_id FROM cases_case WHERE id = %s", [case_id])
    return found[0]["person_id"] if found else None


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
        cases = f"{CASE} WHERE c.person_id = %s ORDER BY c.opened_on DESC, c.id LIMIT {MOST_CASES}"
        return PersonDetail(
            person=view,
            loans=loans_of_person(actor, view.id),
            guarantees=answered_for(actor, view.id),
            next_due=next_due(actor, view.id, as_of, within_days),
            cases=views(CaseView, cases, [view.id]),
        )
