"""What comes first in a work queue, and when a case comes again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from arrears.kernel.errors import ConfigError
from arrears.placements.allotment.rules.queue import (
    Waiting,
    again_on,
    cadence,
    carried_days,
    due_on,
    in_order,
    read_cadence,
)

TODAY = date(2026, 11, 24)
CASE = Waiting(
    case_id=UUID(int=1),
    treatment="call",
    bucket_rank=2,
    overdue_minor=10_000,
    due_on=TODAY,
    worked_on=None,
    treated_since=TODAY - timedelta(days=20),
    taken_on=None,
)


def days(number: int) -> date:
    return TODAY + timedelta(days=number)


def case(number: int, **changed) -> Waiting:
    return replace(CASE, case_id=UUID(int=number), **changed)


def order(*cases: Waiting, today: date = TODAY) -> list[int]:
    return [each.case_id.int for each in in_order(cases, today, cadence())]


def test_what_is_not_taken_up_today_is_first_tomorrow():
    pressing, mild = case(1, treatment="call"), case(2, treatment="letter")
    assert order(pressing, mild) == [1, 2]
    fresh = case(3, treatment="call", due_on=days(1), overdue_minor=10**9)
    assert order(fresh, mild, today=days(1)) == [2, 3]
    assert carried_days(mild, days(1)) == 1


def test_longest_left_over_comes_first():
    assert order(case(1, due_on=days(-1)), case(2, due_on=days(-3)), case(3)) == [2, 1, 3]


def test_then_treatment_bucket_amount_and_id():
    assert order(
        case(6, treatment="legal_review", bucket_rank=7),
        case(5, overdue_minor=None),
        case(4, overdue_minor=1),
        case(3, overdue_minor=1),
        case(2),
        case(1, bucket_rank=3, overdue_minor=2),
    ) == [1, 2, 3, 4, 5, 6]


def test_what_is_in_hand_today_is_not_offered_and_comes_back_when_the_day_is_over():
    taken = case(1, taken_on=TODAY)
    assert order(taken) == []
    assert order(taken, case(2, due_on=days(1)), today=days(1)) == [1, 2]


def test_what_no_hand_works_and_what_is_not_due_is_not_in_the_queue():
    assert order(case(1, treatment="remind_sms"), case(2, due_on=days(1))) == []


def test_a_new_treatment_brings_a_finished_case_back_but_not_one_put_off():
    finished = case(1, due_on=days(10), worked_on=days(-2), treated_since=TODAY)
    assert due_on(finished) == TODAY
    assert due_on(replace(finished, treated_since=days(-2))) == days(10)
    assert due_on(replace(finished, worked_on=None)) == days(10)


def test_a_finished_case_comes_again_as_its_treatment_says():
    assert again_on("call", TODAY, cadence()) == days(3)
    assert again_on("remind_app", TODAY, cadence()) == days(1)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"by_hand": {"call": 3}},
        {"by_hand": ["call"]},
        {"by_hand": [{"treatment": "call"}]},
        {"by_hand": [{"treatment": "shout", "every_days": 3}]},
        {"by_hand": [{"treatment": "call", "every_days": 0}]},
        {"by_hand": [{"treatment": "call", "every_days": True}]},
        {"by_hand": [{"treatment": "call", "every_days": 3}] * 2},
    ],
)
def test_a_cadence_that_cannot_be_used_is_refused(data):
    with pytest.raises(ConfigError, match="cadence"):
        read_cadence(data)
