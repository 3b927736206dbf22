"""The text of a message as it went: encrypted where it lies, and bound to its hand-over."""

from __future__ import annotations

import base64
import json
import secrets
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from arrears.kernel.errors import ArrearsError
from arrears.store.keyring import KeyRing

_NONCE_BYTES: Final = 12


class TextDamaged(ArrearsError):
    """A kept text does not open: it was changed, or belongs to another message."""

    code = "text-damaged"
    exit_code = 65
    http_status = 500


def keep_text(hand_over_id: UUID, subject: str, body: str) -> str:
    """Title and text, encrypted (AES-256-GCM) with the ring's current key for one hand-over."""
    key = _ring().current()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    plain = json.dumps([subject, body], ensure_ascii=False).encode()
    closed = AESGCM(key.secret).encrypt(nonce, plain, hand_over_id.bytes)
    return f"{key.id}.{base64.b64encode(nonce + closed).decode()}"


def kept_text(hand_over_id: UUID, sealed: str) -> tuple[str, str]:
    """Title and text of a hand-over, as they went.

    Raises
    ------
    TextDamaged
        If it was changed, cut, or taken from another row.
    ConfigError
        If the key is lost.
    """
    key_id, _, rest = sealed.partition(".")
    key = _ring().key(key_id)
    try:
        raw = base64.b64decode(rest, validate=True)
        plain = AESGCM(key.secret).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:],
                                           hand_over_id.bytes)  # fmt: skip
        subject, body = json.loads(plain)
    except (InvalidTag, ValueError) as trouble:
        raise TextDamaged(
            "the text of a message does not open",
            expected="the text that was kept when it was handed over",
            found="other bytes",
            remedy="look into `arrears journal verify`, and restore the row from a backup",
            key=str(hand_over_id),
        ) from trouble
    return subject, body


def _ring() -> KeyRing:
    return KeyRing(settings.ARREARS.keys / "messages", "the texts of messages")
