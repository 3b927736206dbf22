"""Which persons a batch is about, as somebody asked for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from arrears.kernel.errors import BadInput

MOST_REFS: Final = 100_000
_LISTS: Final = ("person_refs", "buckets", "products", "treatments", "jurisdictions")
_NUMBERS: Final = ("least_minor", "most_minor", "least_days", "most_days")
_TEXTS: Final = ("currency",)
_FLAGS: Final = ("term_over",)


@dataclass(frozen=True, slots=True)
class PersonFilter:
    """Persons by reference, or by their open case; of several conditions all must hold.

    Parameters
    ----------
    least_minor, most_minor
        Overdue amount of the case in ``currency``, both ends included.
    least_days, most_days
        Days past due, both ends included.
    term_over
        Of recalls: only placements whose term is over.
    """

    person_refs: tuple[str, ...] = ()
    buckets: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    currency: str | None = None
    least_minor: int | None = None
    most_minor: int | None = None
    least_days: int | None = None
    most_days: int | None = None
    term_over: bool = False


def read_filter(given: Mapping[str, Any]) -> PersonFilter:
    """The filter that was asked for.

    Raises
    ------
    BadInput
        For a name that is not one of a filter's, a value of another kind, an amount without its
        currency, or nothing at all: a batch of everybody is asked for by a condition.
    """
    known = (*_LISTS, *_NUMBERS, *_TEXTS, *_FLAGS)
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise _bad(", ".join(known), ", ".join(unknown), "filter")
    read: dict[str, Any] = {}
    for name, value in given.items():
        if value is None:
            continue
        if name in _LISTS:
            read[name] = _texts(name, value)
        elif name in _NUMBERS:
            read[name] = _whole(name, value)
        elif name in _TEXTS:
            read[name] = _texts(name, [value])[0]
        else:
            if not isinstance(value, bool):
                raise _bad("true or false", repr(value), name)
            read[name] = value
    if not any(read.values()):
        raise _bad("references or a condition", "nothing", "filter")
    if ("least_minor" in read or "most_minor" in read) and "currency" not in read:
        raise _bad("the currency that the amount is in", "none", "currency")
    return PersonFilter(**read)


def _texts(name: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(
        isinstance(each, str) and 0 < len(each) <= 200 and "\0" not in each for each in given
    ):
        raise _bad("texts of 1 to 200 characters", repr(given)[:80], name)
    if len(given) > MOST_REFS:
        raise _bad(f"{MOST_REFS} at most", str(len(given)), name)
    return tuple(sorted(set(given)))


def _whole(name: str, given: Any) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given < 2**53:
        raise _bad("a whole number from 0 on", repr(given)[:80], name)
    return given


def _bad(expected: str, found: str, key: str) -> BadInput:
    return BadInput(
        "the filter of a batch cannot be used", expected=expected, found=found[:200], key=key
    )
