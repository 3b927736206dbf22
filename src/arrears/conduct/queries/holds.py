"""Holds of a person, and stop switches, as screens show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q

from arrears.conduct.models import Hold, Standing, Stop
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded
from arrears.store.transactions import transaction

MOST_HOLDS: Final = 200


@dataclass(frozen=True, slots=True)
class HoldView:
    """A hold: why, within which scope, since when and until when.

    Parameters
    ----------
    shared
        Whether it stands with another record of the same person (one budget).
    loan_ref, channel, part
        Its scope; None: all loans, all channels, the whole.
    until_at
        None: until it is closed.
    in_force
        Whether it holds at the moment of reading.
    handed_over
        How many contacts had gone out before and were not answered yet.
    """

    id: UUID
    kind: str
    tape_kind: str | None
    shared: bool
    loan_ref: str | None
    channel: str | None
    part: str | None
    from_at: datetime
    until_at: datetime | None
    source: str
    reason: str
    opened_by: str
    opened_at: datetime
    closed_at: datetime | None
    closed_by: str | None
    close_reason: str | None
    in_force: bool
    handed_over: int


@dataclass(frozen=True, slots=True)
class StopView:
    """A stop switch.

    Parameters
    ----------
    scope, value
        What it stops; ``all`` has no value.
    until_at
        Its planned end.
    approved_by
        The second person; None while nobody confirmed it. It stops all the same.
    in_force
        Whether it stops anything at the moment of reading.
    """

    id: UUID
    scope: str
    value: str | None
    reason: str
    from_at: datetime
    until_at: datetime
    asked_by: str
    approved_by: str | None
    approved_at: datetime | None
    lifted_at: datetime | None
    lifted_by: str | None
    lift_reason: str | None
    in_force: bool


def holds_of(actor: Actor, person_id: UUID) -> tuple[HoldView, ...]:
    """The newest holds of a person and of whoever shares their budget, those in force first.

    Needs ``cases.read``.
    """
    actor.require("cases.read")
    with transaction(actor) as at:
        subject = Standing.objects.filter(person_id=person_id).values("subject_id")
        persons = Standing.objects.filter(subject_id__in=subject).values("person_id")
        rows = (
            Hold.objects.filter(Q(person_id=person_id) | Q(person_id__in=persons))
            .select_related("loan")
            .order_by("-opened_at", "id")[:MOST_HOLDS]
        )
        found = [_hold(row, person_id, at.now) for row in rows]
    return tuple(sorted(found, key=lambda hold: not hold.in_force))


def _hold(row: Hold, person_id: UUID, now: datetime) -> HoldView:
    open_now = row.closed_at is None and row.from_at <= now
    return HoldView(
        id=row.id,
        kind=row.kind,
        tape_kind=row.tape_kind,
        shared=row.person_id != person_id,
        loan_ref=row.loan.loan_ref if row.loan is not None else None,
        channel=row.channel,
        part=row.part,
        from_at=row.from_at,
        until_at=row.until_at,
        source=row.source,
        reason=row.reason,
        opened_by=row.opened_by,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        close_reason=row.close_reason,
        in_force=open_now and (row.until_at is None or now < row.until_at),
        handed_over=len(row.handed_over),
    )


def stops(actor: Actor, number: int = 1, size: int = 50) -> Page[StopView]:
    """The stop switches, the newest first; needs ``conduct.read`` or the right to set one."""
    if "stops.open" not in actor.permissions:
        actor.require("conduct.read")
    limit, offset = bounded(number, size)
    with transaction(actor) as at:
        total = Stop.objects.count()
        rows = Stop.objects.order_by("-from_at", "-id")[offset : offset + limit]
        found = tuple(_stop(row, at.now) for row in rows)
    return Page(rows=found, total=total, number=number, size=size)


def stopped_all(now: datetime) -> StopView | None:
    """The stop of everything that is in force and ends last; None if nothing stops everything.

    Like the mode, everybody may know it: no scope is needed.
    """
    row = (
        Stop.objects.filter(scope="all", lifted_at=None, from_at__lte=now, until_at__gt=now)
        .order_by("-until_at", "-id")
        .first()
    )
    return None if row is None else _stop(row, now)


def _stop(row: Stop, now: datetime) -> StopView:
    return StopView(
        id=row.id,
        scope=row.scope,
        value=row.value,
        reason=row.reason,
        from_at=row.from_at,
        until_at=row.until_at,
        asked_by=row.asked_by,
        approved_by=row.approved_by,
        approved_at=row.approved_at,
        lifted_at=row.lifted_at,
        lifted_by=row.lifted_by,
        lift_reason=row.lift_reason,
        in_force=row.lifted_at is None and row.from_at <= now < row.until_at,
    )
