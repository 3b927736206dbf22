"""Tapes, the rows of them that were set aside, and runs."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from arrears.api.answers import Listed
from arrears.api.answers.tapes import Run, SetAsideRow, Tape, TapeAnswer
from arrears.api.door import ClientToken, caller
from arrears.api.v1.parameters import PageNumber, PageSize
from arrears.daily.queries import RunView, runs
from arrears.loans.queries import (
    SetAsideFilter,
    SetAsideView,
    TapeDetail,
    TapeView,
    set_aside,
    tape,
    tapes,
)
from arrears.store.pages import Page

router = Router(tags=["tapes and runs"])
State = Annotated[Literal["open", "mended", "superseded", "any"], Query("open")]


@router.get("/tapes", auth=ClientToken("data.read"), response=Listed[Tape], summary="Deliveries")
def get_tapes(request: HttpRequest, page: PageNumber, size: PageSize) -> Page[TapeView]:
    """What the lender handed in, the newest first: tapes, pushes, mends and recalls."""
    return tapes(caller(request), (), page, size)


@router.get(
    "/tapes/{uuid:tape_id}",
    auth=ClientToken("data.read"),
    response=TapeAnswer,
    openapi_extra={"x-refusals": [404]},
    summary="A delivery",
)
def get_tape(request: HttpRequest, tape_id: UUID) -> TapeDetail:
    """A delivery with its totals of rows and money, and what was set aside for which reason."""
    return tape(caller(request), tape_id)


@router.get(
    "/tapes/{uuid:tape_id}/set-aside",
    auth=ClientToken("data.read"),
    response=Listed[SetAsideRow],
    openapi_extra={"x-refusals": [404]},
    summary="Rows set aside",
)
def get_set_aside(
    request: HttpRequest, tape_id: UUID, page: PageNumber, size: PageSize, state: State
) -> Page[SetAsideView]:
    """The rows of a delivery that failed a check, each with its reason; identity is masked."""
    actor = caller(request)
    tape(actor, tape_id)
    which = SetAsideFilter(tape_id=tape_id, state=None if state == "any" else state)
    return set_aside(actor, which, page, size)


@router.get("/runs", auth=ClientToken("data.read"), response=Listed[Run], summary="Runs")
def get_runs(request: HttpRequest, page: PageNumber, size: PageSize) -> Page[RunView]:
    """The business days that were run, the newest first."""
    return runs(caller(request), page, size)
