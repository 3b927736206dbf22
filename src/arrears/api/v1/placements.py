"""Placements: previewed, asked for, recalled and read."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from arrears.api.answers import Listed
from arrears.api.answers.placements import (
    AllLed,
    Batch,
    Drawn,
    NoticeDue,
    PersonOfBatch,
    PlacementsOfPerson,
    RecalledPersons,
)
from arrears.api.commands import REPLAYABLE, IdempotencyKey, carry_out
from arrears.api.door import ClientToken, caller
from arrears.api.placing import BatchAsked, BatchWanted, PersonsKept, PersonsRecalled
from arrears.api.v1.parameters import PageNumber, PageSize, PersonRef
from arrears.people.organisations import agency_of
from arrears.people.queries import person
from arrears.placements import actions, queries
from arrears.placements.queries.lines import BatchLineView, lines_of, own_ref
from arrears.store.pages import Page

router = Router(tags=["placements"])
State = Annotated[
    Literal["previewed", "asked", "approved", "carried_out", "undone", "refused", "expired", "any"],
    Query("any"),
]
Outcome = Annotated[
    Literal["taken", "set_aside", "any"],
    Query("any", description="set_aside: also those who changed before it was carried out"),
]


@router.get(
    "/placements", auth=ClientToken("placements.read"), response=AllLed, summary="Who leads whom"
)
def get_placements(request: HttpRequest) -> AllLed:
    """What each agency leads now: persons, terms that are over, persons still to be told."""
    actor = caller(request)
    found = queries.led(actor)
    if agency_of(actor.scope) is not None:
        found = tuple(row for row in found if row.organisation == own_ref(actor))
    return AllLed.model_validate({"rows": found})


@router.get(
    "/placements/notices",
    auth=ClientToken("placements.read"),
    response=Listed[NoticeDue],
    summary="Persons still to be told of their agency",
)
def get_notices(
    request: HttpRequest, page: PageNumber, size: PageSize
) -> Page[queries.NoticeDueView]:
    """Whom the lender is still to tell of their new agency: until then the gate refuses it."""
    return queries.notices_due(caller(request), page, size)


@router.get(
    "/placements/batches",
    auth=ClientToken("placements.read"),
    response=Listed[Batch],
    summary="Batches",
)
def get_batches(
    request: HttpRequest, page: PageNumber, size: PageSize, state: State
) -> Page[queries.BatchView]:
    """Batches of placements, the newest first; an agency's client sees those with the agency."""
    return queries.batches(caller(request), None if state == "any" else state, page, size)


@router.post(
    "/placements/batches",
    auth=ClientToken("placements.ask"),
    response=Drawn,
    openapi_extra={**REPLAYABLE, "x-refusals": [404]},
    summary="Preview a batch",
)
def post_batch(
    request: HttpRequest, response: HttpResponse, wanted: BatchWanted, key: IdempotencyKey
) -> Drawn:
    """Draw up a batch without moving anybody: how many, how much money, who is set aside and why.

    It is kept for a day. To have it, ask for it with its digest.
    """
    given = wanted.model_dump()
    which = given.pop("filter")
    which["person_refs"] = which.pop("person_ids")
    result = carry_out(actions.preview, caller(request), key, response, filter=which, **given)
    return Drawn.model_validate(result)


@router.get(
    "/placements/batches/{uuid:batch_id}",
    auth=ClientToken("placements.read"),
    response=Batch,
    openapi_extra={"x-refusals": [404]},
    summary="A batch",
)
def get_batch(request: HttpRequest, batch_id: UUID) -> queries.BatchView:
    """How a batch stands, and who asked for it, decided and carried it out."""
    return queries.batch(caller(request), batch_id)


@router.get(
    "/placements/batches/{uuid:batch_id}/persons",
    auth=ClientToken("placements.read"),
    response=Listed[PersonOfBatch],
    openapi_extra={"x-refusals": [404]},
    summary="The persons of a batch",
)
def get_batch_persons(
    request: HttpRequest, batch_id: UUID, page: PageNumber, size: PageSize, outcome: Outcome
) -> Page[BatchLineView]:
    """The persons of a batch by reference: taken, or set aside with the reason why."""
    actor = caller(request)
    aside = {"taken": False, "set_aside": True}.get(outcome)
    return lines_of(actor, batch_id, aside, page, size)


@router.post(
    "/placements/batches/{uuid:batch_id}/ask",
    auth=ClientToken("placements.ask"),
    response=Drawn,
    openapi_extra={**REPLAYABLE, "x-refusals": [404]},
    summary="Ask for a batch",
)
def post_batch_ask(
    request: HttpRequest,
    response: HttpResponse,
    batch_id: UUID,
    asked: BatchAsked,
    key: IdempotencyKey,
) -> Drawn:
    """Ask for what was previewed; below the limits it is approved by that.

    Above them a person of the lender approves it in the console, and a person carries it out.
    """
    result = carry_out(
        actions.ask, caller(request), key, response, batch_id=batch_id, digest=asked.digest
    )
    return Drawn.model_validate(result)


@router.post(
    "/placements/recalls",
    auth=ClientToken("placements.recall"),
    response=RecalledPersons,
    openapi_extra={**REPLAYABLE, "x-refusals": [404]},
    summary="Recall persons now",
)
def post_placement_recall(
    request: HttpRequest, response: HttpResponse, recalled: PersonsRecalled, key: IdempotencyKey
) -> RecalledPersons:
    """Take persons back from an agency at once, within what one may decide alone.

    What it reserved and did not begin may not begin any more; its next act is refused.
    """
    result = carry_out(
        actions.recall,
        caller(request),
        key,
        response,
        organisation=recalled.organisation,
        person_refs=recalled.person_ids,
        reason=recalled.reason,
    )
    return RecalledPersons.model_validate(result)


@router.post(
    "/placements/retentions",
    auth=ClientToken("placements.retain"),
    response=Drawn,
    openapi_extra={**REPLAYABLE, "x-refusals": [404]},
    summary="Ask to keep persons",
)
def post_retention(
    request: HttpRequest, response: HttpResponse, kept: PersonsKept, key: IdempotencyKey
) -> Drawn:
    """Ask for a longer term of persons placed with the agency; somebody of the lender decides."""
    result = carry_out(
        actions.ask_to_keep,
        caller(request),
        key,
        response,
        organisation=kept.organisation,
        person_refs=kept.person_ids,
        term_until_on=kept.term_until_on,
        reason=kept.reason,
    )
    return Drawn.model_validate(result)


@router.get(
    "/persons/{path:person_ref}/placements",
    auth=ClientToken("cases.read"),
    response=PlacementsOfPerson,
    openapi_extra={"x-refusals": [404]},
    summary="A person's placements",
)
def get_placements_of_person(request: HttpRequest, person_ref: PersonRef) -> PlacementsOfPerson:
    """Which agencies led a person's case, and when the person was told of each."""
    actor = caller(request)
    found = person(actor, person_ref)
    return PlacementsOfPerson.model_validate({"rows": queries.placements_of(actor, found.id)})
