"""Who looked at a person's file, for the person."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from arrears.api.answers import Listed
from arrears.api.answers.reads import Look
from arrears.api.door import ClientToken, caller
from arrears.api.v1.parameters import PageNumber, PageSize, PersonRef
from arrears.people.access import queries
from arrears.store.pages import Page

router = Router(tags=["persons"])


@router.get(
    "/persons/{path:person_ref}/reads",
    auth=ClientToken("reads.read"),
    response=Listed[Look],
    openapi_extra={"x-refusals": [404]},
    summary="Who looked at a person's file",
)
def get_reads(
    request: HttpRequest, person_ref: PersonRef, page: PageNumber, size: PageSize
) -> Page[queries.Look]:
    """Every look of a human at a person's data, the newest first, as the person is told it.

    For the page on which borrowers see who looked; the caller answers for that it is the person
    who asks.
    """
    actor = caller(request)
    return queries.told_to_person(actor, queries.person_of(actor, person_ref), page, size)
