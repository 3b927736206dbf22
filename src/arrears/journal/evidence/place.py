"""Where this installation keeps its evidence."""

from __future__ import annotations

from django.conf import settings

from arrears.journal.evidence.vault import Vault
from arrears.store.keyring import KeyRing


def vault() -> Vault:
    """The store: files under the home, keys in the folder of keys."""
    config = settings.ARREARS
    return Vault(config.home / "evidence", KeyRing(config.keys / "evidence", "the evidence store"))
