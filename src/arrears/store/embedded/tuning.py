"""The server's configuration for one machine that it shares with the application."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from arrears.store.embedded.place import Place

_MIB = 1024 * 1024


def memory_bytes() -> int:
    """Memory that this process may use: the machine's, or less if a control group limits it."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for limit in (
        Path("/sys/fs/cgroup/memory.max"),
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
    ):
        try:
            text = limit.read_text().strip()
        except OSError:
            continue
        if text.isdigit():
            total = min(total, int(text))
    return total


def configuration(place: Place, memory: int, extra: Mapping[str, str]) -> str:
    """The text of ``arrears.conf``, read after the server's own defaults.

    Parameters
    ----------
    memory
        Bytes that the machine has; an eighth of it, 1 GiB at most, caches pages.
    extra
        Further settings, which win.
    """
    shared = max(32, min(1024, memory // 8 // _MIB))
    settings = {
        "listen_addresses": "127.0.0.1" if place.listens else "",
        "port": str(place.port),
        "unix_socket_directories": '"' + str(place.sockets).replace('"', '""') + '"',
        "unix_socket_permissions": "0700",
        "password_encryption": "scram-sha-256",
        "max_connections": "60",
        "shared_buffers": f"{shared}MB",
        "effective_cache_size": f"{max(128, memory // 2 // _MIB)}MB",
        "maintenance_work_mem": f"{max(32, shared // 4)}MB",
        "work_mem": "16MB",
        "max_wal_size": "4GB" if _free_bytes(place) > 40 * 1024 * _MIB else "1GB",
        "checkpoint_timeout": "15min",
        "wal_compression": "on",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "random_page_cost": "1.1",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "off",
        "log_line_prefix": "%m [%p] ",
        # Statements and their values hold personal data: none of them reaches the log. An error's
        # own sentence may quote a value too; whoever caused it is told, the log is not.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
    }
    if _shared_memory_bytes() < 256 * _MIB:
        # Containers often have 64 MiB there; parallel queries would fail when it is full.
        settings["dynamic_shared_memory_type"] = "mmap"
    settings |= extra
    lines = [
        f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in settings.items()
    ]
    return "# Written at every start.\n" + "\n".join(lines) + "\n"


def _free_bytes(place: Place) -> int:
    return shutil.disk_usage(place.base).free


def _shared_memory_bytes() -> int:
    try:
        return shutil.disk_usage("/dev/shm").total
    except OSError:
        return 0
