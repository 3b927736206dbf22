"""A person with or without a case, and the page of one loan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from arrears.cases.queries import person_page
from arrears.conduct.queries.answers import answers_of
from arrears.conduct.queries.holds import holds_of
from arrears.console import pictures
from arrears.console.loan_told import told_of
from arrears.console.shell import screen, show
from arrears.console.views.holds import BY_HAND, SOURCES
from arrears.console.views.placed import whose
from arrears.daily.queries import newest_run
from arrears.loans.queries import LoanView, loan, snapshots_of_loan
from arrears.people.access import TABLE, may
from arrears.people.access.actions import note_read
from arrears.people.access.queries import reveals_left
from arrears.people.queries import PersonView
from arrears.store import clock
from arrears.store.actor import Actor

WITHIN_DAYS = 60


def known_day(actor: Actor) -> date:
    """The day up to which the book was worked: later, payments may be missing. Else today."""
    newest = newest_run(actor)
    return newest.as_of if newest else clock.business_day()


@screen("cases.read")
def person(request: HttpRequest, actor: Actor, person_id: UUID) -> HttpResponse:
    """Who it is, what they borrowed, what falls due next, and their cases."""
    detail = person_page(actor, person_id, known_day(actor), WITHIN_DAYS)
    note_read(actor, detail.person.id, "person")
    context = {
        "revealable": revealable(detail.person, detail.loans),
        "reveals_left": reveals_left(actor) if may(actor, "reveal", "people") else 0,
        "detail": detail,
        "person": detail.person,
        "within_days": WITHIN_DAYS,
        "holds": holds_of(actor, detail.person.id),
        "hold_kinds": tuple(BY_HAND.items()),
        "hold_sources": tuple(SOURCES.items()),
        "closable": may(actor, "close", "holds"),
        "answers": answers_of(actor, detail.person.id),
        "room_name": "cases",
        **whose(actor, detail.person.id),
    }
    return show(request, actor, "people/person.html", context)


def revealable(person: PersonView, loans: Iterable[LoanView]) -> tuple[str, ...]:
    """The fields that are masked on the page of a person, in the order of the access table."""
    masked = set(person.masked)
    if any(loan.contract_masked for loan in loans):
        masked.add("contract_no")
    return tuple(name for name in TABLE.fields if name in masked)


@screen("cases.read")
def loan_page(request: HttpRequest, actor: Actor, loan_id: UUID) -> HttpResponse:
    """One loan, overdue or not: terms, schedule, payments and where they went."""
    detail = loan(actor, loan_id)
    for who in dict.fromkeys((detail.loan.person_id, *(p.person_id for p in detail.parties))):
        note_read(actor, who, "loan")
    states = snapshots_of_loan(actor, loan_id)
    told = told_of(detail, known_day(actor))
    context = {
        "detail": detail,
        "loan": detail.loan,
        "told": told,
        "states": states,
        "history": pictures.of_states(states),
        "room_name": "cases",
    }
    return show(request, actor, "people/loan.html", context)
