"""The one clock of the process: the system's, or the town's while it plays."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from arrears.kernel.clock import Clock, SystemClock, local_day

# The newest is the one that counts. A list, since blocks of several threads end in any order.
_clocks: list[Clock] = [SystemClock()]


def now() -> datetime:
    """The present instant, in UTC, of the process's clock."""
    return _clocks[-1].now()


def business_day() -> date:
    """Today in the business zone (``ARREARS_BUSINESS_ZONE``)."""
    return local_day(now(), ZoneInfo(settings.ARREARS.business_zone))


@contextmanager
def use(clock: Clock) -> Iterator[Clock]:
    """Let the process run on another clock inside the block."""
    _clocks.append(clock)
    try:
        yield clock
    finally:
        newest = max(place for place, each in enumerate(_clocks) if each is clock)
        del _clocks[newest]
