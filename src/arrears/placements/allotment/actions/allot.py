"""Allot: the cases of a day, or some that came free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

import pyarrow.compute as pc

from arrears.placements.allotment.actions.changes import change, close, lock
from arrears.placements.allotment.facts import conflicts, keepers, open_cases
from arrears.placements.allotment.rules import Allotted, allot
from arrears.store.transactions import At


@dataclass(frozen=True, slots=True)
class Done:
    """What an allotment changed.

    Parameters
    ----------
    allotted
        Cases that had no keeper and have one now.
    moved
        Cases that went from one keeper to another.
    let_go
        Cases that had a keeper and have none now: nobody fits.
    kept
        Cases that stayed with whom they were.
    closed
        Allotments that ended with their case.
    nobody
        Cases without a keeper by the reason why.
    over_capacity
        Keepers with more than their capacity.
    """

    allotted: int
    moved: int
    let_go: int
    kept: int
    closed: int
    nobody: dict[str, int] = field(default_factory=dict)
    over_capacity: int = 0

    def as_counts(self) -> dict[str, Any]:
        """As a step of the day tells it."""
        return asdict(self)


def allot_cases(at: At, only: Sequence[UUID] | None = None) -> Done:
    """Give every open case a keeper who fits, on the business day of the transaction.

    Doing it again changes nothing. ``only`` these cases, counting what keepers have beside them;
    None: all, and what is closed is let go.
    """
    lock(alone=True)
    closed = close(at) if only is None else 0
    decided = allot(open_cases(at.now, only), keepers(at.today, only), conflicts())
    change(at, decided.changed)
    return _done(decided, closed)


def _done(decided: Allotted, closed: int) -> Done:
    changed = decided.changed
    had, has = pc.is_valid(changed["keeper_before"]), pc.is_valid(changed["keeper"])
    allotted = changed.filter(pc.invert(had)).num_rows
    moved = changed.filter(pc.and_(had, has)).num_rows
    reasons = Counter(decided.rows["reason"].drop_null().to_pylist())
    return Done(
        allotted=allotted,
        moved=moved,
        let_go=changed.num_rows - allotted - moved,
        kept=decided.rows.num_rows - reasons.total() - allotted - moved,
        closed=closed,
        nobody=dict(sorted(reasons.items())),
        over_capacity=decided.over_capacity,
    )
