"""Files on disk by the SHA-256 of what they hold, encrypted in parts that can be checked alone.

A file is ``header ‖ part*``. Its key is drawn (HKDF) from the ring's key and a salt of its own;
every part of 64 KiB is AES-256-GCM under a nonce that counts the parts and marks the last one
(the STREAM construction: Hoang, Reyhanitabar, Rogaway, Vizár, CRYPTO 2015), so that parts which
are changed, swapped, repeated or missing are found before anything is handed out.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from arrears.kernel.errors import ArrearsError, BadInput, Unavailable
from arrears.store.keyring import KEY_BYTES, Key, KeyRing
from arrears.store.private import private_directory

MAGIC: Final = b"arrears evidence 1\n"
PART_BYTES: Final = 64 * 1024
TAG_BYTES: Final = 16
SALT_BYTES: Final = 32
MOST_BYTES: Final = 4 * 1024**3
_HEADER_BYTES: Final = len(MAGIC) + 16 + SALT_BYTES


class EvidenceDamaged(ArrearsError):
    """A file of evidence is not what was put in: changed, cut, swapped or gone."""

    code = "evidence-damaged"
    exit_code = 65
    http_status = 500


@dataclass(frozen=True, slots=True)
class Stored:
    """What was written.

    Parameters
    ----------
    sha256
        Of the content, not of the encrypted file.
    size_bytes
        Of the content.
    key_id
        The key that opens it.
    """

    sha256: str
    size_bytes: int
    key_id: str


class Vault:
    """The folder of encrypted files.

    Parameters
    ----------
    folder
        Made if it is not there, for its owner alone.
    ring
        The keys, kept elsewhere.
    """

    def __init__(self, folder: Path, ring: KeyRing) -> None:
        self.folder = folder
        self.ring = ring

    def put(
        self, content: BinaryIO, file_id: UUID, *, expected_sha256: str | None = None
    ) -> Stored:
        """Encrypt what can be read from ``content``; the file appears whole or not at all.

        Raises
        ------
        BadInput
            If it is empty, larger than :data:`MOST_BYTES`, or not what its sender said it was.
        Unavailable
            If the disk is full or away.
        """
        key = self.ring.current()
        private_directory(self.folder)
        try:
            handle, name = tempfile.mkstemp(prefix=".new.", dir=self.folder)
        except OSError as trouble:
            raise _disk(self.folder, trouble) from trouble
        written = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                stored = _encrypt(content, file, key)
                file.flush()
                os.fsync(file.fileno())
            if expected_sha256 is not None and expected_sha256 != stored.sha256:
                raise BadInput(
                    "the file that arrived is not the one that was sent",
                    expected=f"SHA-256 {expected_sha256}",
                    found=stored.sha256,
                    remedy="send it again",
                )
            place = self._place(stored.sha256, file_id)
            private_directory(place.parent)
            written.replace(place)
        except OSError as trouble:
            raise _disk(self.folder, trouble) from trouble
        finally:
            with suppress(FileNotFoundError):
                written.unlink()
        return stored

    def read(self, sha256: str, file_id: UUID) -> Iterator[bytes]:
        """The content, part by part; all of it is checked before the first part is handed out.

        Raises
        ------
        EvidenceDamaged
            If it is not what was put in; nothing of it has been handed out then.
        ConfigError
            If its key is lost.
        """
        self.check(sha256, file_id)
        yield from self._decrypt(sha256, file_id)

    def check(self, sha256: str, file_id: UUID) -> int:
        """Read and decrypt the whole file and compare its digest; its size in bytes."""
        digest, size_bytes = hashlib.sha256(), 0
        for part in self._decrypt(sha256, file_id):
            digest.update(part)
            size_bytes += len(part)
        if digest.hexdigest() != sha256:
            raise EvidenceDamaged(
                "a file of evidence holds something else than it should",
                expected=f"SHA-256 {sha256}",
                found=digest.hexdigest(),
                file=self._place(sha256, file_id).name,
            )
        return size_bytes

    def remove(self, sha256: str, file_id: UUID) -> None:
        """Delete a file; one that is gone already is as well."""
        self._place(sha256, file_id).unlink(missing_ok=True)

    def files(self) -> Iterator[tuple[str, UUID]]:
        """Digest and id of every file that is there, in order."""
        for path in sorted(self.folder.glob("??/*.evidence")):
            sha256, _, file_id = path.stem.partition(".")
            yield sha256, UUID(file_id)

    def _place(self, sha256: str, file_id: UUID) -> Path:
        return self.folder / sha256[:2] / f"{sha256}.{file_id}.evidence"

    def _decrypt(self, sha256: str, file_id: UUID) -> Iterator[bytes]:
        path = self._place(sha256, file_id)
        try:
            with path.open("rb") as file:
                yield from _parts(file, path.name, self.ring)
        except FileNotFoundError as gone:
            raise EvidenceDamaged("a file of evidence is gone", file=path.name) from gone
        except OSError as trouble:
            raise _disk(path, trouble) from trouble


def _encrypt(content: BinaryIO, file: BinaryIO, key: Key) -> Stored:
    salt = secrets.token_bytes(SALT_BYTES)
    header = MAGIC + key.id.encode() + salt
    cipher = _cipher(key, salt)
    digest, size_bytes, number = hashlib.sha256(), 0, 0
    file.write(header)
    part = _full_part(content)
    if not part:
        raise BadInput("an empty file is no evidence", expected="at least one byte")
    while part:
        following = _full_part(content)
        digest.update(part)
        size_bytes += len(part)
        if size_bytes > MOST_BYTES:
            raise BadInput(
                "the file is too large", expected=f"at most {MOST_BYTES} bytes", found="more"
            )
        file.write(cipher.encrypt(_nonce(number, last=not following), part, header))
        part, number = following, number + 1
    return Stored(digest.hexdigest(), size_bytes, key.id)


def _full_part(content: BinaryIO) -> bytes:
    """Up to a whole part: a network stream may hand out less at a time."""
    pieces, lacking = [], PART_BYTES
    while lacking and (piece := content.read(lacking)):
        pieces.append(piece)
        lacking -= len(piece)
    return b"".join(pieces)


def _parts(file: BinaryIO, name: str, ring: KeyRing) -> Iterator[bytes]:
    header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(MAGIC):
        raise EvidenceDamaged("a file of evidence has no header", file=name)
    key_id = header[len(MAGIC) : len(MAGIC) + 16].decode("ascii", "replace")
    if key_id not in ring.ids():
        raise EvidenceDamaged(
            "no key opens this file of evidence",
            expected="a key of the folder of keys",
            found=key_id,
            remedy="bring the folder of keys back from its own backup",
            file=name,
        )
    cipher = _cipher(ring.key(key_id), header[-SALT_BYTES:])
    part, number = file.read(PART_BYTES + TAG_BYTES), 0
    while True:
        following = file.read(PART_BYTES + TAG_BYTES)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), part, header)
        except InvalidTag:
            raise EvidenceDamaged(
                "a file of evidence was changed or cut",
                expected="the bytes that were written",
                found=f"another part {number + 1}",
                file=name,
            ) from None
        if not following:
            return
        part, number = following, number + 1


def _cipher(key: Key, salt: bytes) -> AESGCM:
    derive = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=salt, info=MAGIC)
    return AESGCM(derive.derive(key.secret))


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _disk(path: Path, trouble: OSError) -> Unavailable:
    return Unavailable(
        "the evidence store cannot be used",
        found=str(trouble),
        remedy="free some disk space, or mend its rights, and try again",
        file=path,
    )
