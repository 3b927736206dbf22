"""Reading the access table strictly: every member there, none unknown, none twice."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, Final, TypeVar

import yaml

_WORD: Final = re.compile(r"[a-z][a-z_]{0,29}")
Choice = TypeVar("Choice", bound=str)


class Misfit(Exception):
    """A place in the table that is not as it must be."""

    def __init__(self, place: str, expected: str, found: object) -> None:
        super().__init__(place)
        self.place = place
        self.expected = expected
        self.found = str(found)[:200]


class UniqueKeys(yaml.SafeLoader):
    """A loader that refuses a key given twice, where YAML keeps the last silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{name!r} stands twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


def mapping(place: str, value: Any) -> Mapping[str, Any]:
    """A mapping of words with something in it."""
    if not isinstance(value, dict) or not value or any(not isinstance(key, str) for key in value):
        raise Misfit(place, "a mapping by name", value)
    return value


def members(place: str, value: Any, *names: str) -> Mapping[str, Any]:
    """A mapping with exactly these members."""
    given = mapping(place, value)
    if set(given) != set(names):
        missing = sorted(set(names) - set(given))
        unknown = sorted(set(given) - set(names))
        found = f"missing: {', '.join(missing) or '-'}; unknown: {', '.join(unknown) or '-'}"
        raise Misfit(place, ", ".join(names), found)
    return given


def names(place: str, value: Any, known: Collection[str]) -> frozenset[str]:
    """A list of known names, none twice."""
    if not isinstance(value, list) or any(not isinstance(each, str) for each in value):
        raise Misfit(place, "a list of roles", value)
    unknown = sorted(set(value) - set(known))
    if unknown or len(set(value)) != len(value):
        raise Misfit(place, "roles that there are, each once", ", ".join(unknown or value))
    return frozenset(value)


def require_parts(place: str, whole: frozenset[str], *parts: frozenset[str]) -> None:
    """Raise unless every role stands in one part, and in one alone (actions share roles)."""
    every = frozenset[str]().union(*parts)
    if every != whole:
        undecided = ", ".join(sorted(whole - every))
        raise Misfit(place, "every role decided", f"undecided: {undecided}")
    if sum(map(len, parts)) != len(whole):
        raise Misfit(place, "every role decided one way", "a role stands in two lists")


def word(place: str, value: Any) -> str:
    """A name of small letters and underscores."""
    if not isinstance(value, str) or _WORD.fullmatch(value) is None:
        raise Misfit(place, "a name of small letters", value)
    return value


def text(place: str, value: Any) -> str:
    """Some text on one line."""
    if not isinstance(value, str) or not value.strip() or "\n" in value:
        raise Misfit(place, "a line of text", value)
    return value


def one_of(place: str, value: Any, choices: tuple[Choice, ...]) -> Choice:
    """One of a closed list."""
    for choice in choices:
        if value == choice:
            return choice
    raise Misfit(place, ", ".join(choices), value)


def number(place: str, value: Any, most: int) -> int:
    """A whole number from 1 on."""
    if type(value) is not int or not 1 <= value <= most:
        raise Misfit(place, f"a whole number from 1 to {most}", value)
    return value


def flag(place: str, value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Misfit(place, "true or false", value)
    return value
