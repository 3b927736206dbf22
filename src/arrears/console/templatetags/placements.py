"""What the screens of placements need to say: states, kinds, names and reasons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from arrears.console import placements_told
from arrears.placements.words import KINDS, STATES

register = template.Library()
AGENCY_STATES: Final[Mapping[str, Promise]] = {
    "proposed": _("proposed"),
    "approved": _("approved"),
    "suspended": _("suspended"),
    "ended": _("ended"),
}
ENDS: Final[Mapping[str, Promise]] = {"recalled": _("recalled"), "undone": _("undone")}


@register.filter
def batch_state(code: str) -> str:
    """The state of a batch."""
    return str(STATES.get(code, code))


@register.filter
def batch_kind(code: str) -> str:
    """What a batch does."""
    return str(KINDS.get(code, code))


@register.filter
def agency_state(code: str) -> str:
    """The state of an agency."""
    return str(AGENCY_STATES.get(code, code))


@register.filter
def placement_end(code: str) -> str:
    """How a placement ended."""
    return str(ENDS.get(code, code))


@register.filter
def moves(batch: Any) -> int:
    """How many persons a batch moved, or would move."""
    moved: int | None = batch.carried_out_count
    return int(batch.persons_count) if moved is None else moved


@register.filter
def called(acted: str | None, names: Mapping[str, str]) -> str:
    """The name of who acted."""
    return names.get(acted, acted) if acted else "—"


@register.filter
def aside_told(row: Any) -> str:
    """Why a person is set aside."""
    return placements_told.aside_told(row.reason, row.detail)
