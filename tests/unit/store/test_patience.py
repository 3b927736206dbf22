"""Which errors of the database are waited for, and for how long."""

from __future__ import annotations

import psycopg
import pytest
from django.db import IntegrityError, InterfaceError, OperationalError

from arrears.kernel.errors import Unavailable
from arrears.store.patience import PAUSES, patiently


def failing(
    times: int, error: Exception, cause: Exception | None = None
) -> tuple[list[int], object]:
    """Work that fails so many times and then gives its number of tries."""
    tries: list[int] = []

    def work() -> int:
        tries.append(1)
        if len(tries) <= times:
            raise error from cause
        return len(tries)

    return tries, work


GONE = [
    (OperationalError("x"), psycopg.errors.AdminShutdown("terminating")),
    (OperationalError("x"), psycopg.OperationalError("connection refused")),
    (InterfaceError("connection already closed"), None),
    (psycopg.OperationalError("server closed the connection"), None),
    (psycopg.errors.CrashShutdown("in COPY, without Django"), None),
]


@pytest.mark.parametrize(("error", "cause"), GONE)
def test_a_database_that_comes_back_is_waited_for(error, cause):
    said: list[str] = []
    _, work = failing(2, error, cause)
    assert patiently(work, pauses=(0, 0.001, 0), say=said.append) == 3
    assert said == [f"the database is away; trying again in {p} s …" for p in ("0", "0.001")]


@pytest.mark.parametrize(("error", "cause"), GONE)
def test_one_that_stays_away_is_told(error, cause):
    tries, work = failing(9, error, cause)
    with pytest.raises(Unavailable, match="away") as told:
        patiently(work, pauses=(0, 0))
    assert len(tries) == 3
    assert "doctor" in told.value.remedy


def test_a_full_disk_is_told_at_once():
    cause = psycopg.errors.DiskFull("could not extend file")
    for error in (OperationalError("x"), cause):
        tries, work = failing(9, error, cause if error is not cause else None)
        with pytest.raises(Unavailable, match="no space"):
            patiently(work, pauses=(0, 0))
        assert len(tries) == 1


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (ZeroDivisionError(), None),
        (IntegrityError("x"), psycopg.errors.UniqueViolation("x")),
        (OperationalError("x"), psycopg.errors.DeadlockDetected("x")),
        (OperationalError("x"), psycopg.errors.LockNotAvailable("x")),
    ],
)
def test_an_error_of_the_work_itself_is_passed_on(error, cause):
    tries, work = failing(9, error, cause)
    with pytest.raises(type(error)):
        patiently(work, pauses=(0, 0))
    assert len(tries) == 1


def test_it_waits_for_a_minute_at_most():
    assert 55 <= sum(PAUSES) <= 65
