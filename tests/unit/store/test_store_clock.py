"""The process's clock, also where blocks of several threads overlap."""

from __future__ import annotations

from datetime import UTC, datetime

from arrears.kernel.clock import FixedClock
from arrears.store import clock

EARLY, LATE = (FixedClock(datetime(2001, 1, day, tzinfo=UTC)) for day in (1, 2))


def test_the_newest_clock_counts_until_its_block_ends():
    with clock.use(EARLY):
        with clock.use(LATE):
            assert clock.now() == LATE.now()
        assert clock.now() == EARLY.now()
    assert clock.now().year > 2001


def test_blocks_may_end_in_any_order():
    first, second = clock.use(EARLY), clock.use(LATE)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert clock.now() == LATE.now()
    second.__exit__(None, None, None)
    assert clock.now().year > 2001


def test_the_same_clock_may_be_used_twice_at_once():
    with clock.use(EARLY), clock.use(EARLY):
        assert clock.now() == EARLY.now()
    assert clock.now().year > 2001
