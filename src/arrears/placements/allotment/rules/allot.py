"""Allotment 分案: every open case to somebody who fits, evenly, and with few moves.

A case stays with its keeper unless they are away, gone, unfit or above capacity. All others go
where the level (cases by capacity) is lowest. When everybody who fits is full, all rise evenly.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrears.placements.allotment.rules.balance import spread
from arrears.placements.allotment.rules.fitness import Bools, Classes, Ints, Keeper, classed

CASES: Final = pa.schema(
    [
        pa.field("case_id", pa.string(), nullable=False),
        pa.field("person_id", pa.string(), nullable=False),
        pa.field("organisation", pa.string(), nullable=False),  # that is in charge of the person
        pa.field("product", pa.string(), nullable=False),
        pa.field("bucket", pa.string(), nullable=False),
        pa.field("language", pa.string()),
        pa.field("overdue_minor", pa.int64()),  # so that amounts are dealt evenly too
        pa.field("keeper", pa.string()),  # who has it now
    ]
)


@dataclass(frozen=True, slots=True)
class Allotted:
    """Who keeps what.

    Parameters
    ----------
    rows
        By case: ``case_id``, ``keeper_before``, ``keeper`` (null: nobody can) and then
        ``reason``, one of :data:`REASONS`.
    over_capacity
        How many keepers have more than their capacity.
    """

    rows: pa.Table
    over_capacity: int

    @property
    def changed(self) -> pa.Table:
        """The rows whose keeper is another than before."""
        before, now = self.rows["keeper_before"], self.rows["keeper"]
        same = pc.or_(
            pc.fill_null(pc.equal(before, now), False),
            pc.and_(pc.is_null(before), pc.is_null(now)),
        )
        return self.rows.filter(pc.invert(same))


def allot(
    cases: pa.Table, keepers: Iterable[Keeper], conflicts: Iterable[tuple[str, str]]
) -> Allotted:
    """Decide who keeps each case; the order of what comes in makes no difference.

    Parameters
    ----------
    cases
        The open cases to decide on, as :data:`CASES`: all, or some if the keepers' ``load`` says
        what they have beside them.
    keepers
        All who are at work and ready to act, of all organisations.
    conflicts
        Pairs of person and member of staff, both ids as texts, who never come together.
    """
    cases = cases.select(CASES.names).cast(CASES).combine_chunks()
    cases = cases.take(pc.sort_indices(cases, sort_keys=[("case_id", "ascending")]))
    staff = sorted(keepers, key=lambda keeper: keeper.id)
    classes = classed(cases, staff, _by_person(conflicts))
    capacity: Ints = np.array([keeper.capacity for keeper in staff], dtype=np.int64)
    before = _places(cases["keeper"], staff)
    base: Ints = np.array([keeper.load for keeper in staff], dtype=np.int64)
    after, over = _settled(cases, classes, before, base, capacity)
    names = pa.array([keeper.id for keeper in staff], pa.string())
    nobody = pa.array(after < 0)
    reasons = pa.array(classes.reasons, pa.string()).take(pa.array(classes.of))
    return Allotted(
        pa.table(
            {
                "case_id": cases["case_id"],
                "keeper_before": cases["keeper"],
                "keeper": names.take(pa.array(after, mask=after < 0)),
                "reason": pc.if_else(nobody, reasons, pa.scalar(None, pa.string())),
            }
        ),
        over,
    )


def _by_person(conflicts: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for person, who in conflicts:
        found.setdefault(person, set()).add(who)
    return {person: frozenset(staff) for person, staff in found.items()}


def _places(names: pa.ChunkedArray, staff: Sequence[Keeper]) -> Ints:
    """The place of each name among the staff; -1 for those who are not there."""
    known = pa.array([keeper.id for keeper in staff], pa.string())
    found = pc.fill_null(pc.index_in(names, value_set=known, skip_nulls=True), -1)
    places: Ints = found.to_numpy().astype(np.int64)
    return places


def _settled(
    cases: pa.Table, classes: Classes, before: Ints, base: Ints, capacity: Ints
) -> tuple[Ints, int]:
    """The keeper's place of each case, -1 for nobody; and how many keepers have too many."""
    of, fit = classes.of, classes.fit
    size = fit.shape
    stays: Bools = before >= 0
    stays[stays] = fit[of[stays], before[stays]]
    free: Ints = np.bincount(of[~stays], minlength=size[0]).astype(np.int64)
    free[~fit.any(axis=1)] = 0
    kept = np.bincount(of[stays] * size[1] + before[stays], minlength=fit.size).reshape(size)
    given, left = spread(free, kept.astype(np.int64), base, fit, capacity)
    _let_go(stays, of, before, left)
    after: Ints = np.where(stays, before, -1)
    _deal(cases, of, stays, after, given)
    load = base + (kept - left + given).sum(axis=0)
    return after, int((load > capacity).sum())


def _let_go(stays: Bools, of: Ints, before: Ints, left: Ints) -> None:
    """Choose the cases that leave: the last of those alike."""
    pairs = np.argwhere(left > 0)
    if not len(pairs):
        return
    staying = np.flatnonzero(stays)
    codes = of[staying] * left.shape[1] + before[staying]
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], pairs[:, 0] * left.shape[1] + pairs[:, 1], side="right")
    for (kind, who), end in zip(pairs.tolist(), ends.tolist(), strict=True):
        stays[staying[order[end - int(left[kind, who]) : end]]] = False


def _deal(cases: pa.Table, of: Ints, stays: Bools, after: Ints, given: Ints) -> None:
    """Give the free cases of each class to whom they go, large and small ones evenly mixed."""
    amounts = pc.fill_null(cases["overdue_minor"], 0).to_numpy()
    waiting = np.flatnonzero(~stays)
    waiting = waiting[np.lexsort((waiting, -amounts[waiting], of[waiting]))]
    starts = np.searchsorted(of[waiting], np.arange(len(given) + 1))
    for kind in np.flatnonzero(given.sum(axis=1)).tolist():
        rows = waiting[starts[kind] : starts[kind + 1]]
        takers = np.flatnonzero(given[kind])
        counts = given[kind, takers]
        who = np.repeat(takers, counts)
        turn = np.arange(len(who)) - np.repeat(np.cumsum(counts) - counts, counts)
        # Back and forth, so that the first of them does not get the larger of each round.
        there_and_back = np.where(turn % 2, -who, who)
        who = who[np.lexsort((there_and_back, (turn + 0.5) / np.repeat(counts, counts)))]
        after[rows] = who
