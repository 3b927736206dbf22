"""The words of the rules, read from ``vocabulary.yaml``: acts, closed lists and facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from arrears.kernel.errors import ConfigError

Kind = Literal["flag", "count", "days", "hours", "minute", "enum"]
Moves = Literal["clock", "rolls", "state"]
Value = bool | int | str | None

SOURCE: Final = Path(__file__).with_name("vocabulary.yaml")

HIGHEST: Final[Mapping[str, int]] = {
    "count": 1_000_000,
    "days": 36_500,
    "hours": 876_000,
    "minute": 1439,
}
"""Largest value of each kind of number; the smallest is 0."""


@dataclass(frozen=True, slots=True)
class Label:
    """A word in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact that a rule may read.

    Parameters
    ----------
    name
        As rules write it: ``context.<name>``.
    group
        Heading under which people find it.
    kind
        ``flag`` is a boolean, ``enum`` one of a closed list, the others whole numbers from 0 to
        :data:`HIGHEST`.
    values
        Name of the closed list of an ``enum``.
    may_be_unknown
        Whether ``None`` is a value; rules then test ``context has <name>``.
    moves
        How time alone changes it: with the clock, as old contacts roll out of a window, or not.
    """

    name: str
    group: str
    kind: Kind
    values: str | None
    may_be_unknown: bool
    moves: Moves
    en: str
    zh: str

    def misfit(self, value: Value) -> str | None:
        """Why a value cannot be one of this fact's, in words; None if it can."""
        expected = self.expected
        if value is None:
            return None if self.may_be_unknown else f"{expected}, and it may not be unknown"
        if self.kind == "flag":
            return None if isinstance(value, bool) else expected
        if self.kind == "enum":
            assert self.values is not None
            return None if isinstance(value, str) and value in LISTS[self.values] else expected
        if isinstance(value, bool) or not isinstance(value, int):
            return expected
        return None if 0 <= value <= HIGHEST[self.kind] else expected

    @property
    def expected(self) -> str:
        """What a value of this fact looks like."""
        if self.kind == "flag":
            return "true or false"
        if self.kind == "enum":
            assert self.values is not None
            return "one of " + ", ".join(LISTS[self.values])
        return f"a whole number from 0 to {HIGHEST[self.kind]} ({self.kind})"


def _fact(group: str, name: str, given: Mapping[str, Any], lists: Mapping[str, Any]) -> Fact:
    written = str(given["type"])
    kind = written.removesuffix("?")
    if kind in lists:
        typed: tuple[Kind, str | None] = ("enum", kind)
    elif kind == "flag" or kind in HIGHEST:
        typed = (kind, None)  # type: ignore[assignment]
    else:
        raise ConfigError(
            "a fact of the vocabulary has an unknown type",
            expected=f"flag, {', '.join(HIGHEST)} or a list: {', '.join(lists)}",
            found=written,
            fact=name,
        )
    return Fact(
        name=name,
        group=group,
        kind=typed[0],
        values=typed[1],
        may_be_unknown=written.endswith("?"),
        moves=given.get("moves", "state"),
        en=given["en"],
        zh=given["zh"],
    )


def _labels(given: Mapping[str, Mapping[str, str]]) -> dict[str, Label]:
    return {name: Label(label["en"], label["zh"]) for name, label in given.items()}


_written: Final[dict[str, Any]] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))

ACTS: Final[Mapping[str, Label]] = _labels(_written["acts"])
"""Every act, by its name as a Cedar action."""

LISTS: Final[Mapping[str, Mapping[str, Label]]] = {
    name: _labels(members) for name, members in _written["lists"].items()
}
"""Every closed list: an enum entity type of Cedar with its members."""

FACTS: Final[Mapping[str, Fact]] = {
    name: _fact(group, name, given, _written["lists"])
    for group, facts in _written["facts"].items()
    for name, given in facts.items()
}
"""Every fact, by name, in the order in which people read them."""

VISIT_ACTS: Final = (
    "visit_offer",
    "visit_confirm",
    "visit_dispatch",
    "visit_arrival",
    "visit_entering",
)
