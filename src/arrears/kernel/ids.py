"""Identifiers: random ones that sort by time, and name-based ones that a rerun makes again.

Both are plain :class:`uuid.UUID`. What people or machines create at a moment gets :func:`uuid7`;
what a run derives from facts gets :func:`named`, so that the same day run twice writes the same
rows (V16).
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from uuid import UUID


def uuid7(at: datetime, random_bits: int | None = None) -> UUID:
    """A UUID of version 7 (RFC 9562 §5.7): 48 bits of milliseconds, then 74 random bits.

    Parameters
    ----------
    at
        The instant, with a zone; from ``store.clock``, never read here.
    random_bits
        74 bits to use instead of fresh randomness (for reproducible tests).
    """
    if at.tzinfo is None:
        raise ValueError("uuid7 needs an instant with a time zone")
    if random_bits is None:
        random_bits = secrets.randbits(74)
    unix_ms = int(at.timestamp() * 1000)
    rand_a, rand_b = (random_bits >> 62) & 0xFFF, random_bits & ((1 << 62) - 1)
    return UUID(int=(unix_ms << 80) | (7 << 76) | (rand_a << 64) | (0b10 << 62) | rand_b)


def named(kind: str, *names: str) -> UUID:
    """A UUID of version 8 made from a kind and natural keys: SHA-256, first 128 bits.

    The same recipe in SQL is :data:`NAMED_SQL_POSTGRES` and :data:`NAMED_SQL_DUCKDB`; a test
    holds all three equal. Names are joined by U+001F, which no key may contain.
    """
    if any("\x1f" in name for name in names):
        raise ValueError("a natural key contains U+001F, the separator of name-based ids")
    digest = hashlib.sha256("\x1f".join((kind, *names)).encode()).hexdigest()
    return UUID(f"{digest[:12]}8{digest[13:16]}a{digest[17:32]}")


# {0} is a SQL expression of the joined text (kind, U+001F, names). PostgreSQL:
# sha256() there takes and gives bytea; in DuckDB it takes text and gives hex already.
NAMED_SQL_POSTGRES = (
    "overlay(overlay(substr(encode(sha256(convert_to({0}, 'UTF8')), 'hex'), 1, 32)"
    " placing '8' from 13 for 1) placing 'a' from 17 for 1)::uuid"
)
NAMED_SQL_DUCKDB = (
    "(substr(sha256({0}), 1, 12) || '8' || substr(sha256({0}), 14, 3) || 'a'"
    " || substr(sha256({0}), 18, 15))::UUID"
)
