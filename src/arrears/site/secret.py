"""The key that signs sessions: made once, readable by its owner alone."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from arrears.kernel.errors import ConfigError
from arrears.store.private import private_directory, write_once


def passing() -> str:
    """A key for a process that signs nothing that must outlive it."""
    return secrets.token_urlsafe(48)


def read(home: Path) -> str | None:
    """The stored key, or nothing if none was made yet."""
    try:
        return (home / "secrets" / "django").read_text().strip() or None
    except FileNotFoundError:
        return None
    except OSError as denied:
        raise ConfigError(
            "the key that signs sessions cannot be read",
            found=str(denied),
            remedy="run as the user that made this home, or set ARREARS_HOME to another one",
        ) from denied


def ensure(home: Path) -> str:
    """The stored key; made on first use. Two processes at once get the same one."""
    private_directory(home / "secrets")
    write_once(home / "secrets" / "django", passing() + os.linesep)
    key = read(home)
    if key is None:
        raise ConfigError(
            "the key that signs sessions is empty",
            found=str(home / "secrets" / "django"),
            remedy="delete this file; the next start makes a new one and everyone signs in anew",
        )
    return key
