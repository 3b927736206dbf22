"""Agencies and the register of staff: read."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from django.http import HttpRequest
from ninja import Path, Query, Router

from arrears.api.answers import Listed
from arrears.api.answers.agencies import Agencies, AgencyAnswer, StaffMember
from arrears.api.door import ClientToken, caller
from arrears.api.v1.parameters import PageNumber, PageSize
from arrears.kernel.errors import NotFound
from arrears.people.organisations import agency_of
from arrears.people.register import StaffRow, agencies, agency, staff_page
from arrears.store.actor import Actor
from arrears.store.pages import Page

router = Router(tags=["agencies and staff"])
Ref = Annotated[
    str, Path(..., min_length=1, max_length=50, pattern=r"^[a-z0-9-]+$", description="its ref")
]
Of = Annotated[
    str | None,
    Query(None, min_length=1, max_length=50, pattern=r"^[a-z0-9-]+$",
          description="`lender` or an agency's ref; left out: all"),
]  # fmt: skip
BadgeNo = Annotated[
    str | None,
    Query(None, min_length=1, max_length=80, pattern=r"^[^\u0000-\u001f]+$",
          description="only this one"),
]  # fmt: skip
Gone = Annotated[bool, Query(False, description="those who left, too")]


def own(actor: Actor, ref: str, of: object) -> None:
    """Raise NotFound if the client is an agency's, and this is not its own.

    Parameters
    ----------
    of
        The id of the organisation concerned.
    """
    if agency_of(actor.scope) not in (None, of):
        raise NotFound("there is no such agency", key=ref)


@router.get("/agencies", auth=ClientToken("agencies.read"), response=Agencies, summary="Agencies")
def get_agencies(request: HttpRequest) -> Agencies:
    """The agencies, and why nothing may be placed with each; an agency's client sees its own."""
    actor = caller(request)
    mine = agency_of(actor.scope)
    rows = [asdict(row) for row in agencies(actor) if mine in (None, row.id)]
    return Agencies.model_validate({"rows": rows})


@router.get(
    "/agencies/{agency_ref}",
    auth=ClientToken("agencies.read"),
    response=AgencyAnswer,
    openapi_extra={"x-refusals": [404]},
    summary="An agency with its papers",
)
def get_agency(request: HttpRequest, agency_ref: Ref) -> AgencyAnswer:
    """An agency with its contracts, reviews and proofs of deletion."""
    actor = caller(request)
    found = agency(actor, agency_ref)
    own(actor, agency_ref, found.row.id)
    return AgencyAnswer.model_validate({**asdict(found), "agency": found.row})


@router.get(
    "/staff", auth=ClientToken("register.read"), response=Listed[StaffMember], summary="Staff"
)
def get_staff(
    request: HttpRequest,
    page: PageNumber,
    size: PageSize,
    organisation: Of,
    badge_no: BadgeNo,
    gone: Gone,
) -> Page[StaffRow]:
    """The register of staff by organisation and badge, with papers and what they may do today.

    Whoever lacks a fact may not act: the gate refuses what they are named for.
    """
    return staff_page(
        caller(request), page, size, organisation=organisation, badge_no=badge_no, gone=gone
    )
