"""All that is known of a person when an act is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from arrears.conduct import reading
from arrears.conduct.calendars import calendars
from arrears.conduct.registered import Registered, fits, registered
from arrears.conduct.rules.counts import (
    Counted,
    changes,
    facts_on,
    local_today,
)
from arrears.conduct.rules.covering import (
    HeldFor,
    Stopped,
    Whereabouts,
    edges,
    hold_changes,
    hold_facts,
    stop_changes,
)
from arrears.conduct.rules.holidays import (
    Calendars,
    holiday_changes,
    local_dates,
    public_holiday,
)
from arrears.conduct.rules.intent import Intent
from arrears.conduct.rules.persons import age_band, capacity, place_of
from arrears.conduct.rules.points import Point, point_facts, prevailing
from arrears.conduct.rules.unowned import OWN_CHANNELS, TAPE_COLUMNS, unowned
from arrears.journal.entries import Head
from arrears.rulebook.act import Act, Change
from arrears.rulebook.vocabulary import Value
from arrears.store.sealed.keyed import key
from arrears.store.transactions import At


@dataclass(frozen=True, slots=True)
class Situation:
    """How a person stands at an instant, for one intent.

    ``act()`` is what the rulebook decides; ``act(foresee=True)`` also says what time alone will
    change, for the next moment and for how long an allow may last.
    """

    intent: Intent
    at: datetime
    subject_id: UUID
    number_hmac: str | None
    jurisdiction: str | None
    zone: str | None
    facts: dict[str, Value]
    holds: tuple[HeldFor, ...]
    stops: tuple[Stopped, ...]
    counted: Counted
    validation_until: datetime | None
    register: Registered
    place: str
    calendars: Calendars
    head: Head | None = None

    def act(self, *, foresee: bool = False) -> Act:
        """The act as the rulebook reads it."""
        return Act(
            act=self.intent.act,
            actor=self.intent.actor,
            party=self.intent.party,
            at=self.at,
            jurisdiction=self.jurisdiction,
            zone=self.zone,
            facts=self.facts,
            changes=self._changes() if foresee else (),
        )

    def plain(self) -> Act:
        """The act without its facts: what selects the rules, and the minute of the day."""
        intent = self.intent
        return Act(
            intent.act, intent.actor, intent.party, self.at, self.jurisdiction, self.zone, {}
        )

    def edges(self) -> list[datetime]:
        """Later instants at which a hold, a stop, a paper or a period begins or ends."""
        own = [self.validation_until] if self.validation_until is not None else []
        own += self.register.edges(self.at)
        return [*edges(self.holds, self.at), *edges(self.stops, self.at), *own]

    def _changes(self) -> tuple[Change, ...]:
        found = [
            *changes(self.counted, self.at, self.zone),
            *hold_changes(self.holds, self.intent, self.number_hmac, self.at),
            *stop_changes(self.stops, self.at),
            *self.register.changes(self.at),
            *holiday_changes(self.calendars, self.place, self.at, self.zone),
        ]
        if self.validation_until is not None and self.validation_until > self.at:
            found.append(Change(self.validation_until, "validation_open", False))
        return tuple(sorted(found, key=lambda change: (change.at, change.fact)))


def locked_situation(at: At, intent: Intent) -> Situation:
    """Lock the budget that the person shares, and load how they stand, for an act that is due now.

    Raises as :func:`situation` does.
    """
    hashed = None if intent.number is None else key().of_number(intent.number)
    found = reading.find(at, intent, hashed)
    return _situated(
        at.now, intent, found.subject_id, hashed, found.stands, found.counted, head=found.head
    )


def situation(
    at: datetime,
    intent: Intent,
    subject_id: UUID,
    *,
    before: datetime | None = None,
    except_for: UUID | None = None,
    number_hmac: str | None = None,
    crew_told: bool = False,
) -> Situation:
    """Load how a person stands; within a transaction that has locked their subject.

    Raises NotFound if there is no such person, BadInput if a loan named is neither theirs nor one
    that they answer for.

    Parameters
    ----------
    before
        Count only contacts that began before, for a finding about the past; None: all. That we
        only observe forbids our own acts, not what others have done.
    except_for, number_hmac
        A contact that is not counted: the one that the finding is about. The hash of its number.
    crew_told
        With no officer named, what the intent tells of staff stands, as it does for a finding.
    """
    hashed = key().of_number(intent.number) if intent.number is not None else number_hmac
    row = reading.stands(at, intent)
    zone = place_of(row["jurisdiction"], row["time_zone"])[1]
    counted = reading.counts(at, intent, subject_id, hashed, zone, before, except_for)
    past = before is not None
    return _situated(
        at, intent, subject_id, hashed, row, counted, past=past, crew_told=crew_told or past
    )


def _situated(
    at: datetime,
    intent: Intent,
    subject_id: UUID,
    hashed: str | None,
    row: dict[str, Any],
    counted: Counted,
    *,
    past: bool = False,
    crew_told: bool = False,
    head: Head | None = None,
) -> Situation:
    jurisdiction, zone = place_of(row["jurisdiction"], row["time_zone"])
    holds, stops = _holds(row), _stops(row, intent)
    facts = _facts(row, intent, hashed, at, counted, local_today(at, zone))
    acting = registered(intent, row, str(facts["product"]), crew_told)
    facts |= hold_facts(holds, intent, hashed, at) | acting.facts(at)
    facts["stopped"] = any(stop.in_force(at) for stop in stops)
    facts["observing"] = row["observing"] and not past
    facts["in_charge"] = facts["in_charge"] and (past or fits(intent))
    facts["public_holiday"] = public_holiday(calendars, row["jurisdiction"], local_dates(at, zone))
    return Situation(
        intent=intent,
        at=at,
        subject_id=subject_id,
        number_hmac=hashed,
        jurisdiction=jurisdiction,
        zone=zone,
        facts=facts,
        holds=holds,
        stops=stops,
        counted=counted,
        validation_until=row["validation_until"],
        register=acting,
        place=row["jurisdiction"],
        calendars=calendars,
        head=head,
    )


def _facts(
    row: dict[str, Any],
    intent: Intent,
    hashed: str | None,
    at: datetime,
    counted: Counted,
    today: date,
) -> dict[str, Value]:
    """What is taken for known, what the caller told, and over both what is on record."""
    known = _person_facts(row, today, at)
    points = (Point(*each) for each in row["points"])
    taped = point_facts(points, intent.channel, hashed, intent.party)
    return {
        **unowned(str(known["product"]), _on_tape(row, intent, hashed)),
        **intent.facts,
        **prevailing(taped, intent.facts),
        **known,
        **facts_on(counted, today),
        "purpose": intent.purpose,
        "reason": intent.reason,
        "channel": intent.channel,
        "in_charge": row["in_charge"] == intent.organisation,
        "agency_announced": row["in_charge"] == intent.organisation and row["agency_announced"],
    }


def _person_facts(row: dict[str, Any], today: date, at: datetime) -> dict[str, Value]:
    age = age_band(row["birth_on"], today)
    until = row["validation_until"]
    return {
        "age": age,
        "capacity": capacity(row["capacity"], age),
        "overdue": bool(row["owed"]),
        "days_past_due": row["days_past_due"],
        "active_plan": row["active_plan"],
        "plan_prepared": row["plan_prepared"],
        "attorney_released": row["attorney_released"],
        "validation_sent": row["validation_sent_at"] is not None,
        "validation_open": until is not None and at < until,
        "product": row["product"] or "other",
        "creditor_type": row["creditor_type"] or "other",
    }


def _on_tape(row: dict[str, Any], intent: Intent, hashed: str | None) -> bool:
    """Whether the tape gives the number for the person; without one, any for the channel."""
    channel, number = intent.channel, intent.number
    if channel in OWN_CHANNELS:
        return True
    if hashed is None:
        return channel in TAPE_COLUMNS and row[TAPE_COLUMNS[channel]] is not None
    if hashed in (row["phone"], row["email"]):  # hashes: the number itself lies sealed
        return True
    address = row["address"]
    return address is not None and (number == address or key().of_number(address) == hashed)


def _holds(row: dict[str, Any]) -> tuple[HeldFor, ...]:
    zone = ZoneInfo(settings.ARREARS.business_zone)

    def begins(day: str | None) -> datetime | None:
        if day is None:
            return None
        return datetime.combine(date.fromisoformat(day), time(), zone).astimezone(UTC)

    found = [
        HeldFor(kind, _id(loan), channel, number, _instant(start), _maybe(end))
        for kind, loan, channel, number, start, end in row["holds"]
    ]
    for loan, from_on, until_on in row["doubts"]:
        start = begins(from_on)
        assert start is not None
        found.append(HeldFor("doubt", _id(loan), None, None, start, begins(until_on)))
    return tuple(found)


def _stops(row: dict[str, Any], intent: Intent) -> tuple[Stopped, ...]:
    where = Whereabouts(row["jurisdiction"], row["address"])
    products = frozenset(filter(None, row["products"]))
    found = (
        Stopped(scope, value, _instant(start), _instant(end))
        for scope, value, start, end in row["stops"]
    )
    return tuple(stop for stop in found if stop.covers(intent, where, products))


def _id(given: str | None) -> UUID | None:
    return None if given is None else UUID(given)


def _instant(given: str) -> datetime:
    return datetime.fromisoformat(given)


def _maybe(given: str | None) -> datetime | None:
    return None if given is None else datetime.fromisoformat(given)
