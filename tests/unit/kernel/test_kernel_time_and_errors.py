"""Business days, clocks, and errors that speak to the person who can mend them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from arrears.kernel.clock import FixedClock, local_day
from arrears.kernel.dates import Calendar, days
from arrears.kernel.errors import ArrearsError, BadInput, ConfigError, TapeError

# The week of the National Day of 2026: 1–7 October off, Saturday 10 October worked.
CN = Calendar(
    "cn",
    frozenset({2026}),
    off=frozenset(date(2026, 10, d) for d in (1, 2, 5, 6, 7)),
    on=frozenset({date(2026, 10, 10)}),
)


def test_a_worked_saturday_counts_and_a_holiday_does_not():
    assert CN.is_business_day(date(2026, 10, 10))
    assert not CN.is_business_day(date(2026, 10, 5))
    assert CN.add_business_days(date(2026, 9, 30), 3) == date(2026, 10, 10)
    assert CN.add_business_days(date(2026, 10, 8), -1) == date(2026, 9, 30)
    assert CN.add_business_days(date(2026, 10, 3), 0) == date(2026, 10, 3)


def test_a_year_that_the_calendar_does_not_know_is_an_error():
    with pytest.raises(ConfigError, match="2027"):
        CN.add_business_days(date(2026, 12, 31), 1)


def test_days_are_half_open():
    assert list(days(date(2026, 2, 27), date(2026, 3, 1))) == [
        date(2026, 2, 27),
        date(2026, 2, 28),
    ]


def test_the_day_is_that_of_the_zone():
    at = datetime(2026, 6, 1, 17, 30, tzinfo=UTC)
    assert local_day(at, ZoneInfo("Asia/Shanghai")) == date(2026, 6, 2)
    assert local_day(at, ZoneInfo("America/New_York")) == date(2026, 6, 1)
    with pytest.raises(ValueError):
        local_day(datetime(2026, 6, 1), ZoneInfo("UTC"))
    with pytest.raises(ValueError):
        FixedClock(datetime(2026, 6, 1))


def test_an_error_says_where_what_and_what_to_do():
    error = TapeError(
        "this is not a date", expected="a day such as 2026-06-30", found="30/06/26",
        remedy="correct the cell or give a date format in the mapping",
        file="payments.csv", row=7, column="paid_on", key=None,
    )  # fmt: skip
    assert str(error).splitlines() == [
        "this is not a date",
        "  at: file payments.csv, row 7, column paid_on",
        "  expected: a day such as 2026-06-30",
        "  found: 30/06/26",
        "  what to do: correct the cell or give a date format in the mapping",
    ]
    assert error.as_problem() == {
        "type": "urn:arrears:problem:tape",
        "title": "this is not a date",
        "status": 422,
        "expected": "a day such as 2026-06-30",
        "found": "30/06/26",
        "remedy": "correct the cell or give a date format in the mapping",
        "where": {"file": "payments.csv", "row": "7", "column": "paid_on"},
    }


def _tree(cls):
    return [cls, *(leaf for sub in cls.__subclasses__() for leaf in _tree(sub))]


def test_each_error_has_a_code_of_its_own():
    classes = [cls for cls in _tree(ArrearsError) if cls.__module__ == ArrearsError.__module__]
    codes = [cls.code for cls in classes]
    assert len(codes) == len(set(codes))
    assert {cls.exit_code for cls in _tree(BadInput)} == {65}
