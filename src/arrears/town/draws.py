"""Chance that does not shift: every draw is a hash of the seed, its purpose and whom it is for.

A person's fate is the same in a town of 300 and of 20,000, whatever is drawn before, on every
machine and with every version of the libraries. Whole numbers only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST = np.uint64(0xBF58476D1CE4E5B9)
_SECOND = np.uint64(0x94D049BB133111EB)


class Draws:
    """The chances of one seed.

    Parameters
    ----------
    seed
        Any whole number from 0.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def _bits(self, purpose: str, keys: Ints) -> npt.NDArray[np.uint64]:
        """63 well-mixed bits for each key (SplitMix64)."""
        salt = hashlib.sha256(f"{self._seed}\x1f{purpose}".encode()).digest()[:8]
        start = np.frombuffer(salt, dtype=np.dtype("<u8"))
        mixed = start + (keys.astype(np.uint64) + np.uint64(1)) * _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND
        bits: npt.NDArray[np.uint64] = (mixed ^ (mixed >> np.uint64(31))) >> np.uint64(1)
        return bits

    def between(self, purpose: str, keys: Ints, least: int, most: int) -> Ints:
        """A whole number from ``least`` to ``most``, both included, for each key."""
        span = np.uint64(most - least + 1)
        return (self._bits(purpose, keys) % span).astype(np.int64) + least

    def chance(self, purpose: str, keys: Ints, per_10_000: int) -> Bools:
        """For each key whether something happens that happens that often in 10,000."""
        happens: Bools = self.between(purpose, keys, 0, 9_999) < per_10_000
        return happens

    def choice(self, purpose: str, keys: Ints, weights: Sequence[int]) -> Ints:
        """For each key the index of one of the weights, in proportion to them."""
        upper = np.cumsum(np.asarray(weights, dtype=np.int64))
        drawn = self.between(purpose, keys, 0, int(upper[-1]) - 1)
        return np.searchsorted(upper, drawn, side="right").astype(np.int64)

    def first(self, purpose: str, keys: Ints, count: int) -> Ints:
        """The positions of ``count`` keys, chosen as if by lot, in the order of the lot."""
        return np.argsort(self._bits(purpose, keys), kind="stable")[:count].astype(np.int64)
