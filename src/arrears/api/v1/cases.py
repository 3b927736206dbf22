"""Cases: the list, slice by slice, and one in full."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router
from pydantic import BaseModel, Field

from arrears.api.answers.cases import CaseAnswer, CaseSlice
from arrears.api.door import ClientToken, caller
from arrears.book.contract import AMOUNT_MAX
from arrears.cases import queries
from arrears.store.pages import LARGEST_PAGE

router = Router(tags=["cases"])
Text = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\u0000]+$")]
Amount = Annotated[int, Field(ge=0, le=1000 * AMOUNT_MAX)]


class CaseQuery(BaseModel):
    """Which cases; what is left out does not narrow."""

    state: Literal["open", "cured", "withdrawn", "any"] = "open"
    bucket: Annotated[
        list[Literal["M1", "M2", "M3", "M4", "M5", "M6", "M7+"]],
        Field(max_length=7, description="may be given several times"),
    ] = []
    treatment: Text | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    least_minor: Annotated[Amount | None, Field(description="overdue at least")] = None
    most_minor: Annotated[Amount | None, Field(description="overdue at most")] = None
    hold: Literal["any", "none", "data_doubt", "missing"] | None = None
    text: Annotated[
        Text | None, Field(description="start of a person's or loan's reference, part of a name")
    ] = None
    after: Annotated[
        UUID | None, Field(description="`next_after` of the slice before; null: from the start")
    ] = None
    size: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = 100


@router.get(
    "/cases", auth=ClientToken("cases.read"), response=CaseSlice, summary="Cases, by slices"
)
def get_cases(request: HttpRequest, which: Query[CaseQuery]) -> queries.CaseSlice:
    """Cases in the order of their ids: a case opened meanwhile shifts no slice."""
    narrowed = queries.CaseFilter(
        state=None if which.state == "any" else which.state,
        buckets=tuple(which.bucket),
        treatment=which.treatment,
        currency=which.currency,
        least_minor=which.least_minor,
        most_minor=which.most_minor,
        hold=which.hold,
        text=which.text,
    )
    return queries.cases_after(caller(request), narrowed, which.after, which.size)


@router.get(
    "/cases/{uuid:case_id}",
    auth=ClientToken("cases.read"),
    response=CaseAnswer,
    openapi_extra={"x-refusals": [404]},
    summary="A case in full",
)
def get_case(request: HttpRequest, case_id: UUID) -> queries.CaseDetail:
    """A case with its loans, bucket history, timeline and the reason of its treatment."""
    return queries.case(caller(request), case_id)
