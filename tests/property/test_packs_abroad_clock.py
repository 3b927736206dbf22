"""Hours abroad at real instants: zones, seasons and the turn of a year included."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from arrears.rulebook.act import Act
from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.decide import decide

AMERICAN = ("America/New_York", "America/Chicago", "America/Phoenix", "America/Los_Angeles",
            "Pacific/Honolulu", "America/St_Johns")  # fmt: skip
BASE = read_baseline()
TURN = datetime(2027, 1, 1, tzinfo=ZoneInfo("Asia/Kolkata"))

instants = st.integers(0, 60 * 24 * 800).map(
    lambda minutes: datetime(2025, 12, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def _refusals(act, at, jurisdiction, zone, zone_alt=None, **given_facts):
    base = BASE[act]
    verdict = decide(
        Act(
            act=act,
            actor=base.actor,
            party=base.party,
            at=at,
            jurisdiction=jurisdiction,
            zone=zone,
            zone_alt=zone_alt,
            facts={**base.facts, **given_facts},
        )
    )
    return {reason.id for reason in verdict.reasons}


def _within(at, zone, first, last):
    local = at.astimezone(ZoneInfo(zone))
    return first <= local.hour * 60 + local.minute < last


@given(instants, st.sampled_from(AMERICAN), st.sampled_from(AMERICAN))
@example(datetime(2026, 3, 8, 11, 59, tzinfo=UTC), "America/New_York", "America/New_York")
@example(datetime(2026, 3, 8, 12, 0, tzinfo=UTC), "America/New_York", "America/New_York")
@example(datetime(2026, 11, 1, 13, 0, tzinfo=UTC), "America/New_York", "America/New_York")
def test_americans_are_called_only_in_the_hours_of_both_zones(at, zone, alt):
    refused = _refusals("call_human", at, "us", zone, alt)
    assert ("us.contact.hours" in refused) == (not _within(at, zone, 480, 1260))
    assert ("us.contact.hours_both_zones" in refused) == (not _within(at, alt, 480, 1260))


@given(instants, st.sampled_from(["call_human", "message"]), st.booleans())
@example(TURN - timedelta(minutes=1), "message", False)
@example(TURN, "message", False)
@example(TURN + timedelta(hours=18, minutes=30), "call_human", True)
@example(TURN - timedelta(hours=5, minutes=30), "call_human", True)
def test_indian_hours_change_with_the_year_at_indian_midnight(at, act, microfinance):
    refused = _refusals(
        act, at, "in", "Asia/Kolkata", product="microfinance" if microfinance else "other"
    )
    general = not _within(at, "Asia/Kolkata", 480, 1140)
    if at >= TURN:
        expected = {"in.contact.hours"} if general else set()
    elif act == "message":
        expected = set()
    elif microfinance:
        narrow = not _within(at, "Asia/Kolkata", 540, 1080)
        expected = {"in.contact.hours.mfi"} if narrow else set()
    else:
        expected = {"in.contact.hours"} if general else set()
    assert {name for name in refused if name.startswith("in.")} == expected


@given(instants)
@example(datetime(2026, 3, 29, 6, 59, tzinfo=UTC))
@example(datetime(2026, 3, 29, 7, 0, tzinfo=UTC))
@example(datetime(2026, 10, 25, 8, 0, tzinfo=UTC))
def test_the_british_window_is_the_house_s_and_follows_summer_time(at):
    refused = _refusals("message", at, "gb", "Europe/London")
    expected = not _within(at, "Europe/London", 480, 1200)
    assert ("gb.contact.house_window" in refused) == expected


@given(instants, st.sampled_from(["Europe/London", "Asia/Kolkata", "America/New_York"]))
def test_where_no_law_is_known_the_narrowest_hours_bind(at, zone):
    refused = _refusals("call_human", at, None, zone)
    assert not refused or not _within(at, zone, 480, 1140)
    assert refused or _within(at, zone, 480, 1140)
