"""Schemes in force and before, and what is proposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from arrears.kernel.errors import NotFound
from arrears.placements.commission.models import Scheme, SchemeProposal
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded
from arrears.store.transactions import transaction

READ: Final = "statements.read"


@dataclass(frozen=True, slots=True)
class SchemeView:
    """A version of a scheme, in force for ``[from_on, until_on)``.

    ``approved_by`` is None for one of before it took a second person.
    """

    id: UUID
    organisation: str
    number: int
    from_on: date
    until_on: date | None
    document: Mapping[str, Any]
    sha256: str
    made_at: datetime
    made_by: str
    approved_by: str | None


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A scheme that is proposed, or was; ``own``: the reader proposed it."""

    id: UUID
    organisation: str
    organisation_name: str
    from_on: date
    document: Mapping[str, Any]
    sha256: str
    reason: str
    state: str
    asked_by: str
    asked_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    own: bool


_SCHEME: Final = [name for name in SchemeView.__dataclass_fields__ if name != "organisation"]
_APART: Final = ("organisation", "organisation_name", "own")
_PROPOSAL: Final = [name for name in ProposalView.__dataclass_fields__ if name not in _APART]


def schemes(actor: Actor, organisation: str) -> tuple[SchemeView, ...]:
    """Versions of an organisation's scheme, the newest first, 200 at most."""
    actor.require(READ)
    with transaction(actor):
        found = Scheme.objects.filter(organisation__ref=organisation).order_by("-number")[:200]
        return tuple(
            SchemeView(organisation=organisation, **{name: getattr(each, name) for name in _SCHEME})
            for each in found
        )


def proposals(
    actor: Actor, organisation: str | None = None, number: int = 1, size: int = 50
) -> Page[ProposalView]:
    """What was proposed, the newest first; an agency sees none of it."""
    actor.require(READ)
    limit, offset = bounded(number, size)
    with transaction(actor):
        found = SchemeProposal.objects.select_related("organisation")
        if organisation is not None:
            found = found.filter(organisation__ref=organisation)
        total = found.count()
        ordered = found.order_by("-asked_at", "-id")[offset : offset + limit]
        return Page(tuple(_view(each, actor) for each in ordered), total, number, size)


def proposal(actor: Actor, proposal: UUID) -> ProposalView:
    """One proposal.

    Raises
    ------
    NotFound
        If there is none, or none that the actor may see.
    """
    actor.require(READ)
    with transaction(actor):
        found = SchemeProposal.objects.select_related("organisation").filter(id=proposal).first()
        if found is None:
            raise NotFound("there is no such proposal", key=proposal)
        return _view(found, actor)


def _view(found: SchemeProposal, actor: Actor) -> ProposalView:
    return ProposalView(
        organisation=found.organisation.ref,
        organisation_name=found.organisation.name,
        own=found.asked_by == actor.name,
        **{name: getattr(found, name) for name in _PROPOSAL},
    )
