"""Files and directories that only their owner may open."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from arrears.kernel.errors import ConfigError, Unavailable


def private_directory(path: Path) -> Path:
    """Make a directory with mode 0700, parents included; one that stands is left as it is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except PermissionError as denied:
        raise ConfigError(
            f"no permission to make {path}",
            found=str(denied),
            remedy="set ARREARS_HOME to a directory that you may write to",
        ) from denied
    except (FileExistsError, NotADirectoryError) as not_a_directory:
        raise ConfigError(
            f"{path} cannot be a directory",
            found=str(not_a_directory),
            remedy="move that file away, or set ARREARS_HOME to another directory",
        ) from not_a_directory
    except OSError as trouble:
        raise Unavailable(
            f"cannot make {path}", found=str(trouble), remedy="free some disk space and try again"
        ) from trouble
    return path


def write_once(path: Path, text: str) -> bool:
    """Write a file with mode 0600 unless it exists; whole or not at all, even when two race.

    Returns
    -------
    bool
        Whether this call wrote it.
    """
    if path.exists():
        return False
    made = _beside(path, text)
    try:
        os.link(made, path)
    except FileExistsError:
        return False
    finally:
        made.unlink()
    return True


def write_private(path: Path, text: str) -> None:
    """Replace a file with mode 0600 in one step."""
    _beside(path, text).replace(path)


def _beside(path: Path, text: str) -> Path:
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except PermissionError as denied:
        raise ConfigError(
            f"no permission to write {path}",
            found=str(denied),
            remedy="run as the user that owns it, or set ARREARS_HOME to another directory",
        ) from denied
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return Path(name)
