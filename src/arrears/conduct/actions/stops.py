"""Stop switches: they fall at once, a second person confirms them, and they are lifted with a
reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from arrears.conduct.actions.named import required_text
from arrears.conduct.events import StopOpened
from arrears.conduct.locks import lock_switches
from arrears.conduct.models import CHANNELS, Stop
from arrears.conduct.rules.kinds import STOP_SCOPES
from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.kernel.ids import uuid7
from arrears.rulebook.vocabulary import LISTS
from arrears.store.commands import Result, command
from arrears.store.reactions import react
from arrears.store.transactions import At

LONGEST: Final = timedelta(days=366)
TOPIC: Final = "stops"


@command("stop.open", permission="stops.open")
def open_stop(
    at: At, *, scope: str, value: str | None = None, reason: str, until_at: datetime
) -> Result:
    """Hold back everything of a scope until a planned end; in force at once.

    Stopping waits for nobody. A second person confirms it afterwards (:func:`approve_stop`);
    until then it is shown as not confirmed, and holds all the same.

    Parameters
    ----------
    scope, value
        ``all`` without a value; an agency, template, channel, officer, product or district.
    until_at
        Its planned end, within a year.

    Raises
    ------
    BadInput
        If scope, value or end cannot be used.
    """
    chosen = _value(scope, value)
    if not at.now < until_at <= at.now + LONGEST:
        raise BadInput(
            "a stop switch needs a planned end",
            expected=f"an instant after {at.now:%Y-%m-%d %H:%M} UTC, within a year",
            found=str(until_at),
        )
    lock_switches()
    stop = Stop.objects.create(
        id=uuid7(at.now),
        scope=scope,
        value=chosen,
        reason=required_text("the reason of a stop", reason),
        from_at=at.now,
        until_at=until_at,
        asked_by=at.actor.name,
    )
    _record(at, stop, "conduct.stop_opened", reason=stop.reason, until_at=until_at.isoformat())
    react(at, StopOpened(stop.id, scope, chosen))
    return {"stop_id": stop.id, "from_at": at.now, "until_at": until_at}


@command("stop.approve", permission="stops.approve")
def approve_stop(at: At, *, stop_id: UUID) -> Result:
    """Confirm a stop switch that another person let fall.

    Raises
    ------
    NotFound
        If there is no such switch.
    NotAllowed
        If the same person let it fall.
    Conflict
        If it was confirmed or lifted before.
    """
    stop = _locked(stop_id)
    if stop.asked_by == at.actor.name:
        raise NotAllowed(
            "nobody confirms their own stop switch",
            expected="another person than " + stop.asked_by,
            found=at.actor.name,
        )
    if stop.approved_at is not None:
        raise Conflict(
            "the stop switch was confirmed before", found=str(stop.approved_by), key=stop_id
        )
    stop.approved_by, stop.approved_at = at.actor.name, at.now
    stop.save(update_fields=["approved_by", "approved_at"])
    _record(at, stop, "conduct.stop_approved")
    return {"stop_id": stop.id, "approved_by": stop.approved_by, "approved_at": at.now}


@command("stop.lift", permission="stops.lift")
def lift_stop(at: At, *, stop_id: UUID, reason: str) -> Result:
    """Lift a stop switch before its planned end, with the reason.

    Raises
    ------
    NotFound
        If there is no such switch.
    Conflict
        If it was lifted before.
    """
    told = required_text("the reason for lifting a stop", reason)
    stop = _locked(stop_id)
    stop.lifted_at, stop.lifted_by, stop.lift_reason = at.now, at.actor.name, told
    stop.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
    _record(at, stop, "conduct.stop_lifted", reason=told)
    return {"stop_id": stop.id, "lifted_at": at.now}


def _value(scope: str, value: str | None) -> str | None:
    if scope not in STOP_SCOPES:
        raise BadInput(
            "there is no such scope of a stop", expected=", ".join(STOP_SCOPES), found=scope[:100]
        )
    if scope == "all":
        if value is not None:
            raise BadInput("a stop of all outbound has no value", expected="none", found=value)
        return None
    chosen = required_text(f"which {scope} is stopped", value or "", most=200)
    known = {"channel": CHANNELS, "product": sorted(LISTS["Product"])}.get(scope)
    if known is not None and chosen not in known:
        raise BadInput(f"there is no such {scope}", expected=", ".join(known), found=chosen)
    return chosen


def _locked(stop_id: UUID) -> Stop:
    stop = Stop.objects.select_for_update().filter(id=stop_id).first()
    if stop is None:
        raise NotFound("there is no such stop switch", key=stop_id)
    if stop.lifted_at is not None:
        raise Conflict(
            "the stop switch was lifted before",
            found=f"lifted {stop.lifted_at:%Y-%m-%d %H:%M} UTC by {stop.lifted_by}",
            key=stop_id,
        )
    return stop


def _record(at: At, stop: Stop, kind: str, **further: Any) -> None:
    data = {"stop": str(stop.id), "scope": stop.scope, "value": stop.value, **further}
    record(at, of_house(TOPIC), kind, data)
