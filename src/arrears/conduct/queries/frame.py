"""The facts of all persons of the book at one instant, for a sweep: those that the gate would
find, computed in bulk by the same definitions (a test holds the two equal)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import pyarrow as pa
from django.conf import settings

from arrears.conduct import calendars
from arrears.conduct.models import House, Stop
from arrears.conduct.queries.frame_sql import COLUMNS, FRAME
from arrears.conduct.rules.covering import Stopped
from arrears.conduct.rules.holidays import Calendars, local_dates, public_holiday
from arrears.conduct.rules.intent import LENDER
from arrears.conduct.rules.unowned import CONSTANT
from arrears.people.models import Person
from arrears.rulebook.vocabulary import FACTS, Value
from arrears.store.actor import Actor
from arrears.store.staging import fetch_arrow
from arrears.store.transactions import transaction

_KINDS: Final = {"flag": pa.bool_(), "enum": pa.string()}


@dataclass(frozen=True, slots=True)
class FactsFrame:
    """The facts of every person, and those that are the same for all.

    Parameters
    ----------
    table
        One row a person, by ``person_ref``: ``person_id``, ``person_ref``, ``jurisdiction`` (null:
        unknown), ``time_zone`` (null: unknown), ``case_id`` (null: nothing is overdue) and facts.
    constants
        The other facts that the gate finds, equal for all.
    """

    table: pa.Table
    constants: Mapping[str, Value]


def facts_frame(
    actor: Actor,
    at: datetime,
    *,
    channel: str,
    purpose: str = "collect",
    reason: str = "none",
    organisation: str = LENDER,
    template: str | None = None,
    holidays: Calendars = calendars.calendars,
) -> FactsFrame:
    """What the gate would find of every person, for one kind of act; needs ``cases.read``.

    As the gate does for an act about all loans of a person that names no number. What is not
    here (wording, crew, appointment …) the caller takes for granted or leaves missing.

    Parameters
    ----------
    at
        The instant of the act; minutes of the local day are the sweep's own (``sweep.timed``).
    """
    actor.require("cases.read")
    with transaction(actor):
        house = House.objects.filter(id=1).first()
        covered = _stopped(at, channel, organisation, template)
        zone, off = settings.ARREARS.business_zone, json.dumps(_holidays(at, holidays))
        table = fetch_arrow(FRAME, _schema(), [at, channel, organisation, zone, *covered, off])
    constants: dict[str, Value] = {
        **CONSTANT,
        "purpose": purpose,
        "reason": reason,
        "channel": channel,
        "observing": house is None or house.observing,
    }
    return FactsFrame(table, constants)


def _schema() -> pa.Schema:
    plain = {"person_id", "person_ref", "jurisdiction", "time_zone", "case_id"}
    return pa.schema(
        [
            (name, pa.string() if name in plain else _KINDS.get(FACTS[name].kind, pa.int64()))
            for name in COLUMNS
        ]
    )


def _holidays(at: datetime, holidays: Calendars) -> dict[str, dict[str, bool | None]]:
    """For each jurisdiction, whether a local day is a holiday; '' for who has no known zone."""
    places = Person.objects.order_by("jurisdiction").values_list("jurisdiction", flat=True)
    days = local_dates(at, None)
    days = (days[0] - timedelta(days=1), *days, days[-1] + timedelta(days=1))
    return {
        place: {
            "": public_holiday(holidays, place, local_dates(at, None)),
            **{day.isoformat(): public_holiday(holidays, place, [day]) for day in days},
        }
        for place in places.distinct()
    }


def _stopped(
    at: datetime, channel: str, organisation: str, template: str | None
) -> tuple[bool, list[str], list[str]]:
    """Whether a stop covers everybody; the products and the districts that others cover."""
    rows = Stop.objects.filter(lifted_at=None, until_at__gt=at, from_at__lte=at)
    stops = [Stopped(s.scope, s.value, s.from_at, s.until_at) for s in rows.order_by("id")]
    own: Mapping[str, Any] = {"agency": organisation, "template": template}
    everybody = any(
        stop.scope == "all"
        or (stop.scope in own and stop.value == own[stop.scope])
        or (stop.scope == "channel" and channel in (stop.value, "unknown"))
        for stop in stops
    )
    products = [str(stop.value) for stop in stops if stop.scope == "product"]
    districts = [str(stop.value) for stop in stops if stop.scope == "district"]
    return everybody, products, districts
