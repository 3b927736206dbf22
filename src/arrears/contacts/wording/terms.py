"""The lists of words, and where one is found in a text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

_HERE: Final = Path(__file__).parent
_LATIN: Final = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class Carrier:
    """What a carrier of messages refuses beyond the law.

    Parameters
    ----------
    name
        As an installation names it.
    links
        ``none``, ``fixed`` (the variable ``{portal}`` alone) or ``any``.
    most_chars
        Of one text, variables filled in.
    signature
        Whether the carrier puts a registered signature before it.
    barred
        Terms that it refuses.
    """

    name: str
    channels: tuple[str, ...]
    en: str
    zh: str
    links: str
    most_chars: int
    signature: bool
    barred: tuple[str, ...]


@cache
def carriers() -> Mapping[str, Carrier]:
    """Every carrier by name."""
    return {
        name: Carrier(
            name,
            tuple(each["channels"]),
            each["en"],
            each["zh"],
            each["links"],
            each["most_chars"],
            each.get("signature", False),
            _all(each.get("barred", {})),
        )
        for name, each in _read("providers.yaml").items()
    }


@cache
def facts_of_terms() -> Mapping[str, tuple[str, ...]]:
    """Facts that hold where one of their terms is found: what a text must not do."""
    return {fact: _all(terms) for fact, terms in _read("words.yaml")["facts"].items()}


@cache
def shown_by_terms() -> Mapping[str, tuple[str, ...]]:
    """Facts that hold only where one of their terms is found: what a text must show."""
    return {fact: _all(terms) for fact, terms in _read("words.yaml")["shown"].items()}


def found(terms: Sequence[str], text: str) -> tuple[str, ...]:
    """The terms that stand in a text, whatever its case, width, spacing and hidden marks."""
    folded = fold(text)
    tight = folded.replace(" ", "")
    return tuple(term for term in terms if _stands(term, folded, tight))


def fold(text: str) -> str:
    """A text as terms are compared: one width and case, single blanks, nothing invisible."""
    wide = unicodedata.normalize("NFKC", text).casefold()
    seen = "".join(char for char in wide if unicodedata.category(char) not in ("Cf", "Mn"))
    return " ".join(seen.split())


def _stands(term: str, folded: str, tight: str) -> bool:
    wanted = fold(term)
    if not _LATIN.search(wanted) or wanted.startswith("{"):
        # Chinese has no blanks: those put between characters are there to deceive.
        return re.sub(r"[\s.*\-_·•|/]", "", wanted) in re.sub(r"[\s.*\-_·•|/]", "", tight)
    begins = wanted.endswith("*")
    pattern = re.escape(wanted.removesuffix("*"))
    return re.search(rf"(?<![a-z]){pattern}" + ("" if begins else r"(?![a-z])"), folded) is not None


def _all(terms: Mapping[str, Sequence[Any]]) -> tuple[str, ...]:
    # A text in one language may carry words of the other.
    return tuple(str(term) for each in terms.values() for term in each)


def _read(name: str) -> Any:
    return yaml.safe_load((_HERE / name).read_text(encoding="utf-8"))
