"""A page that asks for one entry of the register: its form, what refuses it, where it leads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from arrears.console.register_forms import Paper
from arrears.console.register_told import sentence
from arrears.console.shell import show
from arrears.kernel.errors import ArrearsError, BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.store import clock
from arrears.store.actor import Actor
from arrears.store.commands import carried_out

form_page = require_http_methods(["GET", "HEAD", "POST"])
# What is done with the command's id and what the form says.
Act = Callable[[str, dict[str, Any]], Any]


@dataclass(frozen=True)
class Sheet:
    """What such a page says around its form.

    Parameters
    ----------
    back
        The address it leads back to, and where one is once it is done.
    told
        What is said then.
    lead
        A sentence above the form.
    """

    title: str
    back: str
    whose: str
    button: str
    told: str
    lead: str = ""
    danger: bool = False


def doing(action: Callable[..., Any], actor: Actor, **fixed: Any) -> Act:
    """The action as an :data:`Act`; ``fixed`` is what the page knows and the form does not say."""
    return lambda command_id, told: action(actor, command_id, **fixed, **told)


def ask(
    request: HttpRequest, actor: Actor, form: Paper, act: Act, sheet: Sheet
) -> HttpResponseBase:
    """Show the form, or carry out what it asks; sent twice, it is done once.

    A form that was filled from what stands is refused if that has changed since.
    """
    seen = _seen(form)
    if request.method == "POST":
        command_id = request.POST.get("command_id", "")
        if form.is_valid() and not _stale(request, actor, command_id, seen):
            try:
                act(command_id, form.arguments())
            except (BadInput, Conflict, NotFound) as error:
                _attach(form, error)
            else:
                messages.success(request, sheet.told)
                return redirect(sheet.back)
        elif form.is_valid():
            stale = _("It was changed meanwhile: below is what you wrote. Compare, and send again.")
            form.add_error(None, stale)
    context = {
        "form": form,
        "sheet": sheet,
        "seen": seen,
        "command_id": uuid7(clock.now()),
        "room_name": "staff" if sheet.back.startswith("/staff/") else "organisations",
    }
    status = 422 if request.method == "POST" else 200
    return show(request, actor, "register/form.html", context, status=status)


def _seen(form: Paper) -> str:
    """Short for what the form was filled from; empty where it was empty."""
    return hashlib.sha256(repr(form.initial).encode()).hexdigest()[:16] if form.initial else ""


def _stale(request: HttpRequest, actor: Actor, command_id: str, seen: str) -> bool:
    return request.POST.get("seen", "") != seen and not carried_out(actor, command_id)


def _attach(form: Paper, error: ArrearsError) -> None:
    """Put what refused it beside its field, or above the form."""
    field = str(error.where.get("key", ""))
    told = sentence(error)
    form.add_error(field if field in form.fields else None, told)
