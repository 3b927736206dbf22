"""Organisations as lists and pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from arrears.kernel.errors import NotFound
from arrears.people.models import (
    AgencyContract,
    AgencyReview,
    AuthorityLetter,
    DeletionProof,
    Organisation,
)
from arrears.people.organisations import LENDER_ID, LENDER_REF, agency_of
from arrears.people.register.facts import agency_on_register, obstacles_of
from arrears.people.register.lacking import lacking
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """An organisation in a list; of the lender itself most is empty.

    Parameters
    ----------
    contract_until_on
        Of the contract in force: the first day without it; None: none is in force.
    licence_until_on, impact_assessed_on
        Of that contract: the first day on which its licence is over (None: it does not end, or
        none is named), and when the impact was assessed (None: it was not).
    review_due_on
        First day on which the yearly review is overdue.
    published
        Whether it stands on the public list.
    obstacles
        Why nothing may be placed with it today, as ``people.words.OBSTACLES`` names them.
    """

    id: UUID
    ref: str
    kind: str
    name: str
    form: str
    state: str
    state_on: date
    contract_until_on: date | None
    licence_until_on: date | None
    impact_assessed_on: date | None
    review_due_on: date | None
    published: bool
    obstacles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgencyPage:
    """All about one agency; its contracts, reviews and proofs newest first.

    Parameters
    ----------
    lacking
        What the next step of its life still needs: keys of ``people.words.LACKING``.
    """

    row: AgencyRow
    address: str | None
    phone: str | None
    email: str | None
    registration_no: str | None
    state_reason: str | None
    contracts: tuple[Mapping[str, Any], ...]
    reviews: tuple[Mapping[str, Any], ...]
    deletions: tuple[Mapping[str, Any], ...]
    letters: tuple[Mapping[str, Any], ...]
    lacking: tuple[str, ...]


def agencies(actor: Actor) -> tuple[AgencyRow, ...]:
    """All agencies by reference, 200 at most; needs ``agencies.read``.

    An agency's own people see none but their own.
    """
    actor.require("agencies.read")
    with transaction(actor) as at:
        found = _visible(actor).filter(kind="agency").order_by("ref")[:MOST]
        return tuple(_row(each, at.today) for each in found)


def agency(actor: Actor, ref: str) -> AgencyPage:
    """One agency; needs ``agencies.read``. Its own people are not told the reviewers' notes."""
    found = organisation(actor, ref)
    if found.row.kind != "agency":
        raise NotFound("there is no such agency", key=ref)
    return found


def organisation(actor: Actor, ref: str) -> AgencyPage:
    """One agency, or the lender itself; as :func:`agency`."""
    actor.require("agencies.read")
    with transaction(actor) as at:
        found = _visible(actor).filter(ref=ref).first()
        if found is None and ref == LENDER_REF and agency_of(actor.scope) is None:
            found = unnamed_lender(at.today)
        if found is None:
            raise NotFound("there is no such organisation", key=ref)
        of = {"organisation": found}
        contracts = AgencyContract.objects.filter(**of).order_by("-from_on", "id")
        reviews = AgencyReview.objects.filter(**of).order_by("-reviewed_on", "id")
        deletions = DeletionProof.objects.filter(**of).order_by("-done_on", "id")
        letters = AuthorityLetter.objects.filter(**of).order_by("-until_on", "letter_no", "id")
        hidden = {} if agency_of(actor.scope) is None else {"note": None}
        return AgencyPage(
            row=_row(found, at.today),
            address=found.address,
            phone=found.phone,
            email=found.email,
            registration_no=found.registration_no,
            state_reason=found.state_reason,
            contracts=tuple(dict(each) for each in contracts.values()[:MOST]),
            reviews=tuple(dict(each) | hidden for each in reviews.values()[:MOST]),
            deletions=tuple(dict(each) for each in deletions.values()[:MOST]),
            letters=tuple(dict(each) for each in letters.values()[:MOST]),
            lacking=lacking(found, at.today),
        )


def unnamed_lender(day: date) -> Organisation:
    """The lender as it is before anything needed its row; not saved."""
    return Organisation(
        id=LENDER_ID, ref=LENDER_REF, kind="lender", name=LENDER_REF, form="bank",
        state="approved", state_on=day,
    )  # fmt: skip


def _visible(actor: Actor) -> QuerySet[Organisation]:
    own = agency_of(actor.scope)
    every = Organisation.objects.all()
    return every if own is None else every.filter(id=own)


def _row(found: Organisation, day: date) -> AgencyRow:
    known = agency_on_register(found.ref)
    running = [each for each in known.contracts if each.days.contain(day)] if known else []
    return AgencyRow(
        id=found.id,
        ref=found.ref,
        kind=found.kind,
        name=found.name,
        form=found.form,
        state=found.state,
        state_on=found.state_on,
        contract_until_on=running[0].days.end if running else None,
        licence_until_on=running[0].licence_until_on if running else None,
        impact_assessed_on=running[0].impact_assessed_on if running else None,
        review_due_on=known.review_due_on if known else None,
        published=known is not None and known.published,
        obstacles=() if found.kind == "lender" else obstacles_of(known, day),
    )
