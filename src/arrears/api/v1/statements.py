"""Statements of commission, line by line."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router

from arrears.api.answers import Listed
from arrears.api.answers.statements import Statement, StatementLine
from arrears.api.door import ClientToken, caller
from arrears.api.v1.parameters import PageNumber, PageSize
from arrears.placements.commission import queries
from arrears.store.pages import Page

router = Router(tags=["statements"])
Of = Annotated[
    str | None,
    Query(None, min_length=1, max_length=50, pattern=r"^[a-z0-9-]+$",
          description="an agency's ref; left out: all that the client may see"),
]  # fmt: skip


@router.get(
    "/statements",
    auth=ClientToken("statements.read"),
    response=Listed[Statement],
    summary="Statements",
)
def get_statements(
    request: HttpRequest, page: PageNumber, size: PageSize, organisation: Of
) -> Page[queries.StatementView]:
    """Statements, the newest month first; an agency's client sees its own once they are issued."""
    return queries.statements(caller(request), organisation, page, size)


@router.get(
    "/statements/{uuid:statement_id}",
    auth=ClientToken("statements.read"),
    response=Statement,
    openapi_extra={"x-refusals": [404]},
    summary="A statement",
)
def get_statement(request: HttpRequest, statement_id: UUID) -> queries.StatementView:
    """What an agency is owed for a month: scores, and totals by currency."""
    return queries.statement(caller(request), statement_id)


@router.get(
    "/statements/{uuid:statement_id}/lines",
    auth=ClientToken("statements.read"),
    response=Listed[StatementLine],
    openapi_extra={"x-refusals": [404]},
    summary="The lines of a statement",
)
def get_statement_lines(
    request: HttpRequest, statement_id: UUID, page: PageNumber, size: PageSize
) -> Page[queries.LineView]:
    """The lines of a statement in order: payments, reversals, deductions, adjustments."""
    return queries.statement_lines(caller(request), statement_id, page, size)
