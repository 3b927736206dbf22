"""Canonical JSON, Merkle trees, keys: what hashes and signatures are taken over."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

Json = dict[str, Any]

# RFC 8785 for what a journal may hold: no floats, integers within ±(2^53 - 1).
_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, sort_keys=True, separators=(",", ":")
).encode
_encode_as_it_is = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
# Only such signs does UTF-16, by which RFC 8785 sorts keys, sort otherwise than Python.
_HIGH = re.compile("[\ue000-\U0010ffff]")


def canonical(value: Any) -> bytes:
    """The canonical JSON of a value that has no floats in it."""
    text = _encode(value)
    if not text.isascii() and _HIGH.search(text):
        text = _encode_as_it_is(_sorted(value))
    return text.encode()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return {key: _sorted(value[key]) for key in keys}
    return [_sorted(each) for each in value] if isinstance(value, (list, tuple)) else value


def _whole(text: str) -> int:
    if len(text) > 17 or abs(int(text)) >= 2**53:
        raise ValueError(f"{text[:40]} is beyond ±(2^53 - 1)")
    return int(text)


def _no_float(text: str) -> Any:
    raise ValueError(f"{text[:40]} is not a whole number")


parsed = json.JSONDecoder(parse_int=_whole, parse_float=_no_float, parse_constant=_no_float).decode


def unhex(text: str) -> bytes:
    """The bytes of hexadecimal digits, which must be small and stand close: one way to write."""
    found = bytes.fromhex(text)
    if found.hex() != text:
        raise ValueError(f"{text[:80]!r} is not written in small hexadecimal digits")
    return found


def leaf(entry_sha256: bytes) -> bytes:
    """The leaf of an entry in the Merkle tree of a seal (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\0" + entry_sha256).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The node above two others (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


class Tree:
    """A Merkle tree that grows leaf by leaf and keeps only its right edge."""

    def __init__(self) -> None:
        self.count = 0
        self._edge: list[bytes] = []

    def push(self, hashed: bytes) -> None:
        """Add a leaf at the right."""
        self.count += 1
        filled = self.count
        while not filled & 1:
            hashed = node(self._edge.pop(), hashed)
            filled >>= 1
        self._edge.append(hashed)

    def root(self) -> bytes:
        """The root; of no leaves the hash of nothing."""
        if not self._edge:
            return hashlib.sha256(b"").digest()
        hashed = self._edge[-1]
        for left in reversed(self._edge[:-1]):
            hashed = node(left, hashed)
        return hashed


def root_of(hashed: bytes, index: int, count: int, proof: Iterable[bytes]) -> bytes | None:
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2); None if it cannot be one."""
    if not 0 <= index < count:
        return None
    at, last = index, count - 1
    for beside in proof:
        if last == 0:
            return None
        if at & 1 or at == last:
            hashed = node(beside, hashed)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            hashed = node(hashed, beside)
        at, last = at >> 1, last >> 1
    return hashed if last == 0 else None


def key_id(public_key: bytes) -> str:
    """The name of a key: the beginning of its SHA-256."""
    return hashlib.sha256(public_key).hexdigest()[:16]


def signed_by(public_key: bytes, signature: str, message: bytes) -> bool:
    """Whether this signature was made with this key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(unhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
