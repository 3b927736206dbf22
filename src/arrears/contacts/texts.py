"""The text of a message as it went: sealed where it lies, and bound to its hand-over."""

from __future__ import annotations

import json
from typing import Final
from uuid import UUID

from arrears.store.sealed.cipher import Sealer
from arrears.store.sealed.place import opener

PLACE: Final = "contacts_hand_over.text_sealed"


def keep_text(sealer: Sealer, hand_over_id: UUID, subject: str, body: str) -> str:
    """Title and text, sealed for one hand-over."""
    return sealer.seal(PLACE, str(hand_over_id), json.dumps([subject, body], ensure_ascii=False))


def kept_text(hand_over_id: UUID, sealed: str) -> tuple[str, str]:
    """Title and text of a hand-over, as they went.

    Raises
    ------
    Damaged
        If it was changed, cut, or taken from another row.
    ConfigError
        If the key is lost.
    """
    subject, body = json.loads(opener().open(PLACE, str(hand_over_id), sealed))
    return subject, body
