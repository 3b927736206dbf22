"""The cache that all processes share, in the database."""

from __future__ import annotations

from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache

_USED_CODE: Final = "allauth.mfa.totp.used"
_USED_FOR: Final = 120  # seconds; a code passes for 90 with one step of tolerance


class SharedCache(DatabaseCache):
    """Django's, which remembers a used code for as long as the code could pass again."""

    def add(
        self,
        key: Any,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> bool:
        """Remember the value unless there is one; says whether there was none."""
        if str(key).startswith(_USED_CODE):
            timeout = _USED_FOR
        return bool(super().add(key, value, timeout, version))
