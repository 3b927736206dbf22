"""What the lender handed in, and where its figures are not ours."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase

from arrears.book.contract import TABLES
from arrears.console import words
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.shell import screen, show
from arrears.loans.queries import differences, tape, tapes
from arrears.loans.queries.differences import Measure
from arrears.store.actor import Actor


@screen("data.read")
def tape_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The deliveries, the newest first; of one kind if the address says so."""
    kind = request.GET.get("kind", "")
    kinds = (kind,) if kind in words.KINDS else ()
    page = tapes(actor, kinds, page=page_of(request.GET), size=PAGE_SIZE)
    context = {"page": page, "kind": kind, "kinds": tuple(words.KINDS.items())}
    return show(request, actor, "data/tapes.html", context)


@screen("data.read")
def tape_page(request: HttpRequest, actor: Actor, tape_id: UUID) -> HttpResponseBase:
    """One delivery: received = accepted + set aside, in rows and in money."""
    detail = tape(actor, tape_id)
    tables = [
        (name, table["rows"], sorted(table["money_minor"].items()))
        for name, table in sorted(detail.totals.get("tables", {}).items(), key=_as_in_contract)
    ]
    context = {"detail": detail, "tape": detail.tape, "tables": tables}
    return show(request, actor, "data/tape.html", context)


def _as_in_contract(table: tuple[str, Any]) -> tuple[int, str]:
    names = list(TABLES)
    return names.index(table[0]) if table[0] in names else len(names), table[0]


@screen("data.read")
def difference_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The lender's own figures that our ageing does not explain, the largest first."""
    asked = request.GET.get("measure", "")
    measure = cast(Measure, asked) if asked in words.MEASURES else None
    page = differences(actor, measure, page=page_of(request.GET), size=PAGE_SIZE)
    context = {"page": page, "measure": measure, "measures": tuple(words.MEASURES.items())}
    return show(request, actor, "data/differences.html", context)
