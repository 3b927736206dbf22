"""Work queues, what becomes of their cases, and the allotment of the day."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from arrears.api.answers import Answer, Bucket, Listed, MaybeMinor


class QueuedCase(Answer):
    """A case that somebody is to work today."""

    case_id: UUID
    person_ref: str
    bucket: Bucket
    days_past_due: int | None
    currency: str
    overdue_minor: MaybeMinor
    treatment: str
    due_on: Annotated[date, Field(description="since when it waits")]
    carried_days: Annotated[int, Field(description="for how many days it has been left over")]
    keeper_id: Annotated[UUID, Field(description="who keeps it, as the register has them")]
    keeper_name: str
    taken_at: Annotated[datetime | None, Field(description="null: it is in nobody's hands")]


class QueueAnswer(Answer):
    """What somebody works on today."""

    badge_no: str
    in_hand: Annotated[list[QueuedCase], Field(description="taken up, the first taken first")]
    waiting: Annotated[
        Listed[QueuedCase], Field(description="what comes next, left over longest first")
    ]
    carried: Annotated[int, Field(description="how many of the whole list were left over")]


class TakenUp(Answer):
    """The case is in the hands of who took it up, until it is finished or the day is over."""

    case_id: UUID
    staff_id: UUID


class LetGo(Answer):
    """The case is in nobody's hands; it waits again from ``due_on`` on."""

    case_id: UUID
    due_on: date


class HandedOver(TakenUp):
    """The case is kept by somebody else now."""

    over_capacity: Annotated[
        int, Field(description="1: that is more than they can work on at one time")
    ]


class Keeper(Answer):
    """Who keeps cases, in figures of today."""

    staff_id: UUID
    display_name: str
    badge_no: str
    team: str | None
    capacity: int
    load: Annotated[int, Field(description="open cases that they keep")]
    away: bool
    away_until_on: date | None
    ready: Annotated[bool, Field(description="at work, badge and papers in order")]
    due: Annotated[int, Field(description="cases to work today")]
    carried: Annotated[int, Field(description="of these, left over")]
    in_hand: int


class AllotmentAnswer(Answer):
    """What the newest run's allotment gave to whom; ``counts`` are of the lender's whole house."""

    as_of: Annotated[date | None, Field(description="day of the run; null: none, or not told")]
    counts: Annotated[
        dict[str, Any] | None,
        Field(description="allotted, moved, let_go, kept, closed, nobody (by reason), unkept …; "
              "null for a client of an agency"),
    ]  # fmt: skip
    unkept: Annotated[
        int, Field(description="open cases, not on hold, that nobody at work keeps now")
    ]
    keepers: Annotated[list[Keeper], Field(description="500 at most")]


class UnkeptCase(Answer):
    """An open case, not on hold, that nobody at work keeps."""

    case_id: UUID
    person_ref: str
    bucket: Bucket
    product: str
    why: Annotated[str, Field(description="nobody, placed, left or away")]
    since_at: datetime | None
    reason: Annotated[
        str | None,
        Field(description="why nobody fits: no_staff, no_capacity, no_product, no_bucket, "
              "no_language, conflict; null: the next allotment gives it to somebody"),
    ]  # fmt: skip


class Kept(Answer):
    """Who kept a case for ``[from_at, until_at)``."""

    number: int
    staff_id: UUID
    display_name: str
    organisation: str
    from_at: datetime
    until_at: datetime | None
    because: Annotated[str, Field(description="allotted or handed_over")]
    ended_because: str | None


class KeptBy(Answer):
    """Who kept a case when, the latest first, 200 at most."""

    rows: list[Kept]
