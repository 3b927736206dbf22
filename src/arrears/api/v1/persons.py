"""Persons: pushed and read."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from arrears.api.answers.loans import FoundPersons, LoansOfPerson, Person
from arrears.api.answers.pushed import Pushed
from arrears.api.commands import REPLAYABLE, IdempotencyKey, carry_out
from arrears.api.door import ClientToken, caller
from arrears.api.pushing import told
from arrears.api.rows import PersonBatch, Strict, Text
from arrears.api.v1.parameters import PersonRef
from arrears.cases.queries import person_page
from arrears.loans.actions import push_persons
from arrears.people.queries import PersonView, person, persons_found
from arrears.store.transactions import transaction

router = Router(tags=["persons"])


class Numbers(Strict):
    """What to look for: one of them, or both."""

    phone: Annotated[Text | None, Field(description="with or without country code")] = None
    national_id: Annotated[Text | None, Field(description="of any country")] = None


Within = Annotated[int, Query(60, ge=0, le=366, description="days that `next_due` looks ahead")]


@router.post(
    "/persons",
    auth=ClientToken("people.push"),
    response=Pushed,
    openapi_extra=REPLAYABLE,
    summary="Push persons",
)
def post_persons(
    request: HttpRequest, response: HttpResponse, batch: PersonBatch, key: IdempotencyKey
) -> Pushed:
    """Add persons, or describe known ones anew, by the same checks that a tape passes.

    A row that fails one is set aside with its reason and can be mended in the console; the
    others are taken in.
    """
    result = carry_out(
        push_persons, caller(request), key, response, rows=batch.persons, book_on=batch.book_on
    )
    return told(result, "persons", batch.persons, "person_id")


@router.post(
    "/persons/find",
    auth=ClientToken("people.read"),
    response=FoundPersons,
    summary="Find persons by number",
)
def find_persons(request: HttpRequest, asked: Numbers) -> FoundPersons:
    """Who has this phone number or national id, however it is written; what identifies is masked.

    Numbers go in the body, not in the address: addresses stand in the logs of proxies.
    """
    found = persons_found(caller(request), phone=asked.phone, national_id=asked.national_id)
    return FoundPersons.model_validate({"persons": found})


@router.get(
    "/persons/{path:person_ref}/loans",
    auth=ClientToken("cases.read"),
    response=LoansOfPerson,
    openapi_extra={"x-refusals": [404]},
    summary="A person's loans and cases",
)
def get_loans_of_person(
    request: HttpRequest,
    person_ref: PersonRef,
    within_days: Within,
) -> LoansOfPerson:
    """What a person borrowed, what they answer for, what falls due soon, and their cases."""
    actor = caller(request)
    with transaction(actor) as at:
        return LoansOfPerson.model_validate(person_page(actor, person_ref, at.today, within_days))


@router.get(
    "/persons/{path:person_ref}",
    auth=ClientToken("people.read"),
    response=Person,
    openapi_extra={"x-refusals": [404]},
    summary="A person",
)
def get_person(request: HttpRequest, person_ref: PersonRef) -> PersonView:
    """A person as the last delivery described them; what identifies is masked."""
    return person(caller(request), person_ref)
