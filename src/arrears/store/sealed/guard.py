"""Which keys a database was sealed with: others, found by chance in their place, are refused."""

from __future__ import annotations

from typing import Any

from arrears.kernel.errors import ConfigError
from arrears.store.keyring import KeyRing
from arrears.store.sealed.keyed import key

_NOTE = """
INSERT INTO store_sealing (id, hashed_with_sha256, key_id) VALUES (1, %s, %s)
ON CONFLICT (id) DO UPDATE SET key_id = excluded.key_id
WHERE store_sealing.key_id <> excluded.key_id
"""


def require_keys(key_id: str, ring: KeyRing, cursor: Any) -> None:
    """Note the keys that are used from now on; run it in a transaction that seals.

    Parameters
    ----------
    key_id
        Of the key that seals.

    Raises
    ------
    ConfigError
        If the key that sealed until now is lost, or the hashes were made with another key: then
        nobody would be found any more, and every row would look changed.
    """
    cursor.execute("SELECT hashed_with_sha256, key_id FROM store_sealing WHERE id = 1")
    found = cursor.fetchone()
    if found == (key().sha256, key_id):
        return
    if found is not None:
        _require_hashes(found[0])
        ring.key(found[1])
    cursor.execute(_NOTE, [key().sha256, key_id])


def _require_hashes(sha256: str) -> None:
    if sha256 != key().sha256:
        raise ConfigError(
            "the key of the hashes is not the one that made them",
            expected=f"a key with the digest {sha256[:16]}…",
            found=f"{key().sha256[:16]}…",
            remedy="put back secrets/budget of ARREARS_HOME from the backup of the keys",
        )
