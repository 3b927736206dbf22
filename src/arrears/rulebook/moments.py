"""When the answer about an act may change while time alone passes, and what its facts then are.

Between two neighbouring moments of :func:`moments` every fact that the rules read keeps its value
(the minute of the day its place between the numbers it is compared with), so that one decision
stands for all instants between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from arrears.rulebook.act import BUSINESS_ZONES, Act
from arrears.rulebook.alike import turns
from arrears.rulebook.decide import EASTERNMOST, WESTERNMOST
from arrears.rulebook.load import RuleSet
from arrears.rulebook.vocabulary import HIGHEST, Value

MINUTES: Final = ("local_minute", "local_minute_alt")
GROWING: Final = frozenset(
    {
        "text_permission_days",
        "days_since_conversation",
        "days_since_call_consent",
        "days_since_first",
        "bureau_notice_days",
    }
)
"""Facts that grow by one at each local midnight."""
FALLING: Final = frozenset({"enforcement_days_left"})
"""Facts that fall by one at each local midnight, to 0."""

_STEP: Final = timedelta(hours=3)
"""Zones are looked at this often for a change of their offset; none changes back sooner."""


def day_zone(act: Act) -> str:
    """The zone whose midnights move an act's days."""
    return act.zone or BUSINESS_ZONES.get(act.jurisdiction or "", "UTC")


def facts_at(act: Act, at: datetime) -> dict[str, Value]:
    """What an act's facts are at another instant, if nothing happens but time.

    Changes that the act announces have come by then; facts that count days have moved by one at
    each local midnight; the minute of the day is the instant's.
    """
    facts = dict(act.facts)
    since: dict[str, datetime] = {}
    for change in sorted(act.changes, key=lambda change: (change.at, change.fact)):
        if act.at < change.at <= at:
            facts[change.fact] = change.value
            since[change.fact] = change.at
    zone = ZoneInfo(day_zone(act))
    today = at.astimezone(zone).date()
    for names, sign in ((GROWING, 1), (FALLING, -1)):
        for name in names:
            value = facts.get(name)
            if isinstance(value, int):
                passed = (today - since.get(name, act.at).astimezone(zone).date()).days
                facts[name] = min(max(value + sign * passed, 0), HIGHEST["days"])
    facts["local_minute"] = _minute(at, act.zone)
    facts["local_minute_alt"] = _minute(at, act.zone_alt or act.zone)
    return facts


def moving(act: Act, until: datetime) -> frozenset[str]:
    """Facts of an act that time alone may change before an instant."""
    names = {change.fact for change in act.changes if act.at < change.at <= until}
    names |= {name for name in GROWING | FALLING if isinstance(act.facts.get(name), int)}
    if act.zone is not None:
        names.add("local_minute")
    if act.zone is not None or act.zone_alt is not None:
        names.add("local_minute_alt")
    return frozenset(names)


def moments(
    act: Act, rulesets: Iterable[RuleSet], boundaries: Iterable[date], until: datetime
) -> list[datetime]:
    """Instants after ``act.at``, up to ``until``, at which the answer may change; in order, UTC.

    Parameters
    ----------
    rulesets
        Every set of rules that may be in force within the span.
    boundaries
        Local days on which rules begin or cease to hold.
    """
    rulesets = list(rulesets)
    reads = frozenset().union(*(rules.reads | rules.draft_reads for rules in rulesets))
    minutes = frozenset().union(*(_minutes(rules) for rules in rulesets))
    start, end = act.at.astimezone(UTC), until.astimezone(UTC)
    found = {change.at.astimezone(UTC) for change in act.changes}
    zones = {act.zone, act.zone_alt} - {None}
    for name in zones if minutes else ():
        found.update(_walls(str(name), start, end, minutes))
    moves_daily = bool(moving(act, until) & (GROWING | FALLING) & reads)
    days = {day for day in boundaries if abs(day - act.on) <= end - start + timedelta(days=3)}
    if moves_daily or days:
        for name in {day_zone(act), *zones}:
            found.update(_walls(str(name), start, end, frozenset({0})))
    for day in days if act.zone is None else ():
        found.update(datetime.combine(day, time(), zone) for zone in (WESTERNMOST, EASTERNMOST))
    return sorted(at.astimezone(UTC) for at in found if start < at <= end)


def _minutes(rules: RuleSet) -> frozenset[int]:
    """Minutes of the local day at which a set of rules may turn; midnight is one if any is."""
    found = frozenset().union(*(turns(rules).get(name, ()) for name in MINUTES))
    return frozenset(minute for minute in {0, *found} if minute <= 1439) if found else frozenset()


def _walls(
    zone_name: str, start: datetime, end: datetime, minutes: frozenset[int]
) -> Iterator[datetime]:
    """Instants at which a zone's clocks show one of the minutes, or are moved."""
    zone = ZoneInfo(zone_name)
    yield from _clock_changes(zone_name, start.date(), end.date())
    day = start.astimezone(zone).date() - timedelta(days=1)
    last = end.astimezone(zone).date() + timedelta(days=1)
    while day <= last:
        for minute in minutes:
            for fold in (0, 1):
                wall = datetime.combine(day, time(minute // 60, minute % 60), zone)
                instant = wall.replace(fold=fold).astimezone(UTC)
                # A wall time that the clocks skip does not come back as itself.
                if instant.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
                    yield instant
        day += timedelta(days=1)


@lru_cache(maxsize=4096)
def _clock_changes(zone_name: str, first: date, last: date) -> tuple[datetime, ...]:
    """Instants at which a zone's offset changes, to the second."""
    zone = ZoneInfo(zone_name)
    at = datetime.combine(first, time(), UTC) - timedelta(days=1)
    end = datetime.combine(last, time(), UTC) + timedelta(days=2)
    found = []
    while at < end:
        if _offset(zone, at) != _offset(zone, at + _STEP):
            low, high = at, at + _STEP
            while high - low > timedelta(seconds=1):
                middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
                same = _offset(zone, middle) == _offset(zone, low)
                low, high = (middle, high) if same else (low, middle)
            found.append(high)
        at += _STEP
    return tuple(found)


def _offset(zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def _minute(at: datetime, zone: str | None) -> int | None:
    if zone is None:
        return None
    local = at.astimezone(ZoneInfo(zone))
    return local.hour * 60 + local.minute
