"""Keyed hashes: whose id it is, and which number, without keeping either readable.

Budgets are shared, and persons found, by them.

The key lies under the installation's home, apart from the data. Its digest stands in the database:
with another key the same person would get a second budget, so that is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

from django.conf import settings

from arrears.kernel.errors import ConfigError
from arrears.store.private import private_directory, write_once

NAME: Final = "budget"
BYTES: Final = 32
FEWEST_DIGITS: Final = 7
DIGITS: Final = 10
_WITHOUT: Final = str.maketrans("", "", " -().\t\u3000\u2010\u2011\u2012\u2013/")


class Key:
    """The key of one installation."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    @property
    def sha256(self) -> str:
        """What of the key may be told: its digest."""
        return hashlib.sha256(b"arrears budget key\0" + self._secret).hexdigest()

    def of_national_id(self, jurisdiction: str, national_id: str) -> str | None:
        """The hash of a national id, the same however it is written; None for an empty one.

        Ids of two countries that look alike are two persons: the country is hashed too.
        """
        written = _bare(national_id)
        if not written:
            return None
        country = jurisdiction.partition("-")[0].lower()
        return self._digest("id", f"{country}\x1f{written}")

    def of_number(self, number: str) -> str | None:
        """The hash of a phone number, address or account, however it is written; None if empty.

        Of a phone number the last ten digits are hashed: with or without country code and trunk
        zero it is the same number. Two numbers of one person that end alike share their caps.
        """
        written = _bare(number).removeprefix("+")
        if written.isascii() and written.isdigit() and len(written) >= FEWEST_DIGITS:
            written = written[-DIGITS:]
        return self._digest("number", written) if written else None

    def of_account(self, account: str) -> str | None:
        """The hash of the number of a contract or account, all of it; None if empty."""
        written = _bare(account)
        return self._digest("account", written) if written else None

    def of_cells(self, *cells: str | None) -> str:
        """The hash of several cells exactly as they are: it tells whether one has changed."""
        told = "".join("-" if cell is None else f"{len(cell)}:{cell}" for cell in cells)
        return self._digest("cells", told)

    def _digest(self, kind: str, text: str) -> str:
        return hmac.digest(self._secret, f"{kind}\x1f{text}".encode(), "sha256").hex()


def key() -> Key:
    """This installation's key; made on first use."""
    return _key(settings.ARREARS.home)


@cache
def _key(home: Path) -> Key:
    folder = private_directory(home / "secrets")
    write_once(folder / NAME, secrets.token_hex(BYTES) + "\n")
    written = (folder / NAME).read_text().strip()
    try:
        secret = bytes.fromhex(written)
    except ValueError:
        secret = b""
    if len(secret) != BYTES:
        raise ConfigError(
            "the key of the contact budgets cannot be read",
            expected=f"{BYTES} bytes in hexadecimal in secrets/{NAME} of ARREARS_HOME",
            found=f"{len(written)} characters",
            remedy="put back the file from the backup of the keys; a new key would give every"
            " person a second budget",
        )
    return Key(secret)


def _bare(text: str) -> str:
    # Called for every number of a tape: plain ones, which are nearly all, take the short way.
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    bare = plain.upper().translate(_WITHOUT)
    return bare if bare.isprintable() else "".join(filter(str.isprintable, bare))
