"""What a transaction does last, just before it commits: work that is gathered meanwhile.

The items lie in Django's own list of work for after the commit. Django drops from it what a
rolled-back savepoint had put there, be it one of ``store.transaction`` or a bare ``atomic()``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction

from arrears.kernel.errors import ArrearsError

Finish = Callable[[Sequence[Any]], None]


class Unfinished(ArrearsError):
    """Something was left for the end of a transaction that has ended: a defect of ours."""

    code = "unfinished"


class _Last:
    """Items for one act, all gathered under the same savepoints."""

    __slots__ = ("act", "items")

    def __init__(self, act: Finish, items: list[Any]) -> None:
        self.act = act
        self.items: list[Any] | None = items

    def __call__(self) -> None:
        if self.items is not None:
            raise Unfinished(
                "something was left for the end of a transaction that has ended",
                expected="an `At` of a transaction that is open",
                found=f"{len(self.items)} items for {self.act.__qualname__}",
            )


def gather(act: Finish, items: Sequence[Any]) -> None:
    """Hand ``act`` these items at the end of the outermost transaction; see ``At.finish``."""
    if not items:
        return
    pending = connection.run_on_commit
    if pending and isinstance(last := pending[-1][1], _Last) and last.act is act:
        same_savepoints = pending[-1][0] == set(connection.savepoint_ids)
        if same_savepoints and last.items is not None:
            last.items.extend(items)
            return
    transaction.on_commit(_Last(act, list(items)))


def finish() -> None:
    """Do what was gathered, each act once with all its items; acts may gather more."""
    while waiting := [
        last
        for last in (each[1] for each in connection.run_on_commit)
        if isinstance(last, _Last) and last.items is not None
    ]:
        act, items = waiting[0].act, []
        for last in waiting:
            if last.act is act:
                items += last.items or []
                last.items = None
        act(items)
