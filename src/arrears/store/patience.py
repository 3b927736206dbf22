"""A database that is away for a moment: wait for it, try again, and say so when it stays away."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import psycopg
from django.db import InterfaceError, OperationalError, connection

from arrears.kernel.errors import Unavailable

Result = TypeVar("Result")
# Seconds between tries: a server that restarts, or recovers after a crash, is back in a minute.
PAUSES = (0.5, 1, 2, 4, 8, 15, 30)
_FULL = (psycopg.errors.DiskFull, psycopg.errors.OutOfMemory)
# COPY goes by Django's wrapping of errors.
_TROUBLE = (
    OperationalError,
    InterfaceError,
    psycopg.OperationalError,
    psycopg.InterfaceError,
)
# What says that the connection, not the work, is at fault.
_GONE = (
    psycopg.errors.AdminShutdown,
    psycopg.errors.CrashShutdown,
    psycopg.errors.CannotConnectNow,
    psycopg.errors.ConnectionException,
    psycopg.errors.ConnectionFailure,
    psycopg.errors.ConnectionDoesNotExist,
)


def patiently(
    work: Callable[[], Result],
    *,
    pauses: tuple[float, ...] = PAUSES,
    say: Callable[[str], None] = lambda sentence: None,
) -> Result:
    """Carry out work that may be done again, waiting for a database that is away.

    Parameters
    ----------
    work
        Whole transactions whose repetition has no second effect; their commit may have gone
        through although its answer was lost.
    say
        Told in a sentence that it waits.

    Raises
    ------
    Unavailable
        If the database stays away, or its disk is full.
    """
    for pause in (*pauses, None):
        try:
            return work()
        except _TROUBLE as error:
            cause = error.__cause__ or error
            if isinstance(cause, _FULL):
                raise Unavailable(
                    "the database has no space left",
                    found=str(error).strip(),
                    remedy="free space on its disk and try again; nothing was left half done",
                ) from error
            if not _is_gone(cause) or connection.in_atomic_block:
                raise
            connection.close()
            if pause is None:
                raise Unavailable(
                    "the database is away",
                    found=str(error).strip(),
                    remedy="see `arrears doctor`; once it is back, try again:"
                    " nothing was left half done",
                ) from error
            say(f"the database is away; trying again in {pause:g} s …")
            threading.Event().wait(pause)
    raise AssertionError("the last pause is None")


def _is_gone(cause: BaseException) -> bool:
    # Without a code of SQL: the socket broke or was never there.
    return isinstance(cause, _GONE) or getattr(cause, "sqlstate", None) is None
