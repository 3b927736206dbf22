"""What outside systems say of placements and of work queues."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StrictInt

from arrears.api.contacting import Id, Ref, Text
from arrears.api.rows import Day, Strict
from arrears.book.age.bucket import BUCKETS
from arrears.placements.rules.filters import MOST_REFS

Agency = Annotated[
    str,
    Field(min_length=1, max_length=50, pattern=r"^[a-z0-9-]+$", description="the agency's ref"),
]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\u0000]*$")]
Words = Annotated[list[Word], Field(max_length=100)]
Amount = Annotated[StrictInt, Field(ge=0, le=2**53 - 1)]
Days = Annotated[StrictInt, Field(ge=0, le=100_000)]
Badge = Annotated[
    str,
    Field(min_length=1, max_length=80, pattern=r"^[^\u0000-\u001f]+$",
          description="of the member of staff for whom the program acts"),
]  # fmt: skip
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="of the preview")]


class Which(Strict):
    """Which persons; of several conditions all must hold, and at least one is given."""

    person_ids: Annotated[
        list[Ref], Field(max_length=MOST_REFS, description="the tape's person_id")
    ] = []
    buckets: Annotated[
        list[Literal["M1", "M2", "M3", "M4", "M5", "M6", "M7+"]], Field(max_length=len(BUCKETS))
    ] = []
    products: Words = []
    treatments: Words = []
    jurisdictions: Annotated[Words, Field(description="CN covers CN-44 too")] = []
    currency: Annotated[
        Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None,
        Field(description="of the amounts; needed with one"),
    ] = None
    least_minor: Annotated[Amount | None, Field(description="overdue at least")] = None
    most_minor: Annotated[Amount | None, Field(description="overdue at most")] = None
    least_days: Annotated[Days | None, Field(description="days past due at least")] = None
    most_days: Annotated[Days | None, Field(description="days past due at most")] = None
    term_over: Annotated[
        StrictBool, Field(description="of a recall: only those whose term is over")
    ] = False


class BatchWanted(Strict):
    """Persons to be placed with an agency, taken back from it or left with it."""

    kind: Literal["place", "recall", "retain"]
    organisation: Agency
    filter: Which
    reason: Text
    term_until_on: Annotated[
        Day | None,
        Field(description="first day on which it is over; of a placement or a longer term"),
    ] = None


class BatchAsked(Strict):
    """That the list which was previewed is the one that is meant."""

    digest: Digest


class PersonsRecalled(Strict):
    """Persons whom the lender takes back from an agency now."""

    organisation: Agency
    person_ids: Annotated[
        list[Ref], Field(min_length=1, max_length=1_000, description="the tape's person_id")
    ]
    reason: Text


class PersonsKept(Strict):
    """Persons whom an agency asks to keep beyond their term."""

    organisation: Agency
    person_ids: Annotated[
        list[Ref], Field(min_length=1, max_length=1_000, description="the tape's person_id")
    ]
    term_until_on: Annotated[Day, Field(description="the first day on which it is over")]
    reason: Text


class CaseTaken(Strict):
    """A case that somebody takes up, or is done with."""

    badge_no: Badge
    case_id: Id


class CasePutBack(CaseTaken):
    """A case that somebody puts back."""

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\u0000-\u001f]*$")]
    until_on: Annotated[
        Day | None, Field(description="the day to see it again; null: at once, in its place")
    ] = None


class CaseHandedOver(Strict):
    """A case that is given to another keeper."""

    case_id: Id
    to: Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\u0000-\u001f]+$",
                             description="badge number of who keeps it from now on")]  # fmt: skip
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\u0000-\u001f]*$")]
