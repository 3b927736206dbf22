"""Texts with named variables: which stand in them, and what they become."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from arrears.kernel.errors import BadInput

_HERE: Final = Path(__file__).parent
_BRACES: Final = re.compile(r"\{([^{}]*)\}")
LANGUAGES: Final = ("zh", "en")
MOST_VALUE_CHARS: Final = 200


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that a text may name.

    Parameters
    ----------
    name
        As it stands between braces.
    personal
        Whether it tells of the person, so that a text which has it is for their eyes alone.
    en, zh
        What it is.
    example
        By language: what it becomes in a preview and in the check of a text.
    """

    name: str
    personal: bool
    en: str
    zh: str
    example: Mapping[str, str]


@cache
def variables() -> Mapping[str, Variable]:
    """Every variable by name, in the order of ``variables.yaml``."""
    written = yaml.safe_load((_HERE / "variables.yaml").read_text(encoding="utf-8"))
    return {
        name: Variable(
            name,
            each.get("personal", False),
            each["en"],
            each["zh"],
            {language: str(each["example"][language]) for language in LANGUAGES},
        )
        for name, each in written.items()
    }


def named(text: str) -> tuple[str, ...]:
    """The variables that a text names, each once, in their order; unknown names too."""
    return tuple(dict.fromkeys(_BRACES.findall(text)))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its variables filled in.

    A value is taken as it is: braces in it name nothing. Line breaks and other control characters
    become blanks, so that no value can forge a second message, a header or a signature; one that is
    too long is cut and marked.

    Raises
    ------
    BadInput
        If a variable has no value, or an empty one: a text with a hole is never sent.
    """
    lacking = [name for name in named(text) if not values.get(name, "").strip()]
    if lacking:
        raise BadInput(
            "a text has variables without a value",
            expected="a value for each",
            found=", ".join(lacking)[:200],
            remedy="mend the data, or leave the variable out of the template",
        )
    return _BRACES.sub(lambda found: plain(values[found.group(1)]), text)


def plain(value: str) -> str:
    """A value as it may stand in a text: one line, and at most 200 characters."""
    calm = "".join(" " if _unprintable(char) else char for char in value)
    calm = " ".join(calm.split())
    return calm if len(calm) <= MOST_VALUE_CHARS else calm[: MOST_VALUE_CHARS - 1] + "…"


# Marks that turn the direction of writing could swap what is read; joiners of emoji may stay.
_TURNS: Final = frozenset("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _unprintable(char: str) -> bool:
    return ord(char) < 32 or 0x7F <= ord(char) < 0xA0 or char in _TURNS


def examples(language: str) -> dict[str, str]:
    """A value for each variable, for previews."""
    return {name: each.example[language] for name, each in variables().items()}
