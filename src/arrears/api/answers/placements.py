"""Batches of placements, their persons, and who leads whom."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from arrears.api.answers import Answer, MaybeMinor, Minor

Kind = Literal["place", "recall", "retain"]
State = Literal["previewed", "asked", "approved", "carried_out", "undone", "refused", "expired"]
Digest = Annotated[
    str, Field(description="SHA-256 of kind, agency, term and the sorted persons; ask with it")
]
Second = Annotated[
    list[str],
    Field(description="agency, persons, money:CNY …: why a second person decides; none: one will"),
]
Reason = Annotated[
    str,
    Field(description="no_case, placed_here, placed_elsewhere, held, doubt, product, jurisdiction,"
          " conflict, not_placed, term_kept"),
]  # fmt: skip


class MoneyOf(Answer):
    """What persons of a batch owe in one currency."""

    currency: str
    persons: int
    overdue_minor: Minor


class AsideCount(Answer):
    """How many persons are set aside for a reason."""

    reason: Reason
    persons: int


class Drawn(Answer):
    """A batch as it was drawn up: who would be moved, and who is set aside. Nobody is moved yet."""

    batch_id: UUID
    kind: Kind
    state: State
    digest: Digest
    persons: Annotated[int, Field(description="those not set aside")]
    money: list[MoneyOf]
    set_aside: list[AsideCount]
    second_because: Second
    expires_at: Annotated[datetime, Field(description="by then it is carried out, or it is over")]


class RecalledPersons(Drawn):
    """A recall that was carried out at once."""

    changed: Annotated[
        list[AsideCount], Field(description="who was not moved after all, by reason")
    ]


class Batch(Answer):
    """A batch of placements; who did what is ``staff:…``, ``machine:…`` or ``system:…``."""

    id: UUID
    kind: Kind
    organisation: Annotated[str, Field(description="the agency's ref")]
    organisation_name: str
    reason: str
    term_until_on: Annotated[date | None, Field(description="the first day on which it is over")]
    persons_count: int
    set_aside_count: int
    money: list[MoneyOf]
    digest: Digest
    second_because: Second
    state: State
    previewed_by: str
    previewed_at: datetime
    expires_at: datetime
    asked_by: str | None
    asked_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str | None
    carried_out_by: str | None
    carried_out_at: datetime | None
    carried_out_count: Annotated[
        int | None, Field(description="persons moved, less those who changed since the preview")
    ]
    undone_by: str | None
    undone_at: datetime | None
    undo_reason: str | None


class PersonOfBatch(Answer):
    """A person of a batch: taken, or set aside."""

    person_ref: str
    currency: str | None
    overdue_minor: MaybeMinor
    aside: Annotated[Reason | None, Field(description="why set aside; null: taken")]
    detail: Annotated[str | None, Field(description="which hold, product, agency …")]
    changed: Annotated[bool, Field(description="set aside only as the batch was carried out")]


class Led(Answer):
    """What an agency leads now."""

    organisation: str
    organisation_name: str
    state: str
    persons: int
    over: Annotated[int, Field(description="of these, whose term is over")]
    untold: Annotated[int, Field(description="of these, who are still to be told of the agency")]


class AllLed(Answer):
    """Every agency with what it leads, by reference; a client of an agency sees its own."""

    rows: list[Led]


class NoticeDue(Answer):
    """A person who is still to be told of their agency, before its first contact."""

    placement_id: UUID
    person_ref: str
    organisation: str
    due_at: datetime


class PlacementOfPerson(Answer):
    """An agency led a person's case for ``[from_at, until_at)``."""

    id: UUID
    organisation: str
    organisation_name: str
    from_at: datetime
    until_at: Annotated[datetime | None, Field(description="null: it leads it now")]
    term_until_on: date
    reason: str
    end_kind: Annotated[str | None, Field(description="recalled or undone")]
    end_reason: str | None
    told_at: Annotated[
        datetime | None, Field(description="when the person was told of the agency; null: not yet")
    ]


class PlacementsOfPerson(Answer):
    """The placements of a person, the newest first, 100 at most."""

    rows: list[PlacementOfPerson]
