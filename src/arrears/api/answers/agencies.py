"""Agencies with their papers, and the staff of the register."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import Field

from arrears.api.answers import Answer

Until = Annotated[date, Field(description="the first day on which it is good no more")]


class AgencyStanding(Answer):
    """An agency, and why nothing may be placed with it today."""

    id: UUID
    ref: Annotated[str, Field(description="how it is called in every other operation")]
    name: str
    form: str
    state: Annotated[str, Field(description="proposed, approved, suspended or ended")]
    state_on: Annotated[date, Field(description="since when")]
    contract_until_on: Annotated[
        date | None, Field(description="first day without the contract in force; null: none is")
    ]
    review_due_on: Annotated[
        date | None, Field(description="first day on which the yearly review is overdue")
    ]
    obstacles: Annotated[
        list[str],
        Field(description="unknown, proposed, suspended, ended, contract, impact, review, "
              "unpublished; none: persons may be placed with it"),
    ]  # fmt: skip


class Agencies(Answer):
    """All agencies by reference, 200 at most."""

    rows: list[AgencyStanding]


class Contract(Answer):
    """What an agency is engaged for, for ``[from_on, until_on)``."""

    id: UUID
    contract_no: str
    licence_no: str | None
    purpose: str
    products: list[str]
    jurisdictions: list[str]
    channels: list[str]
    data_kinds: Annotated[list[str], Field(description="what of persons is handed over")]
    from_on: date
    until_on: Until
    impact_assessed_on: Annotated[
        date | None, Field(description="null: not yet, and nothing may be placed")
    ]
    sub_entrusting: bool


class Review(Answer):
    """A look at an agency; marks are 1 (failed) to 5, the rating is the lowest of them."""

    id: UUID
    kind: Annotated[str, Field(description="yearly or exit")]
    reviewed_on: date
    conduct: int
    quality: int
    data_security: int
    rating: int
    due_on: Annotated[date | None, Field(description="of the next one; null: exit")]


class Deletion(Answer):
    """An agency's proof that it gave back or deleted what it held."""

    id: UUID
    kind: Annotated[str, Field(description="returned or deleted")]
    done_on: date
    statement: str


class AgencyAnswer(Answer):
    """An agency with its papers, the newest of each kind first."""

    agency: AgencyStanding
    address: str | None
    phone: Annotated[str | None, Field(description="the agency's own, as on the public list")]
    email: str | None
    registration_no: str | None
    state_reason: str | None
    contracts: list[Contract]
    reviews: list[Review]
    deletions: list[Deletion]


class StaffMember(Answer):
    """Somebody on the register of staff, and what they may do today."""

    id: UUID
    badge_no: str
    display_name: Annotated[str, Field(description="as persons are told it")]
    organisation: Annotated[str, Field(description="`lender`, or an agency's ref")]
    team: str | None
    languages: list[str]
    skills: list[str]
    capacity: Annotated[int, Field(description="open persons at one time")]
    joined_on: date
    left_on: Annotated[date | None, Field(description="the first day without them")]
    away: bool
    away_until_on: Annotated[
        date | None, Field(description="the first day on which they are back; null: not known")
    ]
    papers: Annotated[
        dict[str, date],
        Field(description="training, test, background … and the first day without it"),
    ]
    facts: Annotated[
        dict[str, bool],
        Field(description="the rulebook's `staff_*` facts of today; false refuses their acts"),
    ]
