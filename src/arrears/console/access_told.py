"""What the access table calls things, in the reader's language."""

from __future__ import annotations

from django.utils.functional import Promise, lazystr
from django.utils.translation import get_language

from arrears.people.access.table import Told


class _Told:
    """Turns to text when it is shown, in the language of that moment."""

    def __init__(self, told: Told) -> None:
        self._told = told

    def __str__(self) -> str:
        return self._told.zh if (get_language() or "").startswith("zh") else self._told.en


def access_told(told: Told) -> Promise:
    """A name of the table, lazily in the language of whoever reads it."""
    return lazystr(_Told(told))
