"""The ring and the hashes of this installation's personal data."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection

from arrears.store.keyring import KeyRing
from arrears.store.sealed.cipher import Opener, Sealer
from arrears.store.sealed.guard import require_keys

FOLDER: Final = "personal"


def ring() -> KeyRing:
    """The keys of personal data: the folder ``personal`` under ``ARREARS_KEYS``."""
    return KeyRing(settings.ARREARS.keys / FOLDER, "personal data")


def sealer() -> Sealer:
    """What seals now, in a transaction; for one batch.

    Raises
    ------
    ConfigError
        If the keys are not those with which this database was sealed.
    """
    chosen = Sealer(ring())
    with connection.cursor() as cursor:
        require_keys(chosen.key_id, ring(), cursor)
    return chosen


def opener() -> Opener:
    """What opens everything that the keys at hand have sealed."""
    return _opener(settings.ARREARS.keys / FOLDER)


@cache
def _opener(folder: Path) -> Opener:
    # Keys never change under their id: what was read once is good for as long as the process lives.
    return Opener(KeyRing(folder, "personal data"))
