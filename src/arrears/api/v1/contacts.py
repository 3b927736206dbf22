"""Contacts that were made, reported afterwards."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from arrears.api.answers.contacts import Reported
from arrears.api.commands import REPLAYABLE, IdempotencyKey, carry_out
from arrears.api.contacting import ContactMade
from arrears.api.door import ClientToken, caller
from arrears.conduct.actions.contacts import report_contact

router = Router(tags=["contacts"])


@router.post(
    "/contacts",
    auth=ClientToken("contacts.report"),
    response=Reported,
    openapi_extra=REPLAYABLE,
    summary="Report a contact that was made",
)
def post_contact(
    request: HttpRequest, response: HttpResponse, made: ContactMade, key: IdempotencyKey
) -> Reported:
    """Put a contact on record; it is never refused, and counts from now on.

    One that nobody had asked for, or that the rules forbid, opens an incident.
    """
    given = made.model_dump()
    contact = {
        "event_ref": given.pop("event_id"),
        "person_ref": given.pop("person_id"),
        "loan_refs": tuple(given.pop("loan_ids")),
        **given,
    }
    result = carry_out(report_contact, caller(request), key, response, contact=contact)
    return Reported.model_validate(result)
