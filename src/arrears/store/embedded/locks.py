"""Who uses the server: file locks, which the system drops even when a process is killed."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from arrears.kernel.errors import ConfigError, Unavailable

Say = Callable[[str], None]


class Hold:
    """A shared lock on a file for as long as it is wanted."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Whether this process holds it."""
        return self._handle is not None

    def take(self) -> None:
        """Take the lock; call it inside :func:`alone`."""
        self._handle = _opened(self._path)
        fcntl.flock(self._handle, fcntl.LOCK_SH)

    def drop(self) -> None:
        """Give it back; harmless when not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def others(self) -> bool:
        """Whether anybody holds it; ask after dropping one's own, inside :func:`alone`."""
        handle = _opened(self._path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False


@contextmanager
def alone(path: Path, patience_s: float, say: Say) -> Iterator[None]:
    """Hold a file's exclusive lock inside the block.

    Raises
    ------
    Unavailable
        If somebody else keeps it longer than the patience.
    """
    handle = _opened(path)
    try:
        deadline, told = time.monotonic() + patience_s, False
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Unavailable(
                        "another command is busy starting or stopping the database",
                        found=f"its lock on {path} for more than {patience_s:.0f} seconds",
                        remedy="wait for it or end it, then try again",
                    ) from None
                if not told and time.monotonic() > deadline - patience_s + 1:
                    say("another command is starting or stopping the database; waiting …")
                    told = True
                time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except PermissionError as denied:
        raise ConfigError(
            "no permission to use the database's lock",
            found=str(denied),
            remedy="run as the user that made this home, or set ARREARS_HOME to another directory",
        ) from denied
    except OSError as trouble:
        raise Unavailable(
            f"cannot open {path}", found=str(trouble), remedy="free some disk space and try again"
        ) from trouble
