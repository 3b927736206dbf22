"""Looks at the machine: Python, memory, disk, home, clock, optional programs."""

from __future__ import annotations

import os
import platform as system
import re
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import arrears
from arrears.kernel.clock import Clock
from arrears.site.catalogues import LOCALE, outdated
from arrears.site.config import Config
from arrears.site.diagnosis.finding import Finding, fail, ok, warn
from arrears.store.embedded.tuning import memory_bytes

_GIB = 1024**3
_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def python() -> list[Finding]:
    """Which Python is it? An older one than 3.11 does not come this far."""
    return ok("python", f"{system.python_version()} in {sys.prefix}")


def platform() -> list[Finding]:
    """Is this a system we know?"""
    name = f"{system.system()} {system.release()} {system.machine()}, {os.cpu_count()} cores"
    if system.system() not in {"Linux", "Darwin"}:
        return warn("platform", name, "only Linux and macOS are tested; elsewhere use a container")
    return ok("platform", name)


def memory() -> list[Finding]:
    """Is there memory for the daily run?"""
    size = memory_bytes()
    found = f"{size / _GIB:.1f} GiB"
    if size < 2 * _GIB:
        return warn("memory", found, "a million loans want 2 GiB, ten million 4 GiB")
    return ok("memory", found)


def disk(config: Config) -> list[Finding]:
    """Is there room where the home is?"""
    place = next(path for path in [config.home, *config.home.parents] if path.exists())
    free = shutil.disk_usage(place).free
    found = f"{free / _GIB:.1f} GiB free at {place}"
    if free < _GIB / 4:
        return fail("disk", found, "free some space, or set ARREARS_HOME to another disk")
    if free < 5 * _GIB:
        return warn("disk", found, "a million loans need about 5 GiB")
    return ok("disk", found)


def home(config: Config) -> list[Finding]:
    """May we write there, and are the secrets secret?"""
    if not config.home.exists():
        return ok("home", f"{config.home}, made at the first start")
    if not os.access(config.home, os.W_OK | os.X_OK):
        return fail(
            "home",
            f"no permission to write to {config.home}",
            "run as the user that made it, or set ARREARS_HOME to another directory",
        )
    secrets = config.home / "secrets"
    try:
        files = [secrets, *secrets.iterdir()] if secrets.exists() else []
    except PermissionError:
        return fail("home", f"{secrets} cannot be read", "run as the user that made it")
    if open_ := [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077]:
        names = ", ".join(sorted(str(path) for path in open_))
        return fail("home", f"others may read {names}", f"chmod go= {names}")
    return ok("home", str(config.home))


def clock(clock: Clock) -> list[Finding]:
    """Can the clock be right? It cannot be before this program was written."""
    now, written = clock.now(), Path(arrears.__file__).stat().st_mtime
    if now < datetime.fromtimestamp(written, UTC):
        return warn(
            "clock",
            f"{now:%Y-%m-%d %H:%M} UTC, before this program's own files",
            "set the machine's clock; days past due are counted by it",
        )
    return ok("clock", f"{now:%Y-%m-%d %H:%M} UTC")


def catalogues() -> list[Finding]:
    """Are the translations compiled?"""
    names = sorted(path.parent.parent.name for path in LOCALE.glob("*/LC_MESSAGES/django.po"))
    if late := outdated(LOCALE):
        found = f"{len(late)} not compiled"
        return warn("translations", found, "run make setup; until then English is shown")
    return ok("translations", ", ".join(names))


def java() -> list[Finding]:
    """Is there a Java for Spark? Only books beyond one machine need it."""
    home = os.environ.get("JAVA_HOME")
    program = shutil.which("java", path=f"{home}/bin" if home else None)
    if program is None:
        return ok("java", "none; only needed for --engine spark and the tests")
    try:
        told = subprocess.run(
            [program, "-version"], capture_output=True, text=True, timeout=30, check=False
        ).stderr
    except (OSError, subprocess.SubprocessError) as broken:
        return warn("java", str(broken), "install a Java 17 or 21 runtime for --engine spark")
    found = re.search(r'version "(\d+)', told)
    if not found or int(found[1]) < 17:
        first = (told.splitlines() or ["no version"])[0]
        return warn("java", first, "install a Java 17 or 21 runtime for --engine spark")
    return ok("java", f"{found[1]} in {program}")


def chromium() -> list[Finding]:
    """Is there a browser for the tests?"""
    program = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    return ok("chromium", program or "none; only needed for the tests")
