"""Values that are encrypted one by one, each bound to its row and column.

A sealed value is a text: ``s1.<key id>.<base64 of nonce, ciphertext and tag>``, AES-256-GCM. What
it is bound to is authenticated with it: put into another row or column, it does not open.
"""

from __future__ import annotations

import binascii
import os
import re
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from arrears.kernel.errors import ArrearsError
from arrears.store.keyring import KeyRing

MARK: Final = "s1."
NONCE_BYTES: Final = 12
_NONCES: Final = 256
_SHAPE: Final = re.compile(r"s1\.([0-9a-f]{16})\.([A-Za-z0-9+/]+={0,2})")


class Damaged(ArrearsError):
    """A sealed value does not open: it was changed, cut short, or belongs to another row."""

    code = "sealed-damaged"


class Sealer:
    """Seals with the ring's present key; make one for each batch, so that it follows a rotation.

    Parameters
    ----------
    ring
        Its first key is made if there is none yet.
    """

    def __init__(self, ring: KeyRing) -> None:
        key = ring.current()
        self.key_id: Final = key.id
        self.head: Final = f"{MARK}{key.id}."
        self._cipher = AESGCM(key.secret)
        self._nonces: list[bytes] = []

    def seal(self, place: str, row: str, text: str) -> str:
        """A text, sealed for one place.

        Parameters
        ----------
        place
            Table and column: ``people_person.phone``.
        row
            What the row is known by for good, such as the lender's reference.
        """
        nonce = self._nonce()
        closed = self._cipher.encrypt(nonce, text.encode(), _bound(place, row))
        return self.head + binascii.b2a_base64(nonce + closed, newline=False).decode()

    def _nonce(self) -> bytes:
        """A nonce that nobody had; the system is asked for many at once."""
        try:
            return self._nonces.pop()
        except IndexError:
            drawn = os.urandom(NONCE_BYTES * _NONCES)
            self._nonces = [drawn[n : n + NONCE_BYTES] for n in range(0, len(drawn), NONCE_BYTES)]
            return self._nonces.pop()


class Opener:
    """Opens what any key of a ring sealed."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._ciphers: dict[str, AESGCM] = {}

    def open(self, place: str, row: str, sealed: str) -> str:
        """What was sealed for this place.

        Raises
        ------
        Damaged
            If it was not sealed for this place, or is not what was sealed.
        ConfigError
            If its key is lost.
        """
        shape = _SHAPE.fullmatch(sealed)
        if shape is None:
            raise _damaged(place, "a text that is not sealed, or only part of one that is")
        try:
            closed = binascii.a2b_base64(shape[2], strict_mode=True)
            nonce = closed[:NONCE_BYTES]
            opened = self._cipher(shape[1]).decrypt(nonce, closed[NONCE_BYTES:], _bound(place, row))
            return opened.decode()
        except (InvalidTag, ValueError) as trouble:
            found = "a value that was changed or belongs elsewhere"
            raise _damaged(place, found, shape[1]) from trouble

    def _cipher(self, key_id: str) -> AESGCM:
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            cipher = self._ciphers[key_id] = AESGCM(self._ring.key(key_id).secret)
        return cipher


def _bound(place: str, row: str) -> bytes:
    return f"{place}\x1f{row}".encode()


def _damaged(place: str, found: str, key_id: str | None = None) -> Damaged:
    # Neither the value nor the row: errors are logged and shown.
    return Damaged(
        "a sealed value does not open",
        expected="the very value that was sealed for this row",
        found=found,
        remedy="take in the lender's tape anew, or bring the row back from a backup",
        column=place,
        key=key_id,
    )
