"""The private keys that seals are signed with: files apart from the data, for their owner only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings

from arrears.journal.verifier.hashing import key_id
from arrears.kernel.errors import ConfigError
from arrears.store.private import private_directory, write_once

_ID: Final = re.compile(r"[0-9a-f]{16}")
_LOST: Final = (
    "bring the folder of keys back from its own backup (ARREARS_KEYS says where it lies);"
    " if it is lost for good, `arrears journal key new --lost REASON`"
)


@dataclass(frozen=True, slots=True)
class SealKey:
    """A private key and the public one that belongs to it.

    Parameters
    ----------
    id
        The first sixteen digits of the SHA-256 of the public key.
    public
        32 bytes.
    """

    id: str
    public: bytes
    private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"SealKey({self.id})"

    def sign(self, message: bytes) -> bytes:
        """The signature of a message: 64 bytes (RFC 8032)."""
        return self.private.sign(message)


def folder() -> Path:
    """Where this installation keeps them."""
    place: Path = settings.ARREARS.keys
    return place / "journal"


def make() -> SealKey:
    """Make a key and keep it, readable by its owner alone."""
    private = Ed25519PrivateKey.generate()
    key = _of(private)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    private_directory(folder().parent)
    write_once(private_directory(folder()) / _name(key.id), pem.decode())
    return key


def load(wanted: str) -> SealKey:
    """The key of an id.

    Raises
    ------
    ConfigError
        If it is lost, damaged, another's, or others than its owner may read it.
    """
    path = folder() / _name(wanted)
    try:
        mode = path.stat().st_mode & 0o777
        private = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError) as trouble:
        raise _unusable(wanted, path, str(trouble)) from trouble
    if mode & 0o077:
        raise ConfigError(
            "a key of the journal can be read by others than its owner",
            expected="mode 0600",
            found=f"{mode:04o}",
            remedy=f"chmod 600 {path}; if somebody may have read it, `arrears journal key rotate`",
            key=wanted,
        )
    if not isinstance(private, Ed25519PrivateKey):
        raise _unusable(wanted, path, "a key of another kind")
    key = _of(private)
    if key.id != wanted:
        raise _unusable(wanted, path, f"the key {key.id}")
    return key


def present() -> set[str]:
    """The ids of the keys whose files are there."""
    return {
        path.stem.removeprefix("seal-")
        for path in folder().glob("seal-*.pem")
        if _ID.fullmatch(path.stem.removeprefix("seal-"))
    }


def _name(wanted: str) -> str:
    if _ID.fullmatch(wanted) is None:
        raise ValueError(f"{wanted!r} is not the id of a key")
    return f"seal-{wanted}.pem"


def _of(private: Ed25519PrivateKey) -> SealKey:
    public = private.public_key().public_bytes_raw()
    return SealKey(key_id(public), public, private)


def _unusable(wanted: str, path: Path, found: str) -> ConfigError:
    return ConfigError(
        "the key that the journal is sealed with cannot be used",
        expected=str(path),
        found=found,
        remedy=_LOST,
        key=wanted,
    )
