"""Who runs the server: PostgreSQL refuses root, so root lends it a system user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from typing import Any, Final

from arrears.kernel.errors import ConfigError

NAME: Final = "arrears"
# Tried in this order; the second is BusyBox's.
_MAKE: Final = (
    (
        "useradd",
        "--system",
        "--user-group",
        "-M",
        "-d",
        "/nonexistent",
        "-s",
        "/sbin/nologin",
        NAME,
    ),
    ("adduser", "-S", "-D", "-H", "-h", "/nonexistent", "-s", "/sbin/nologin", NAME),
)


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the operating system."""

    name: str
    uid: int
    gid: int

    @classmethod
    def existing(cls) -> Account | None:
        """The system user, if it was made before."""
        try:
            entry = pwd.getpwnam(NAME)
        except KeyError:
            return None
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    @property
    def spawn(self) -> dict[str, Any]:
        """Arguments of :class:`subprocess.Popen` to run a program as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account() -> Account | None:
    """The system user to run the server as, made if missing; none if we are not root.

    Raises
    ------
    ConfigError
        If we are root and can neither find, make nor become such a user.
    """
    if os.geteuid() != 0:
        return None
    account = Account.existing() or _make()
    if account.uid == 0:
        raise _refused(f"the user {NAME} is root itself")
    try:
        subprocess.run(["/bin/sh", "-c", ":"], check=True, timeout=30, **account.spawn)
    except (OSError, subprocess.SubprocessError) as denied:
        raise _refused(f"becoming {account.name} failed: {denied}") from denied
    return account


def _make() -> Account:
    tried = []
    for command in _MAKE:
        if shutil.which(command[0]) is None:
            tried.append(f"{command[0]} is missing")
            continue
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        account = Account.existing()
        if account is not None:
            return account
        tried.append(f"{command[0]}: {done.stderr.strip() or done.returncode}")
    raise _refused("; ".join(tried))


def _refused(found: str) -> ConfigError:
    return ConfigError(
        "PostgreSQL does not run as root, and there is no system user to run it",
        expected=f"a system user named {NAME}",
        found=found,
        remedy=f"make one (useradd --system {NAME}), run as an ordinary user, "
        "or set DATABASE_URL to a PostgreSQL of yours",
    )
