"""From what the server says when it fails to what a person can do about it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from arrears.kernel.errors import ArrearsError, ConfigError, Unavailable

# Pattern in the server's words, kind of error, message, remedy; the first that fits counts.
_KNOWN: Final[tuple[tuple[str, type[ArrearsError], str, str], ...]] = (
    (
        r"No space left on device|Disk quota exceeded|File too large",
        Unavailable,
        "the disk is full: the database cannot write",
        "free some disk space and start again; nothing that was committed is lost",
    ),
    (
        r"could not bind .*Address already in use|port .* already in use"
        r"|could not create any TCP/IP sockets",
        ConfigError,
        "another program already uses the database's port or socket",
        "stop it, or choose another ARREARS_DATABASE_PORT",
    ),
    (
        r"database files are incompatible with server",
        ConfigError,
        "the database was made by another version of PostgreSQL",
        "run arrears doctor: it prints the steps of the upgrade",
    ),
    (
        r"pre-existing shared memory block|lock file \"postmaster.pid\" already exists",
        Unavailable,
        "a server from before has not ended yet",
        "wait some seconds and start again",
    ),
    (
        r"Permission denied|has wrong ownership|has invalid permissions|Operation not permitted",
        ConfigError,
        "the database server may not use its files",
        "run as the user that made this home, or set ARREARS_HOME to another directory",
    ),
    (
        r"could not (create|map|resize) .*shared memory|could not create semaphores",
        ConfigError,
        "the system gives the database no shared memory",
        "allow it (in containers: --shm-size, --ipc), or set DATABASE_URL",
    ),
    (
        r"could not write|could not fsync|could not extend|Input/output error",
        Unavailable,
        "the database cannot write to its disk",
        "check the disk; nothing that was committed is lost",
    ),
)


def explain(words: str, doing: str, log: Path | None = None) -> ArrearsError:
    """The error for a failed program, from what it wrote.

    Parameters
    ----------
    words
        What the program or the server's log says.
    doing
        What failed, for the case that nothing known fits: ``starting the database``.
    """
    for pattern, kind, message, remedy in _KNOWN:
        if re.search(pattern, words):
            return kind(message, found=_last(words, pattern), remedy=remedy, log=log)
    return Unavailable(
        f"{doing} failed",
        found="\n".join(words.strip().splitlines()[-5:]) or "the program said nothing",
        remedy="read the log; arrears doctor looks at the usual causes",
        log=log,
    )


def tail(log: Path, since: int) -> str:
    """What was added to a log from a byte on, at most its last 16 KiB."""
    try:
        with log.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, since if since <= size else 0, size - 16384))
            return file.read().decode(errors="replace")
    except OSError:
        return ""


def _last(words: str, pattern: str) -> str:
    return [line for line in words.splitlines() if re.search(pattern, line)][-1].strip()
