"""Reservations: an outside system asks before it contacts, and tells what became of it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from arrears.api.answers.contacts import ReservationClosed, Reserved
from arrears.api.commands import REPLAYABLE, IdempotencyKey, carry_out
from arrears.api.contacting import ContactPlanned, ContactResult
from arrears.api.door import ClientToken, caller
from arrears.api.problems import RulesRefuse
from arrears.conduct.actions.reservations import close_reservation, reserve

router = Router(tags=["contacts"])


@router.post(
    "/reservations",
    auth=ClientToken("contacts.reserve"),
    response=Reserved,
    openapi_extra={**REPLAYABLE, "x-refusals": [404]},
    summary="Ask to contact a person",
)
def post_reservation(
    request: HttpRequest, response: HttpResponse, planned: ContactPlanned, key: IdempotencyKey
) -> Reserved:
    """May this contact happen now? If so it is spent at once, and may begin until it expires.

    If not, the problem names every rule that refuses, and the next moment at which none would.
    That is an answer like the other: to ask again later, use another key.
    """
    given = planned.model_dump()
    result = carry_out(
        reserve,
        caller(request),
        key,
        response,
        person_ref=given.pop("person_id"),
        loan_refs=given.pop("loan_ids"),
        **given,
    )
    if not result["allowed"]:
        raise RulesRefuse(result)
    return Reserved.model_validate(result)


@router.post(
    "/reservations/{uuid:reservation_id}/result",
    auth=ClientToken("contacts.reserve"),
    response=ReservationClosed,
    openapi_extra={**REPLAYABLE, "x-refusals": [404]},
    summary="Tell what became of a reservation",
)
def post_reservation_result(
    request: HttpRequest,
    response: HttpResponse,
    reservation_id: UUID,
    result: ContactResult,
    key: IdempotencyKey,
) -> ReservationClosed:
    """Close a reservation, also after it expired.

    One without a result goes on counting as if it had been answered: what nobody tells is not
    taken for harmless.
    """
    told = carry_out(
        close_reservation,
        caller(request),
        key,
        response,
        reservation_id=reservation_id,
        **result.model_dump(),
    )
    return ReservationClosed.model_validate(told)
