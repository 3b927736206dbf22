"""Where the embedded server lives, worked out from the home directory alone.

Nothing is written here, so settings may be imported anywhere. Normally everything is under
``home/postgres``. PostgreSQL refuses to run as root; the system user that runs it then may be
unable to reach a home such as ``/root/arrears``. Nobody's directories are opened up for that:
the data goes to ``/var/lib/arrears/<digest of home>`` and the home keeps a pointer.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from arrears.kernel.errors import ConfigError
from arrears.store.embedded.account import Account

SYSTEM_BASE: Final = Path("/var/lib/arrears")
DEFAULT_PORT: Final = 5432
# A socket's path has 107 bytes on Linux, 103 on macOS.
_SOCKET_BYTES: Final = 103


@dataclass(frozen=True, slots=True)
class Place:
    """Directories and files of one embedded server.

    Parameters
    ----------
    home
        The installation's home; keeps secrets, locks and the pointer.
    base
        Holds the data directory and the server's log; belongs to who runs the server.
    sockets
        Directory of the Unix socket, mode 0700.
    port
        Names the socket; also the TCP port if ``listens``.
    listens
        Whether the server listens on 127.0.0.1 besides the socket.
    """

    home: Path
    base: Path
    sockets: Path
    port: int = DEFAULT_PORT
    listens: bool = False

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.base / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.base / "server.log"

    @property
    def passwords(self) -> Path:
        """Passwords of the roles in libpq's format, mode 0600."""
        return self.home / "secrets" / "pgpass"

    @property
    def pointer(self) -> Path:
        """Says where the base is when it is not under the home."""
        return self.home / "postgres.json"

    @classmethod
    def locate(cls, home: Path, port: int | None = None) -> Place:
        """Work out the place of a home.

        Raises
        ------
        ConfigError
            If the home is a copy of another one that still stands: both would share a database.
        """
        home = home.resolve()
        base = _pointed(home) or _chosen(home)
        return cls(
            home=home,
            base=base,
            sockets=_sockets(base),
            port=port or DEFAULT_PORT,
            listens=port is not None,
        )


def digest(path: Path) -> str:
    """A short stable name for a directory: twelve hexadecimal digits."""
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def reachable(path: Path, account: Account | None) -> bool:
    """Whether the account (nobody in particular, if none yet) may pass through to a path."""
    for directory in [path, *path.parents]:
        try:
            status = directory.stat()
        except FileNotFoundError:
            continue
        except PermissionError:
            return False
        if account and status.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif account and status.st_gid == account.gid:
            needed = stat.S_IXGRP
        else:
            needed = stat.S_IXOTH
        if not status.st_mode & needed:
            return False
    return True


def _pointed(home: Path) -> Path | None:
    pointer = home / "postgres.json"
    try:
        told = json.loads(pointer.read_text())
        base, owner = Path(told["base"]), Path(told["home"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as unreadable:
        raise ConfigError(
            "the pointer to the database's directory cannot be read",
            expected='{"home": "…", "base": "…"}',
            found=str(unreadable),
            remedy=f"restore {pointer} from a backup; the data itself lies under {SYSTEM_BASE}",
        ) from unreadable
    if owner != home and (owner / "postgres.json").exists():
        raise ConfigError(
            f"{home} is a copy of {owner}: both would use one database",
            expected="one home for one database",
            found=f"a pointer to {base}",
            remedy=f"delete {pointer} to start with an empty database here",
        )
    return base


def _chosen(home: Path) -> Path:
    # Data that is there stays in use: a door that was closed since is an error, not a new database.
    if (home / "postgres" / "data").exists():
        return home / "postgres"
    if os.geteuid() != 0 or reachable(home, Account.existing()):
        return home / "postgres"
    return SYSTEM_BASE / digest(home)


def _sockets(base: Path) -> Path:
    usual = base / "run"
    # A comma would make libpq see two hosts.
    if len(os.fsencode(usual / ".s.PGSQL.65535")) <= _SOCKET_BYTES and "," not in str(usual):
        return usual
    return Path(f"/tmp/arrears-{os.geteuid()}-{digest(base)}")
