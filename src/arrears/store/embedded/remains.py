"""What a killed server leaves behind, and telling it from a living one."""

from __future__ import annotations

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


def clear(place: Place) -> None:
    """Remove a pid file whose number some unrelated process bears by now.

    PostgreSQL itself deals with a pid file whose process is gone, but after a reboot or in a new
    container another process may have the number, and it would refuse to start for ever.
    """
    pid_file = place.data / "postmaster.pid"
    try:
        pid = int(pid_file.read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return
    if not psutil.pid_exists(pid) or server_pid(place) is not None:
        return
    for process in psutil.process_iter():
        try:
            at_work = process.cwd() == str(place.data)
        except psutil.Error:
            continue
        if at_work:
            raise Unavailable(
                "processes of a database server from before still run",
                found=f"process {process.pid}",
                remedy="wait some seconds and start again",
            )
    pid_file.unlink(missing_ok=True)
