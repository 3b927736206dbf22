"""Programs that tests need from the system: Java for Spark, Chromium for the browser tests.

They are installed with apt-get where they are missing and that is allowed; elsewhere the
message says what to install by hand.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

OLDEST_JAVA = 17
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def java() -> str | None:
    """The Java to use, if there is one that Spark can run on."""
    home = os.environ.get("JAVA_HOME")
    candidates = [str(Path(home) / "bin" / "java")] if home else []
    for program in [*candidates, shutil.which("java")]:
        if program is None or not Path(program).exists():
            continue
        told = subprocess.run([program, "-version"], capture_output=True, text=True, check=False)
        found = re.search(r'version "(\d+)', told.stderr)
        if found and int(found[1]) >= OLDEST_JAVA:
            return program
    return None


def chromium() -> str | None:
    """The system's Chromium or Chrome."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


PROGRAMS: dict[str, tuple[Callable[[], str | None], list[str]]] = {
    "java": (java, ["openjdk-21-jre-headless", "openjdk-17-jre-headless", "default-jre-headless"]),
    "chromium": (chromium, ["chromium", "chromium-browser"]),
}


def main(wanted: list[str]) -> int:
    """Make sure that the programs are there; returns the exit code."""
    missing = [name for name in wanted if PROGRAMS[name][0]() is None]
    if missing and (apt := _apt()) is not None:
        print(f"installing {' and '.join(missing)} with apt-get …", flush=True)
        _quietly([*apt, "update"])
        for name in missing:
            # The first of these packages that this release of the system has.
            for package in PROGRAMS[name][1]:
                if _quietly([*apt, "install", "-y", "--no-install-recommends", package]):
                    break
        missing = [name for name in wanted if PROGRAMS[name][0]() is None]
    for name in missing:
        fedora = "java-21-openjdk-headless" if name == "java" else name
        print(
            f"{name} is missing and could not be installed here.\n"
            f"What to do: install it by hand, for instance\n"
            f"    apt-get install {PROGRAMS[name][1][-2]}        (Debian, Ubuntu)\n"
            f"    dnf install {fedora}        (Fedora)\n"
            "and run make test again.",
            file=sys.stderr,
        )
    return 69 if missing else 0


def _apt() -> list[str] | None:
    """apt-get with the right to install, if there is one."""
    if shutil.which("apt-get") is None:
        return None
    if os.geteuid() == 0:
        return ["apt-get"]
    if shutil.which("sudo") and _quietly(["sudo", "-n", "true"]):
        return ["sudo", "-n", "apt-get"]
    return None


def _quietly(command: list[str]) -> bool:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


if __name__ == "__main__":
    names = sys.argv[1:] or list(PROGRAMS)
    if unknown := set(names) - set(PROGRAMS):
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(PROGRAMS)}")
    raise SystemExit(main(names))
