"""How many cases of each class go to whom: as even as fitness lets it be, capacities in mind.

*Load* is the number of cases that somebody has, *level* is load by capacity. Everything here is
counts; which case goes where is decided after.
"""

from __future__ import annotations

import heapq
from collections import deque

import numpy as np

from arrears.placements.allotment.rules.fitness import Bools, Ints

MOST_PASSES = 50
"""Passes over the classes; each only evens levels out, a handful is usual."""


def spread(free: Ints, kept: Ints, base: Ints, fit: Bools, capacity: Ints) -> tuple[Ints, Ints]:
    """Say how many cases go to each keeper, and how many leave theirs for it.

    Nobody is above capacity while somebody who could take over from them has room, be it by
    handing on cases of their own. Cases that have a fit keeper leave for no other reason.

    Parameters
    ----------
    free
        Of each class: cases without a fit keeper; 0 where nobody fits.
    kept
        Class by keeper: cases that stay with whom they are, unless there are too many.
    base
        Cases of each keeper that are not decided on here.

    Returns
    -------
    Given and left, both class by keeper: the sum of given is that of free and left.
    """
    staying = kept.copy()
    given: Ints = np.zeros_like(kept)
    load = base + kept.sum(axis=0)
    _shed(staying, given, load, fit, capacity)
    _pour_all(free, given, load, fit, capacity)
    _make_room(staying, given, load, fit, capacity)
    return given, kept - staying


def poured(count: int, load: Ints, capacity: Ints) -> Ints:
    """Spread so many cases over keepers: each goes to whose level would be lowest with it.

    Ties go to the first. Nobody passes 100 % while another would not.
    """
    added: Ints = np.zeros(len(load), dtype=np.int64)
    if not count:
        return added
    # First down to a common level at once, a little below where it ends up.
    level = load / capacity
    order = np.argsort(level, kind="stable")
    below = np.cumsum(capacity[order]) * level[order] - np.cumsum(load[order])
    reached = int(np.searchsorted(below, count, side="right"))
    lowest = order[:reached]
    common = (count + int(load[lowest].sum())) / int(capacity[lowest].sum())
    ground = np.floor(common * (1 - 1e-12) * capacity[lowest]).astype(np.int64) - load[lowest]
    added[lowest] = np.maximum(ground, 0)
    # Then one by one.
    remain = count - int(added.sum())
    if not remain:
        return added
    heap = list(zip(((load + added + 1) / capacity).tolist(), range(len(load)), strict=True))
    heapq.heapify(heap)
    for _ in range(remain):
        _, i = heap[0]
        added[i] += 1
        heapq.heapreplace(heap, (float((load[i] + added[i] + 1) / capacity[i]), i))
    return added


def _shed(staying: Ints, given: Ints, load: Ints, fit: Bools, capacity: Ints) -> None:
    """Whoever has too many passes them to those who have room."""
    for who in np.flatnonzero(load > capacity).tolist():
        for kind in np.flatnonzero(staying[:, who]).tolist():
            open_to = np.flatnonzero(fit[kind] & (load < capacity))
            room = int((capacity[open_to] - load[open_to]).sum())
            count = min(int(staying[kind, who]), int(load[who] - capacity[who]), room)
            if count <= 0:
                continue
            passed = poured(count, load[open_to], capacity[open_to])
            staying[kind, who] -= count
            given[kind, open_to] += passed
            load[open_to] += passed
            load[who] -= count


def _pour_all(free: Ints, given: Ints, load: Ints, fit: Bools, capacity: Ints) -> None:
    """Pour class after class, the least flexible first, again until levels stay as they are."""
    poured_of: Ints = np.zeros_like(given)
    order = sorted(
        np.flatnonzero(free).tolist(), key=lambda kind: (int(capacity[fit[kind]].sum()), kind)
    )
    before = np.inf
    for _ in range(MOST_PASSES):
        for kind in order:
            open_to = np.flatnonzero(fit[kind])
            load[open_to] -= poured_of[kind, open_to]
            now = poured(int(free[kind]), load[open_to], capacity[open_to])
            poured_of[kind, open_to] = now
            load[open_to] += now
        # The sum that pouring lowers: each case costs the level that it brings somebody to.
        cost = float((load * (load + 1) / np.maximum(capacity, 1)).sum())
        if cost >= before - 1e-9:
            break
        before = cost
    given += poured_of


def _make_room(staying: Ints, given: Ints, load: Ints, fit: Bools, capacity: Ints) -> None:
    """Where somebody is still above capacity, let cases move on along the shortest chain."""
    while chain := _chain(staying + given, load, fit, capacity):
        first, last = chain[0][0], chain[-1][1]
        count = min(int(load[first] - capacity[first]), int(capacity[last] - load[last]))
        steps = []
        for source, target in chain:
            kind = _passed_on(staying, given, fit, source, target)
            count = min(count, int(staying[kind, source] + given[kind, source]))
            steps.append((kind, source, target))
        for kind, source, target in steps:
            # What is given today has not been anybody's yet: it goes first.
            fresh = min(count, int(given[kind, source]))
            given[kind, source] -= fresh
            staying[kind, source] -= count - fresh
            given[kind, target] += count
        load[first] -= count
        load[last] += count


def _chain(total: Ints, load: Ints, fit: Bools, capacity: Ints) -> list[tuple[int, int]]:
    """The shortest way from anybody above capacity to somebody with room; empty if none."""
    start = np.flatnonzero((load > capacity) & (load > 0)).tolist()
    room: Bools = load < capacity
    if not start or not room.any():
        return []
    came_from: dict[int, int] = dict.fromkeys(start, -1)
    waiting = deque(start)
    while waiting:
        source = waiting.popleft()
        for target in np.flatnonzero(fit[total[:, source] > 0].any(axis=0)).tolist():
            if target in came_from:
                continue
            came_from[target] = source
            if room[target]:
                chain = [(source, target)]
                while came_from[source] >= 0:
                    chain.insert(0, (came_from[source], source))
                    source = came_from[source]
                return chain
            waiting.append(target)
    return []


def _passed_on(staying: Ints, given: Ints, fit: Bools, source: int, target: int) -> int:
    """The class to pass on: one given today if there is one, else the first."""
    able = fit[:, target]
    fresh = np.flatnonzero(able & (given[:, source] > 0))
    kinds = fresh if len(fresh) else np.flatnonzero(able & (staying[:, source] > 0))
    return int(kinds[0])
