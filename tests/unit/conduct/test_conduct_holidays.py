"""Public holidays where a person lives, by the calendars at hand."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from arrears.conduct.calendars import calendars
from arrears.conduct.rules.holidays import holiday_changes, local_dates, public_holiday
from arrears.kernel.dates import Calendar


@pytest.mark.parametrize(
    ("place", "day", "holiday"),
    [
        ("CN", date(2026, 10, 1), True),  # National Day
        ("CN-GD", date(2026, 10, 3), True),  # a Saturday within it
        ("CN", date(2026, 10, 10), False),  # a Saturday that is worked
        ("CN", date(2026, 11, 25), False),
        ("CN", date(2031, 10, 1), None),  # no notice of that year yet
        ("GB-ENG", date(2026, 12, 25), True),
        ("GB-SCT", date(2026, 11, 30), True),  # St Andrew's Day
        ("GB-ENG", date(2026, 11, 30), False),
        ("GB", date(2026, 11, 30), None),  # in some parts
        ("GB", date(2026, 11, 25), False),
        ("US-NY", date(2026, 11, 26), True),  # Thanksgiving
        ("US", date(2026, 11, 26), True),
        ("IN", date(2026, 1, 26), None),  # each state tells its own
        ("FR", date(2026, 7, 14), None),
    ],
)
def test_the_calendars_that_come_with_it(place, day, holiday):
    assert public_holiday(calendars, place, [day]) is holiday


def test_a_day_that_may_be_two_is_known_only_if_both_are_alike():
    year = Calendar("xx", frozenset({2026}), off=frozenset({date(2026, 5, 1)}))
    both = [date(2026, 5, 1), date(2026, 5, 2)]
    assert public_holiday(lambda *_: [year], "XX", both) is None
    assert public_holiday(lambda *_: [year], "XX", both[:1]) is True
    assert public_holiday(lambda *_: [year], "XX", [date(2026, 12, 31), date(2027, 1, 1)]) is None
    assert public_holiday(lambda *_: [], "XX", both) is None


def test_without_a_zone_it_may_be_any_day_that_it_is_somewhere():
    noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert local_dates(noon, "Asia/Shanghai") == (date(2026, 11, 25),)
    assert local_dates(noon, None) == (date(2026, 11, 25), date(2026, 11, 26))


def test_it_changes_at_the_persons_midnight_and_beyond_the_calendar_becomes_unknown():
    before = datetime(2026, 12, 30, 4, tzinfo=UTC)
    changes = list(holiday_changes(calendars, "CN", before, "Asia/Shanghai"))
    assert [(change.at, change.value) for change in changes] == [
        (datetime(2026, 12, 31, 16, tzinfo=UTC), None)
    ]
    golden = datetime(2026, 9, 30, 15, 59, tzinfo=UTC)  # a minute before National Day
    changes = list(holiday_changes(calendars, "CN", golden, "Asia/Shanghai"))
    assert [(change.at, change.fact, change.value) for change in changes] == [
        (datetime(2026, 9, 30, 16, tzinfo=UTC), "public_holiday", True),
        (datetime(2026, 10, 7, 16, tzinfo=UTC), "public_holiday", False),
    ]
    changes = list(holiday_changes(calendars, "CN", golden, None))
    assert [(change.at.day, change.at.hour, change.value) for change in changes] == [
        (1, 12, True),  # it is the holiday wherever they are
        (7, 10, None),
        (8, 12, False),
    ]
