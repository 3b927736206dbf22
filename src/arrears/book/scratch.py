"""Directories for data that outlives no connection: spilled tables, converted tapes.

A process that is killed leaves its own behind, perhaps as large as the book. Whoever makes the next
one beside it removes it: a directory that nobody has locked is nobody's. A lock tells it, not the
number of a process: numbers are given out anew, and another container counts its own.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from pathlib import Path

PREFIX = "arrears-scratch-"


class Scratch:
    """A new directory, removed by :meth:`close`, when this is collected, or at exit.

    Parameters
    ----------
    parent
        Where it is made; the system's temporary directory if None.

    Raises
    ------
    OSError
        If it cannot be made.
    """

    def __init__(self, parent: Path | str | None = None) -> None:
        place = Path(parent or tempfile.gettempdir())
        place.mkdir(parents=True, exist_ok=True)
        _sweep(place)
        # It has its name when it is locked: under another one nobody sweeps it.
        early = Path(tempfile.mkdtemp(prefix=f".{PREFIX}", dir=place))
        lock = os.open(early, os.O_RDONLY | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self.path = early.rename(early.with_name(early.name.removeprefix(".")))
        self._end = weakref.finalize(self, _end, self.path, lock)

    def keep_for(self, owner: object) -> None:
        """Keep it until ``owner`` is collected, though nothing else refers to it."""
        weakref.finalize(owner, self.close)

    def close(self) -> None:
        """Remove it and what it holds; twice is once."""
        self._end()


def _end(directory: Path, lock: int) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    os.close(lock)


def _sweep(place: Path) -> None:
    for left in place.glob(f"{PREFIX}*"):
        try:
            lock = os.open(left, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:
            continue  # gone meanwhile, another user's, or no directory
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            pass  # at work
        finally:
            os.close(lock)
