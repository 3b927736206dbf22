"""Who is set aside from a batch, and why, as a list that may leave as a file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from arrears.cases.exports.files import Cell
from arrears.cases.exports.lists import Listed, Table, register
from arrears.kernel.errors import BadInput
from arrears.placements.queries.batches import seen
from arrears.placements.words import ASIDE
from arrears.store.actor import Actor
from arrears.store.pages import select
from arrears.store.transactions import transaction

KIND: Final = "aside"
_COLUMNS: Final = ("person_ref", "reason", "reason_told", "detail", "found_at")
_ROWS: Final = """
SELECT p.id, p.person_ref, coalesce(l.changed, l.aside) AS reason, l.aside_detail AS detail,
  CASE WHEN l.changed IS NULL THEN 'preview' ELSE 'carrying out' END AS found_at
FROM placements_batch_line l JOIN people_person p ON p.id = l.person_id
WHERE l.batch_id = %s AND (l.aside IS NOT NULL OR l.changed IS NOT NULL)
ORDER BY p.person_ref, p.id LIMIT %s
"""


def which_batch(which: Mapping[str, Any]) -> dict[str, Any]:
    """Which batch is meant, as an export keeps it; raises BadInput if it is none."""
    try:
        return {"batch": str(UUID(str(which["batch"])))}
    except (KeyError, ValueError) as error:
        raise BadInput(
            "say which batch", expected="the id of a batch", found=str(which)[:80], key="batch"
        ) from error


def _rows(actor: Actor, which: Mapping[str, Any], most: int) -> list[dict[str, Any]]:
    actor.require("placements.read")
    batch_id = UUID(which_batch(which)["batch"])
    with transaction(actor):
        seen(actor, batch_id)
        return select(_ROWS, [batch_id, most])


def _listed(actor: Actor, which: Mapping[str, Any], most: int) -> tuple[int, str]:
    found = _rows(actor, which, most + 1)
    if not 1 <= len(found) <= most:
        raise BadInput(
            "this is no list to export",
            expected=f"1 to {most} rows",
            found=f"{len(found)} rows" if found else "nothing",
        )
    text = "\n".join(f"{row['id']} {row['reason']}" for row in found)
    return len(found), hashlib.sha256(text.encode()).hexdigest()


def _table(actor: Actor, which: Mapping[str, Any]) -> Table:
    found = _rows(actor, which, 1_000_000)  # as many as _listed let through
    rows: list[tuple[Cell, ...]] = [
        (
            row["person_ref"],
            row["reason"],
            str(ASIDE.get(row["reason"], row["reason"])),
            row["detail"],
            row["found_at"],
        )
        for row in found
    ]
    return _COLUMNS, rows, [row["id"] for row in found]


register(KIND, Listed("placements.read", which_batch, _listed, _table))
