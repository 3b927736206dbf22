"""Rows set aside, told apart: those wrong themselves, and those that only fell along."""

from __future__ import annotations

import pytest
from lender import DUE_MINOR, Lender

from arrears.loans.actions import take_in
from arrears.loans.queries import SetAsideFilter, set_aside
from arrears.store.actor import system

ACTOR = system("test")


@pytest.fixture
def lender(committed_db, tmp_path) -> Lender:
    return Lender(tmp_path)


def test_rows_that_only_fell_along_can_be_left_out(lender):
    lender.lend("L1", "p1", [10, 40])
    lender.lend("L2", "p2", [10])
    lender.pay("L1", 11)
    lender.pay("L1", 12, DUE_MINOR * -1)
    take_in(ACTOR, lender.full(50))

    every = set_aside(ACTOR)
    own = set_aside(ACTOR, SetAsideFilter(own_fault=True))

    assert {row.reason for row in every.rows} == {"range.low", "loan.incomplete"}
    assert [(row.table, row.key, row.reason) for row in own.rows] == [
        ("payments", "P00002", "range.low")
    ]
    assert (every.total, own.total) == (5, 1)
