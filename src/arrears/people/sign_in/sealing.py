"""Secrets of second factors, sealed with a key that lies apart from the database."""

from __future__ import annotations

from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

from arrears.kernel.errors import ConfigError
from arrears.store.private import private_directory, write_once


def _file() -> Path:
    place: Path = settings.ARREARS.keys
    return place / "second-factors"


def _keys() -> MultiFernet:
    file = _file()
    if not file.exists():
        private_directory(file.parent)
        write_once(file, Fernet.generate_key().decode() + "\n")
    try:
        # One key a line: new secrets are sealed with the first, old ones open with any.
        return MultiFernet([Fernet(line) for line in file.read_text().split()])
    except (OSError, ValueError) as trouble:
        raise ConfigError(
            "the keys of second factors cannot be read",
            found=str(file),
            remedy="bring the folder of keys back from its backup (ARREARS_KEYS says where it is)",
        ) from trouble


def sealed(text: str) -> str:
    """The text, encrypted and authenticated (Fernet)."""
    return _keys().encrypt(text.encode()).decode()


def opened(text: str) -> str:
    """What was sealed.

    Raises
    ------
    ConfigError
        If none of the keys fits: they were lost or exchanged.
    """
    try:
        return _keys().decrypt(text.encode()).decode()
    except InvalidToken as trouble:
        raise ConfigError(
            "the secret of a second factor opens with none of the keys",
            found=str(_file()),
            remedy="bring the folder of keys back, or reset the second factor of this person",
        ) from trouble
