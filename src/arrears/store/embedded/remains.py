"""What a killed server leaves behind, and telling it from a living one."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

from arrears.kernel.errors import Unavailable
from arrears.store.embedded.place import Place


def server_pid(place: Place) -> int | None:
    """The process id of the living server of this place, by its own pid file."""
    try:
        pid = int((place.data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return pid if str(place.data) in process.cmdline() else None
    except psutil.Error:
        return None


def clear(place: Place, deadline: float) -> None:
    """Remove lock files whose process number some unrelated process bears by now.

    PostgreSQL itself deals with lock files whose process is gone. But after a reboot or in a new
    container another process may have the number, and a killed server may be an unburied
    child of ours: it would then refuse to start for ever.

    Parameters
    ----------
    deadline
        By ``time.monotonic``: how long to wait for children of a killed server, which still hold
        its shared memory.

    Raises
    ------
    Unavailable
        If such children outlive the deadline.
    """
    locks = [place.data / "postmaster.pid", place.sockets / f".s.PGSQL.{place.port}.lock"]
    taken = [lock for lock in locks if _bears_a_living_number(lock)]
    if not taken or server_pid(place) is not None:
        return
    while (orphan := _at_work_in(place)) is not None:
        if time.monotonic() > deadline:
            raise Unavailable(
                "processes of a database server from before still run",
                found=f"process {orphan}",
                remedy="wait some seconds and start again, or end that process",
            )
        time.sleep(0.2)
    for lock in taken:
        lock.unlink(missing_ok=True)


def _bears_a_living_number(lock: Path) -> bool:
    try:
        return psutil.pid_exists(abs(int(lock.read_text().split("\n", 1)[0])))
    except (OSError, ValueError):
        return False


def _at_work_in(place: Place) -> int | None:
    for process in psutil.process_iter():
        try:
            if process.cwd() == str(place.data):
                return process.pid
        except psutil.Error:
            continue
    return None
