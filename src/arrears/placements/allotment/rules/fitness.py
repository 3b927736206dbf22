"""Who may keep which cases: cases that are alike make a class, which a keeper fits or not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# Why a case has no keeper, in the order in which it is asked.
REASONS: Final = (
    "no_staff",  # nobody of the organisation in charge is at work and ready to act
    "no_capacity",  # all of them take no cases
    "no_product",
    "no_bucket",
    "no_language",
    "conflict",  # whoever fits has a conflict of interest with the person
)
_ALIKE: Final = ("organisation", "product", "bucket", "language")


@dataclass(frozen=True, slots=True)
class Keeper:
    """Somebody who is at work on the day and may act.

    Parameters
    ----------
    id, organisation
        Ids as texts.
    capacity
        Open persons at one time; 0: takes none.
    languages
        As BCP 47; only the language itself counts, not script or region.
    skills
        ``product:card`` or ``bucket:M2`` limit whoever has one of that kind to those named;
        others say nothing here.
    load
        Open persons that they have beside those that are decided on.
    """

    id: str
    organisation: str
    capacity: int
    languages: frozenset[str]
    skills: frozenset[str]
    load: int = 0

    def takes(self, kind: str, value: str) -> bool:
        """Whether the keeper takes cases of this product or bucket."""
        named = {s.partition(":")[2] for s in self.skills if s.startswith(f"{kind}:")}
        return not named or value in named

    def speaks(self, language: str | None) -> bool:
        """Whether the keeper speaks it; a language that nobody knows keeps no one away."""
        return language is None or _spoken(language) in map(_spoken, self.languages)


def unfit(
    keeper: Keeper, *, product: str, bucket: str, language: str | None, conflicted: bool
) -> str | None:
    """What keeps this keeper from such a case, one of :data:`REASONS`; None: nothing does."""
    asked = (
        ("no_capacity", keeper.capacity > 0),
        ("no_product", keeper.takes("product", product)),
        ("no_bucket", keeper.takes("bucket", bucket)),
        ("no_language", keeper.speaks(language)),
        ("conflict", not conflicted),
    )
    return next((reason for reason, holds in asked if not holds), None)


@dataclass(frozen=True, slots=True)
class Classes:
    """Cases that are alike.

    Parameters
    ----------
    of
        The class of each case.
    fit
        Class by keeper: whether the keeper may have its cases.
    reasons
        Of each class: why nobody fits; None if somebody does.
    """

    of: Ints
    fit: Bools
    reasons: tuple[str | None, ...]


def classed(
    cases: pa.Table, keepers: Sequence[Keeper], conflicts: Mapping[str, frozenset[str]]
) -> Classes:
    """Put cases into classes.

    Parameters
    ----------
    conflicts
        Person to ids of staff with a conflict of interest.
    """
    codes, kinds = _alike(cases)
    rows = _rows_of(cases["person_id"], conflicts)
    apart = [frozenset[str]()] * len(kinds)
    known: dict[tuple[int, frozenset[str]], int] = {}
    for row, person in rows:
        # Only those persons are looked at one by one of whom somebody has to keep away.
        key = (int(codes[row]), conflicts[person])
        if key not in known:
            known[key] = len(kinds)
            kinds.append(kinds[key[0]])
            apart.append(key[1])
        codes[row] = known[key]
    fit = np.zeros((len(kinds), len(keepers)), dtype=np.bool_)
    reasons: list[str | None] = []
    staff = _Staff(keepers)
    for number, (kind, away) in enumerate(zip(kinds, apart, strict=True)):
        fit[number], reason = staff.fitting(kind, away)
        reasons.append(reason)
    return Classes(codes, fit, tuple(reasons))


def _alike(cases: pa.Table) -> tuple[Ints, list[tuple[Any, ...]]]:
    """A number for each combination of what decides about fitness, and the combinations."""
    codes: Ints = np.zeros(cases.num_rows, dtype=np.int64)
    values: list[list[Any]] = []
    for name in _ALIKE:
        column = pc.dictionary_encode(cases[name], null_encoding="encode").combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # of an empty table
            column = pa.array([], pa.string()).dictionary_encode()
        found = column.dictionary.to_pylist()
        codes = codes * max(1, len(found)) + column.indices.to_numpy().astype(np.int64)
        values.append(found)
    distinct, codes = np.unique(codes, return_inverse=True)
    kinds = []
    for code in distinct.tolist():
        kind = []
        for found in reversed(values):
            code, place = divmod(code, max(1, len(found)))
            kind.append(found[place])
        kinds.append(tuple(reversed(kind)))
    # Their order must not hang on that of the rows.
    order = sorted(range(len(kinds)), key=lambda n: tuple(v or "" for v in kinds[n]))
    place = np.empty(len(kinds), dtype=np.int64)
    place[order] = np.arange(len(kinds))
    return place[codes], [kinds[n] for n in order]


def _rows_of(persons: Any, conflicts: Mapping[str, frozenset[str]]) -> Iterable[tuple[int, str]]:
    if not conflicts:
        return []
    found = pc.is_in(persons, value_set=pa.array(sorted(conflicts), pa.string()))
    rows = np.flatnonzero(found.to_numpy())
    return zip(rows.tolist(), persons.take(pa.array(rows)).to_pylist(), strict=True)


class _Staff:
    """The keepers, and of every single thing that is asked who of them answers yes."""

    def __init__(self, keepers: Sequence[Keeper]) -> None:
        self._keepers = keepers
        self._places = {keeper.id: place for place, keeper in enumerate(keepers)}
        self._answers: dict[tuple[str, Any], Bools] = {}

    def fitting(self, kind: tuple[Any, ...], away: frozenset[str]) -> tuple[Bools, str | None]:
        """Who fits cases of a kind; if nobody, why."""
        organisation, product, bucket, language = kind
        left: Bools = np.ones(len(self._keepers), dtype=np.bool_)
        asked: tuple[Bools, ...] = (
            self._who("organisation", organisation, lambda k: k.organisation == organisation),
            self._who("capacity", None, lambda k: k.capacity > 0),
            self._who("product", product, lambda k: k.takes("product", product)),
            self._who("bucket", bucket, lambda k: k.takes("bucket", bucket)),
            self._who("language", language, lambda k: k.speaks(language)),
            self._all_but(away),
        )
        for reason, holds in zip(REASONS, asked, strict=True):
            left = left & holds
            if not left.any():
                return left, reason
        return left, None

    def _who(self, name: str, value: Any, holds: Callable[[Keeper], bool]) -> Bools:
        if (name, value) not in self._answers:
            answers = np.fromiter(map(holds, self._keepers), np.bool_, len(self._keepers))
            self._answers[name, value] = answers
        return self._answers[name, value]

    def _all_but(self, away: frozenset[str]) -> Bools:
        found: Bools = np.ones(len(self._keepers), dtype=np.bool_)
        found[[self._places[who] for who in away if who in self._places]] = False
        return found


def _spoken(language: str) -> str:
    return language.replace("_", "-").partition("-")[0].lower()
