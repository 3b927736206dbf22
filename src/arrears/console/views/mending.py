"""Rows set aside: the list, and one row mended in place."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from arrears.book.contract import TABLES
from arrears.console.filters import PAGE_SIZE, SetAsideForm, page_of
from arrears.console.shell import part, screen, show, wants_part
from arrears.kernel.errors import BadInput, Conflict
from arrears.kernel.ids import uuid7
from arrears.loans.actions import mend
from arrears.loans.queries import SetAsideDetail, set_aside, set_aside_row
from arrears.people.access.actions import note_read
from arrears.store import clock
from arrears.store.actor import Actor

# Before the name of a column in the form, so that no column can pose as another field.
PREFIX = "cell."
EMPTY = "empty."  # ticked for a masked cell that is to be empty


@screen("data.read")
def row_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The rows set aside that the address asks for."""
    form = SetAsideForm(request.GET)
    page = set_aside(actor, form.which(), page=page_of(request.GET), size=PAGE_SIZE)
    context = {"form": form, "page": page}
    if wants_part(request):
        return part(request, "data/set_aside_part.html", context)
    return show(request, actor, "data/set_aside.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@screen("data.read")
def row(request: HttpRequest, actor: Actor, row_id: UUID) -> HttpResponseBase:
    """One row as received, with its reason; mended here, it is checked and taken in."""
    detail = set_aside_row(actor, row_id)
    for person_id in detail.person_ids:
        note_read(actor, person_id, "set_aside")
    if request.method == "POST":
        return _mended(request, actor, detail)
    return _shown(request, actor, detail)


def _mended(request: HttpRequest, actor: Actor, detail: SetAsideDetail) -> HttpResponseBase:
    row_id, cells = detail.row.id, _cells(request.POST, detail)
    command_id = request.POST.get("command_id", "")
    try:
        result: dict[str, Any] = mend(actor, command_id, row_id=str(row_id), row=cells)
    except (BadInput, Conflict) as error:
        detail = set_aside_row(actor, row_id)
        return _shown(request, actor, detail, error=error, status=error.http_status)
    if not result["mended"]:
        detail = set_aside_row(actor, row_id)
        return _shown(request, actor, detail, still_wrong=result["still_wrong"], status=422)
    taken = int(result["accepted"])
    messages.success(
        request,
        ngettext(
            "Mended: %(count)s row was taken in.", "Mended: %(count)s rows were taken in.", taken
        )
        % {"count": taken},
    )
    return redirect(reverse("console:set-aside-row", args=[row_id]))


def _cells(posted: QueryDict, detail: SetAsideDetail) -> dict[str, str | None]:
    """What was typed; a masked cell left empty stays as it is, unless it is to be empty."""
    masked = {column.name for column in detail.columns if column.masked}
    cells = {
        name: str(posted[f"{PREFIX}{name}"]).strip() or None
        for name in TABLES[detail.row.table].names
        if f"{PREFIX}{name}" in posted
    }
    return {
        name: value
        for name, value in cells.items()
        if value is not None or name not in masked or f"{EMPTY}{name}" in posted
    }


def _shown(
    request: HttpRequest,
    actor: Actor,
    detail: SetAsideDetail,
    *,
    still_wrong: list[dict[str, Any]] | None = None,
    error: BadInput | Conflict | None = None,
    status: int = 200,
) -> HttpResponseBase:
    own = TABLES[detail.row.table].names
    context = {
        "detail": detail,
        "row": detail.row,
        "columns": [c for c in detail.columns if c.name in own],
        "beside": [c for c in detail.columns if c.name not in own],
        "received": [(name, value) for name, value in detail.row.row.items()],
        "prefix": PREFIX,
        "empty": EMPTY,
        # A page sent twice carries one id twice, and counts once.
        "command_id": uuid7(clock.now()),
        "still_wrong": still_wrong,
        "error": error,
        "editable": detail.row.state == "open" and "data.mend" in actor.permissions,
    }
    return show(request, actor, "data/set_aside_row.html", context, status=status)
