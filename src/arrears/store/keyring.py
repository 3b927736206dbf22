"""Rings of keys: one is current and encrypts, the older ones still open.

The evidence store has one, personal data another; their folders lie under ``ARREARS_KEYS``.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from arrears.kernel.errors import ConfigError
from arrears.store.private import private_directory, write_once, write_private

KEY_BYTES: Final = 32
ID_BYTES: Final = 8
_CURRENT: Final = "current.json"
_ID: Final = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of 256 bits and the id under which what it closed names it.

    Parameters
    ----------
    id
        Sixteen hexadecimal digits, chosen by chance; it says nothing about the key.
    secret
        The key itself; keep it out of logs.
    """

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"Key({self.id})"


class KeyRing:
    """A folder of keys, apart from what they open.

    Parameters
    ----------
    folder
        Readable by its owner alone; made if it is not there.
    purpose
        What its keys close, for whoever reads that one is lost.
    """

    def __init__(self, folder: Path, purpose: str) -> None:
        self.folder = folder
        self.purpose = purpose

    def current(self) -> Key:
        """The key that encrypts; the first one is made when it is first asked for."""
        named = self.folder / _CURRENT
        if not named.exists():
            private_directory(self.folder)
            key = self._make()
            if write_once(named, json.dumps({"key_id": key.id}) + "\n"):
                return key
        return self.key(self._named(named))

    def current_id(self) -> str | None:
        """The id of the key that encrypts; None if there is none yet."""
        named = self.folder / _CURRENT
        return self._named(named) if named.exists() else None

    def key(self, key_id: str) -> Key:
        """The key of an id.

        Raises
        ------
        ConfigError
            If it is lost or damaged: without it nobody can open what it closed.
        """
        path = self.folder / f"{key_id}.key"
        try:
            secret = base64.b64decode(path.read_text().strip(), validate=True)
        except (OSError, ValueError) as trouble:
            raise self._lost(key_id, str(trouble)) from trouble
        if len(secret) != KEY_BYTES:
            raise self._lost(key_id, f"{len(secret)} bytes instead of {KEY_BYTES}")
        return Key(key_id, secret)

    def rotate(self) -> Key:
        """Make a new key and encrypt with it from now on; older ones stay to open what is old."""
        private_directory(self.folder)
        key = self._make()
        write_private(self.folder / _CURRENT, json.dumps({"key_id": key.id}) + "\n")
        return key

    def ids(self) -> list[str]:
        """Ids of all keys that are there."""
        return sorted(path.stem for path in self.folder.glob("*.key"))

    def _make(self) -> Key:
        key = Key(secrets.token_hex(ID_BYTES), secrets.token_bytes(KEY_BYTES))
        write_once(self.folder / f"{key.id}.key", base64.b64encode(key.secret).decode() + "\n")
        return key

    def _named(self, path: Path) -> str:
        try:
            key_id = json.loads(path.read_text())["key_id"]
        except (OSError, ValueError, KeyError, TypeError) as trouble:
            raise self._lost("current", str(trouble)) from trouble
        if not isinstance(key_id, str) or not _ID.fullmatch(key_id):
            raise self._lost("current", "no id of a key")
        return key_id

    def _lost(self, key_id: str, found: str) -> ConfigError:
        return ConfigError(
            f"a key of {self.purpose} cannot be read",
            expected=f"{self.folder / key_id}.key",
            found=found,
            remedy="bring the folder of keys back from its own backup"
            " (ARREARS_KEYS says where it lies)",
            key=key_id,
        )
