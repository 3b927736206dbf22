"""Allot: the cases of a day, or some that came free."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

import pyarrow.compute as pc

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import Conflict
from arrears.placements.allotment import decided
from arrears.placements.allotment.actions.changes import change, close, lock
from arrears.placements.allotment.facts import conflicts, keepers, open_cases
from arrears.placements.allotment.rules import Allotted, allot
from arrears.store.commands import Result, command
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
    found = allot(open_cases(at.now, only), keepers(at.today, only), conflicts())
    change(at, found.changed)
    return _done(found, closed)


@command("queue.allot", permission="queues.manage")
def allot_now(at: At, *, digest: str) -> Result:
    """Allot now as the daily run would, within the actor's reach; returns what changed.

    A lead allots what their teams keep and what nobody keeps, to their teams.

    Parameters
    ----------
    digest
        Of the plan that was seen (``queries.plan``).

    Raises
    ------
    Conflict
        If cases or staff have changed since, so that the plan is another.
    """
    lock(alone=True)
    closed = close(at)
    now, _ = decided.today(at)
    found = decided.digest(now)
    if found != digest:
        raise Conflict(
            "the plan has changed since it was looked at",
            expected=f"the plan {digest[:16]}",
            found=found[:16],
            remedy="look at it again",
        )
    change(at, now.changed)
    done = _done(now, closed).as_counts()
    record(at, of_house("allotment"), "placements.allotted_now", {**done, "plan": digest})
    return done


def _done(found: Allotted, closed: int) -> Done:
    changed = found.changed
    had, has = pc.is_valid(changed["keeper_before"]), pc.is_valid(changed["keeper"])
    allotted = changed.filter(pc.invert(had)).num_rows
    moved = changed.filter(pc.and_(had, has)).num_rows
    reasons = Counter(found.rows["reason"].drop_null().to_pylist())
    return Done(
        allotted=allotted,
        moved=moved,
        let_go=changed.num_rows - allotted - moved,
        kept=found.rows.num_rows - reasons.total() - allotted - moved,
        closed=closed,
        nobody=dict(sorted(reasons.items())),
        over_capacity=found.over_capacity,
    )
