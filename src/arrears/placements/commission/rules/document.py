"""A statement as one document, with a digest over head and lines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

# Of lines, in the order of files.
COLUMNS: Final = (
    "number", "kind", "payment_ref", "loan_ref", "paid_on", "bucket", "rate_bps", "currency",
    "amount_minor", "fee_minor", "commission_minor", "severity", "charge",
)  # fmt: skip


def canonical(value: Any) -> bytes:
    """JSON with sorted members and no blanks: the same value gives the same bytes."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(head: Mapping[str, Any], lines: Iterable[Sequence[Any]]) -> str:
    """SHA-256 of a statement: its head, then line by line the cells of :data:`COLUMNS`."""
    running = hashlib.sha256(canonical(head))
    for line in lines:
        running.update(b"\n")
        running.update(canonical([None if cell is None else str(cell) for cell in line]))
    return running.hexdigest()
