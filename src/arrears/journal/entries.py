"""What an entry is: its data as canonical JSON, and the hash that chains it to the one before."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from arrears.journal.streams import Stream
from arrears.journal.verifier import hashing
from arrears.kernel.errors import BadInput

GREATEST: Final = 2**53 - 1  # RFC 8785 knows the integers that a double holds exactly
MOST_BYTES: Final = 256 * 1024
DEEPEST: Final = 32
_KIND: Final = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
_KIND_LENGTH: Final = 80
_HALVES: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to be put on record.

    Parameters
    ----------
    stream
        Which chain it belongs to.
    kind
        Stage and event: ``cases.opened``, ``loans.tape_taken_in``.
    data
        Plain JSON without floats; no personal data that may have to be erased.
    personal
        Such data; it lies apart and can be erased, the entry keeps a salted hash.
    schema
        The version of the shape of ``data`` for this kind, from 1.
    """

    stream: Stream
    kind: str
    data: Mapping[str, object]
    personal: Mapping[str, object] | None = None
    schema: int = 1


def require_kind(kind: str, schema: int) -> None:
    """Raise :class:`BadInput` unless this can be the kind of an entry."""
    if _KIND.fullmatch(kind) is None or len(kind) > _KIND_LENGTH or not 1 <= schema <= 32_767:
        raise BadInput(
            "this cannot be the kind of a journal entry",
            expected=f"stage.event in small letters, {_KIND_LENGTH} at most; a schema from 1",
            found=f"{kind[:100]!r}, schema {schema}",
        )


def canonical(value: Mapping[str, object], kind: str) -> str:
    """An object as canonical JSON (RFC 8785).

    Raises
    ------
    BadInput
        For anything that does not come back from JSON and PostgreSQL exactly as it was.
    """
    plain = dict(value)
    try:
        good = _is_plain(plain, 1)
    except RecursionError:
        good = False
    if not good:
        _require_plain(plain, "data", kind, 1)
    text = hashing.canonical(plain)
    if len(text) > MOST_BYTES:
        raise _refused(
            kind, "data", f"at most {MOST_BYTES} bytes of JSON", f"{len(text)} bytes",
            "keep large things in the evidence store and put their SHA-256 on record",
        )  # fmt: skip
    return text.decode()


def _is_plain(value: object, depth: int) -> bool:
    """What :func:`_require_plain` asks for, quickly: it is asked of every entry."""
    kind = type(value)
    if kind is str:
        text: str = value  # type: ignore[assignment]
        return "\0" not in text and (text.isascii() or _HALVES.search(text) is None)
    if kind is int:
        return -GREATEST <= value <= GREATEST  # type: ignore[operator]
    if kind is dict:
        inner: dict[object, object] = value  # type: ignore[assignment]
        return depth <= DEEPEST and all(
            type(key) is str and _is_plain(key, depth) and _is_plain(each, depth + 1)
            for key, each in inner.items()
        )
    if kind is list or kind is tuple:
        listed: list[object] = value  # type: ignore[assignment]
        return depth <= DEEPEST and all(_is_plain(each, depth + 1) for each in listed)
    return value is None or value is True or value is False


def _require_plain(value: object, path: str, kind: str, depth: int) -> None:
    if depth > DEEPEST:
        raise _refused(kind, path, f"at most {DEEPEST} levels of lists and objects", "more")
    if value is None or isinstance(value, bool):
        return
    if type(value) is str:
        _require_text(value, path, kind)
    elif type(value) is int:
        if not -GREATEST <= value <= GREATEST:
            raise _refused(kind, path, "an integer within ±(2^53 - 1)", str(value)[:40])
    elif isinstance(value, dict):
        for key, inner in value.items():
            if type(key) is not str:
                raise _refused(kind, path, "keys that are texts", repr(key)[:80])
            _require_text(key, path, kind)
            _require_plain(inner, f"{path}.{key}", kind, depth + 1)
    elif type(value) in (list, tuple):
        for number, inner in enumerate(value):  # type: ignore[arg-type]
            _require_plain(inner, f"{path}[{number}]", kind, depth + 1)
    else:
        raise _refused(
            kind, path, "texts, whole numbers, true, false, null, lists and objects",
            type(value).__name__,
            "write money in minor units, ratios as texts, days and instants in ISO 8601",
        )  # fmt: skip


def _require_text(text: str, path: str, kind: str) -> None:
    # PostgreSQL cannot keep NUL in jsonb, and half a surrogate pair is no character.
    if "\0" in text or _HALVES.search(text):
        raise _refused(kind, path, "text without NUL and unpaired surrogates", repr(text)[:80])


def _refused(
    kind: str, path: str, expected: str, found: str, remedy: str | None = None
) -> BadInput:
    return BadInput(
        "this cannot be put on record as it is",
        expected=expected,
        found=found,
        remedy=remedy,
        kind=kind,
        member=path,
    )


def instant(at: datetime) -> str:
    """An instant as the journal writes it: UTC, microseconds, ``2026-06-30T16:30:00.000000Z``."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def genesis(stream: str) -> bytes:
    """What the first entry of a stream follows; bound to the stream's name."""
    return hashlib.sha256(f"arrears.journal/1:{stream}".encode()).digest()


def personal_digest(salt: bytes, text: str) -> bytes:
    """The hash that an entry holds of its personal data."""
    return hashlib.sha256(salt + text.encode()).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a stream as somebody saw it: its number, 0 for none, and its hash."""

    seq: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """An entry made ready at the moment it was recorded; place and hash follow at the end.

    ``follows`` is the head that it follows if nobody has moved it meanwhile; None: not looked at.
    """

    id: UUID
    stream: str
    kind: str
    schema: int
    at: datetime
    actor: str
    data: str  # canonical
    personal: str | None  # canonical
    salt: bytes | None
    personal_sha256: bytes | None
    follows: Head | None = None

    def sha256(self, seq: int, prev: bytes) -> bytes:
        """The entry's hash: over the canonical JSON of everything in it.

        The members are in the order that RFC 8785 asks for; a test holds this text equal to
        the one that ``rfc8785`` makes.
        """
        personal = "null" if self.personal_sha256 is None else f'"{self.personal_sha256.hex()}"'
        text = (
            f'{{"actor":{hashing.canonical(self.actor).decode()},"at":"{instant(self.at)}","data":{self.data},'
            f'"id":"{self.id}","kind":"{self.kind}","personal_sha256":{personal},'
            f'"prev_sha256":"{prev.hex()}","schema":{self.schema},"seq":{seq},'
            f'"stream":"{self.stream}"}}'
        )
        return hashlib.sha256(text.encode()).digest()
