"""Years counted by the calendar, and what the rule on old adverse data makes of them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.kernel.dates import ONE_DAY, add_months, years_over
from arrears.rulebook.act import Act
from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.decide import decide
from arrears.rulebook.retention import keep_until

# Ended on, the last day on which it may be reported: the fifth anniversary.
FIVE_YEARS = [
    (date(2020, 2, 28), date(2025, 2, 28)),  # two leap days between: 1,827 days
    (date(2020, 2, 29), date(2025, 2, 28)),  # no such day in 2025
    (date(2021, 3, 1), date(2026, 3, 1)),  # one leap day: 1,826 days
    (date(2019, 12, 31), date(2024, 12, 31)),  # two leap days
    (date(2096, 6, 1), date(2101, 6, 1)),  # 2100 is no leap year: 1,825 days
]


def reported(ended_on: date, day: date) -> bool:
    base = read_baseline()["bureau_report"]
    facts = dict(base.facts) | {"years_since_bad_event": years_over(ended_on, day)}
    at = datetime.fromisoformat(f"{day}T10:00:00+08:00")
    verdict = decide(Act("bureau_report", "lender", base.party, at, "cn", "Asia/Shanghai", facts))
    return verdict.allowed


@pytest.mark.parametrize(("ended_on", "last_on"), FIVE_YEARS)
def test_adverse_data_may_go_out_until_the_fifth_anniversary_and_no_day_longer(
    ended_on: date, last_on: date
):
    assert years_over(ended_on, last_on) == 4 and reported(ended_on, last_on)
    after = last_on + ONE_DAY
    assert years_over(ended_on, after) == 5 and not reported(ended_on, after)


@pytest.mark.parametrize(("acted_on", "last_on"), FIVE_YEARS)
def test_evidence_is_kept_through_the_fifth_anniversary(acted_on: date, last_on: date):
    kept = keep_until("contact_record", "cn", {"last_act": acted_on}, legal_hold=False)
    assert kept == last_on + ONE_DAY


def test_no_year_is_over_before_it_began():
    assert years_over(date(2026, 5, 1), date(2026, 5, 1)) == 0
    assert years_over(date(2026, 5, 1), date(2020, 1, 1)) == 0
    assert years_over(date(2026, 5, 1), date(2027, 5, 1)) == 0
    assert years_over(date(2026, 5, 1), date(2027, 5, 2)) == 1


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 20_000))
def test_it_is_the_number_of_anniversaries_that_are_over(since: date, after: int):
    day = date.fromordinal(since.toordinal() + after)
    over = sum(add_months(since, 12 * n) < day for n in range(1, 60))
    assert years_over(since, day) == over
