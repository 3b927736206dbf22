"""What is read of a person's loans: all of it, in few queries however many they are."""

from __future__ import annotations

import sys

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from lender import DUE_MINOR, Lender, day

from arrears.kernel.ids import named
from arrears.loans.actions import take_in
from arrears.loans.queries import loan, next_due
from arrears.store.actor import system

ACTOR = system("test")


@pytest.fixture
def lender(committed_db, tmp_path) -> Lender:
    return Lender(tmp_path)


def due(as_of: int, within_days: int) -> list[tuple[str, int, object, int]]:
    found = next_due(ACTOR, named("person", "p1"), day(as_of), within_days)
    return [(n.loan_ref, n.seq, n.due_on, n.open_minor) for n in found]


def test_what_falls_due_next_is_told_of_all_loans_by_day(lender):
    lender.lend("L2", "p1", [10, 40])
    lender.lend("L1", "p1", [20, 30])
    lender.lend("L3", "p1", [25], status="closed")
    lender.lend("L4", "another", [25])
    lender.pay("L2", 9)
    lender.pay("L1", 15, DUE_MINOR // 4)
    take_in(ACTOR, lender.full(18))
    assert due(18, 12) == [
        ("L1", 1, day(20), DUE_MINOR * 3 // 4),
        ("L1", 2, day(30), DUE_MINOR),
    ]
    assert due(18, 22)[-1] == ("L2", 2, day(40), DUE_MINOR)
    assert due(41, 60) == []


def test_ten_loans_take_no_more_queries_than_one(lender):
    lender.lend("L0", "p1", [20])
    take_in(ACTOR, lender.full(5))
    with CaptureQueriesContext(connection) as of_one:
        assert len(due(5, 60)) == 1
    for n in range(1, 10):
        lender.lend(f"L{n}", "p1", [20 + n])
    take_in(ACTOR, lender.full(6))
    with CaptureQueriesContext(connection) as of_ten:
        assert len(due(6, 60)) == 10
    assert len(of_ten) == len(of_one)


def test_of_a_long_schedule_the_first_lines_are_shown_and_it_is_said(lender, monkeypatch):
    monkeypatch.setattr(sys.modules[loan.__module__], "MOST_LINES", 3)
    lender.lend("L1", "p1", [10, 40, 70, 100])
    lender.lend("L2", "p1", [10, 40, 70])
    take_in(ACTOR, lender.full(5))
    long, whole = loan(ACTOR, "L1"), loan(ACTOR, "L2")
    assert ([i.seq for i in long.instalments], long.cut_short) == ([1, 2, 3], True)
    assert ([i.seq for i in whole.instalments], whole.cut_short) == ([1, 2, 3], False)
    # Half a schedule cannot be told; the whole one can.
    assert {ref for ref, *_ in due(5, 90)} == {"L2"}
