"""Counts and holds as pure rules: oracles that count one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.conduct.rules.counts import (
    AHEAD_DAYS,
    WINDOWS,
    Counted,
    changes,
    facts_on,
    local_today,
    midnight,
)
from arrears.conduct.rules.covering import (
    HeldFor,
    Stopped,
    hold_changes,
    hold_facts,
    stop_changes,
)
from arrears.conduct.rules.intent import Intent
from arrears.conduct.rules.kinds import HOLD_KINDS
from arrears.conduct.rules.persons import age_band

ZONES = st.sampled_from(
    ["Asia/Shanghai", "America/New_York", "Europe/London", "Africa/Cairo", "America/Santiago", None]
)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31), timezones=st.just(UTC))
KINDS = sorted({what for what, _ in WINDOWS.values()})
AT = datetime(2026, 11, 25, 4, tzinfo=UTC)
PERSON = UUID(int=1)


@st.composite
def counted(draw: st.DrawFn, today: date) -> Counted:
    """Contacts of the last forty days, and a few of the future."""
    offsets = draw(st.lists(st.integers(-40, 2), max_size=12))
    days: dict[date, dict[str, int]] = {}
    for offset in offsets:
        day = today + timedelta(days=offset)
        for what in draw(st.sets(st.sampled_from(KINDS))):
            days.setdefault(day, {}).setdefault(what, 0)
            days[day][what] += 1
    first = min(days, default=None)
    return Counted(days, first, draw(st.sampled_from([None, *sorted(days)])), 0)


@given(st.data(), INSTANTS, ZONES)
@settings(max_examples=150)
def test_counts_are_those_of_the_days_of_their_window(data, at, zone):
    today = local_today(at, zone)
    given_ = data.draw(counted(today))
    facts = facts_on(given_, today)
    for name, (what, days) in WINDOWS.items():
        one_by_one = 0
        for day, counts in given_.days.items():
            if (today - day).days < days:
                one_by_one += counts.get(what, 0)
        assert facts[name] == one_by_one
    assert facts["first_communication"] == (given_.first_on is None)
    for fact in ("days_since_first", "days_since_conversation"):
        assert facts[fact] is None or facts[fact] >= 0


@given(st.data(), INSTANTS, ZONES)
@settings(max_examples=100)
def test_announced_changes_are_what_each_later_day_finds(data, at, zone):
    today = local_today(at, zone)
    given_ = data.draw(counted(today))
    announced = sorted(changes(given_, at, zone), key=lambda change: change.at)
    facts = {name: value for name, value in facts_on(given_, today).items() if name in WINDOWS}
    for ahead in range(1, AHEAD_DAYS + 1):
        day = today + timedelta(days=ahead)
        begins = midnight(day, zone)
        facts |= {change.fact: change.value for change in announced if change.at == begins}
        found = facts_on(given_, day)
        assert facts == {name: found[name] for name in WINDOWS}
        assert begins > at


@given(INSTANTS, ZONES)
def test_a_midnight_is_the_first_instant_of_its_day(at, zone):
    day = local_today(at, zone)
    begins = midnight(day, zone)
    assert local_today(begins, zone) == day
    assert local_today(begins - timedelta(seconds=1), zone) < day
    assert begins <= at


HOURS = st.integers(-50, 50).map(lambda hours: AT + timedelta(hours=hours))
HOLDS = st.builds(
    lambda kind, channel, start, length: HeldFor(
        kind, None, channel, None, start, None if length is None else start + length
    ),
    st.sampled_from(HOLD_KINDS),
    st.sampled_from([None, "phone", "sms"]),
    HOURS,
    st.none() | st.integers(1, 60).map(lambda hours: timedelta(hours=hours)),
)
CALL = Intent(person_id=PERSON, act="call_human", purpose="collect", channel="phone")


@given(st.lists(HOLDS, max_size=6), st.lists(HOURS, max_size=5))
def test_changes_of_holds_are_what_each_later_instant_finds(holds, later):
    announced = list(hold_changes(holds, CALL, None, AT))
    assert all(change.at > AT for change in announced)
    for when in later:
        facts = hold_facts(holds, CALL, None, AT)
        facts |= {change.fact: change.value for change in announced if change.at <= when}
        if when >= AT:
            assert facts == hold_facts(holds, CALL, None, when)


@given(st.lists(st.tuples(HOURS, st.integers(1, 60)), max_size=5), HOURS)
def test_changes_of_stops_are_what_each_later_instant_finds(spans, when):
    stops = [
        Stopped("all", None, start, start + timedelta(hours=length)) for start, length in spans
    ]
    state = any(stop.in_force(AT) for stop in stops)
    for change in stop_changes(stops, AT):
        if change.at <= when:
            state = change.value
    if when >= AT:
        assert state == any(stop.in_force(when) for stop in stops)


@given(st.dates(date(1900, 1, 1), date(2020, 12, 31)), st.integers(0, 40_000))
def test_one_comes_of_age_once_and_for_all(birth, days):
    today = birth + timedelta(days=days)
    band = age_band(birth, today)
    eighteen = 6570 + 4  # days of the shortest eighteen years, less one
    if days < eighteen:
        assert band == "minor"
    if eighteen + 3 < days < 130 * 365:
        assert band == "adult"
