"""One instant as the local time of every person: minutes and days of the clock, as columns."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

import ibis

from arrears.rulebook.act import BUSINESS_ZONES
from arrears.rulebook.sweep.sources import BadFrame

DAYS: Final = ("local_on_first", "local_on_last")
"""Columns that :func:`timed` adds for the parameter ``days`` of a sweep."""

WESTERNMOST: Final = timezone(timedelta(hours=-12))
EASTERNMOST: Final = timezone(timedelta(hours=14))


def timed(
    table: Any,
    at: datetime,
    zone_column: str | None,
    zone_alt_column: str | None = None,
    *,
    jurisdiction_column: str = "jurisdiction",
) -> Any:
    """A frame of facts with those of the clock at one instant, to the minute, as ``Act`` has them.

    Parameters
    ----------
    table, at
        One row per person; the instant, with its offset.
    zone_column, zone_alt_column
        Columns with the person's IANA zone, and a second one where the records disagree. A null,
        or a name that there is not, is an unknown zone. None: nobody's zone is known, and minutes
        that the frame has already are left.
    jurisdiction_column
        Where no zone is known, the jurisdiction's own selects the day, if it has but one.

    Returns
    -------
    ibis.Table
        With ``local_minute`` and ``local_minute_alt`` (null: unknown) and the columns
        :data:`DAYS`, in place of any of these names; the order of rows may be another.
    """
    if at.tzinfo is None:
        raise BadFrame(
            "a sweep needs an instant with its offset", expected="…+08:00", found=f"{at}"
        )
    alone = _zone_of(table, zone_column)
    second = _zone_of(table, zone_alt_column)
    keyed = table.mutate(_zone=alone, _zone_alt=ibis.coalesce(second, alone))
    for key in ("_zone", "_zone_alt"):
        keyed = _joined(keyed, key, at)
    own = _own_days(keyed, at, jurisdiction_column)
    shifts = [(day, ibis.coalesce(keyed["_zone_alt_shift"], day)) for day in own]
    made = {
        DAYS[0]: _day(at, ibis.least(*shifts[0])),
        DAYS[1]: _day(at, ibis.greatest(*shifts[1])),
        "local_minute": keyed["_zone_minute"],
        "local_minute_alt": keyed["_zone_alt_minute"],
    }
    if zone_column is None:
        made = {name: made[name] for name in made if name in DAYS or name not in table.columns}
    kept = [name for name in table.columns if name not in made]
    return keyed.mutate(**made).select(*kept, *made)


def _zone_of(table: Any, name: str | None) -> Any:
    if name is None:
        return ibis.null("string")
    if name not in table.columns:
        columns = ", ".join(table.columns)
        raise BadFrame(f"the frame has no column {name!r} of time zones", found=columns)
    return table[name].cast("string")


def _joined(table: Any, key: str, at: datetime) -> Any:
    zones = _zones(at.astimezone(UTC)).rename(lambda name: f"{key}_{name}")
    return table.left_join(zones, table[key] == zones[f"{key}_name"])


@cache
def _zones(at: datetime) -> Any:
    """Every zone with its minute, and its day beside that of UTC.

    Written into the expression itself: what stands in memory would be bound to one connection.
    """
    alike: dict[tuple[int, int], list[str]] = {}
    for name in sorted(available_timezones()):
        local = at.astimezone(ZoneInfo(name))
        minute = local.hour * 60 + local.minute
        alike.setdefault((minute, (local.date() - at.date()).days), []).append(name)
    rows = [
        {"names": " ".join(names), "minute": minute, "shift": shift}
        for (minute, shift), names in alike.items()
    ]
    kind = "array<struct<names: string, minute: int64, shift: int64>>"
    zones = ibis.literal(rows, type=kind).unnest().name("zone").as_table().unpack("zone")
    return zones.select(name=zones.names.split(" ").unnest(), minute="minute", shift="shift")


def _own_days(table: Any, at: datetime, jurisdiction_column: str) -> tuple[Any, Any]:
    """First and last day, beside that of UTC, by a person's own zone or what stands in for it."""
    day = at.astimezone(UTC).date()
    ends = [(at.astimezone(zone).date() - day).days for zone in (WESTERNMOST, EASTERNMOST)]
    own = table["_zone_shift"]
    if jurisdiction_column not in table.columns:
        return ibis.coalesce(own, ends[0]), ibis.coalesce(own, ends[1])
    jurisdiction = table[jurisdiction_column].cast("string")
    chosen = [
        (jurisdiction == code, (at.astimezone(ZoneInfo(zone)).date() - day).days)
        for code, zone in BUSINESS_ZONES.items()
    ]
    first, last = (ibis.coalesce(own, ibis.cases(*chosen, else_=end)) for end in ends)
    return first, last


def _day(at: datetime, shift: Any) -> Any:
    day = at.astimezone(UTC).date()
    one = timedelta(days=1)
    dates = [ibis.literal(on, type="date") for on in (day - one, day, day + one)]
    return ibis.cases((shift < 0, dates[0]), (shift == 0, dates[1]), else_=dates[2])
