"""What the digest of a statement covers of its head."""

from __future__ import annotations

from typing import Any

from arrears.placements.commission.models import Statement


def head_of(statement: Statement, organisation: str) -> dict[str, Any]:
    """The head that the digest covers; what happens to a statement later is not in it."""
    return {
        "statement": str(statement.id),
        "organisation": organisation,
        "month": f"{statement.month:%Y-%m}",
        "number": statement.number,
        "regular": statement.regular,
        "scheme": str(statement.scheme_id),
        "scores": statement.scores,
        "totals": statement.totals,
        "lines": statement.lines_count,
        "drawn_by": statement.drawn_by,
        "drawn_at": statement.drawn_at.isoformat(),
    }
