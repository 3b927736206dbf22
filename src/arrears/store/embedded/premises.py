"""Directories of the server, with the owners and modes it insists on."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from arrears.kernel.errors import ConfigError
from arrears.store.embedded.account import Account
from arrears.store.embedded.place import SYSTEM_BASE, Place
from arrears.store.private import private_directory, write_private


def prepare(place: Place, account: Account | None) -> None:
    """Make home, secrets, base and socket directory where missing; chmod nothing that stood.

    Raises
    ------
    ConfigError
        If one cannot be made, or belongs to somebody else.
    """
    _home(place.home)
    private_directory(place.home / "secrets")
    if place.base.parent == SYSTEM_BASE:
        _passable(SYSTEM_BASE)
        if not place.pointer.exists():
            told = {"home": str(place.home), "base": str(place.base)}
            write_private(place.pointer, json.dumps(told) + "\n")
    for directory in (place.base, place.sockets):
        _belongs(directory, account)


def _home(home: Path) -> None:
    missing = [path for path in [home, *home.parents] if not path.exists()]
    for directory in reversed(missing):
        _passable(directory)
    if not os.access(home, os.W_OK | os.X_OK):
        raise ConfigError(
            f"no permission to write to {home}",
            remedy="run as the user that made it, or set ARREARS_HOME to another directory",
        )


def _passable(directory: Path) -> None:
    """Make a directory that the server's user may pass through, whatever the umask."""
    if directory.exists():
        return
    private_directory(directory)
    directory.chmod(0o755)


def _belongs(directory: Path, account: Account | None) -> None:
    private_directory(directory)
    uid = account.uid if account else os.geteuid()
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode):
        raise _strange(directory, "no directory of its own")
    if account and status.st_uid == 0:
        os.chown(directory, account.uid, account.gid)
    elif status.st_uid != uid:
        raise _strange(directory, f"user {status.st_uid}")
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise _strange(directory, f"mode {stat.S_IMODE(status.st_mode):o}")


def _strange(directory: Path, found: str) -> ConfigError:
    return ConfigError(
        f"{directory} is not the database's own",
        expected="a directory of the server's user with mode 700",
        found=found,
        remedy="run as the user that made it, set ARREARS_HOME to another directory, "
        "or correct owner and mode",
    )
