"""Who must be told of an incident, and by when: what the packs say."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from arrears.kernel.errors import BadInput, ConfigError

PACKS: Final = Path(__file__).parent / "packs"
FILE: Final = "incidents.yaml"
HOUSE: Final = "house"
KINDS: Final = (
    "unasked",
    "breach",
    "unfit",
    "unknown_person",
    "manner",
    "disclosed",
    "leak",
    "other",
)
"""Never asked for; against the rules; not what was reserved; about somebody the book lacks;
threats, insults or force; the debt told to somebody else; data leaked, altered or lost; anything
else."""
ADDRESSEES: Final = ("authority", "person")
Addressee = Literal["authority", "person"]
_KEYS: Final = {"kinds", "to", "within_hours", "row", "cite", "force", "grade", "en", "zh"}


@dataclass(frozen=True, slots=True)
class Notice:
    """A duty to tell somebody of an incident.

    Parameters
    ----------
    to
        ``authority`` or ``person``.
    within_hours
        From when it became known; 0 is at once.
    spared_en, spared_zh
        When nobody need be told, in words; empty: always.
    """

    pack: str
    kinds: frozenset[str]
    to: Addressee
    within_hours: int
    row: str
    cite: str
    force: str
    grade: str
    en: str
    zh: str
    spared_en: str = ""
    spared_zh: str = ""


def notices(kind: str, jurisdiction: str | None) -> tuple[Notice, ...]:
    """The duties that an incident brings, in the order of the packs.

    Parameters
    ----------
    kind
        One of :data:`KINDS`.
    jurisdiction
        Of the person it touches; None if unknown: the duties of every law.

    Raises
    ------
    BadInput
        If there is no such kind.
    """
    if kind not in KINDS:
        raise BadInput("there is no such kind of incident", expected=", ".join(KINDS), found=kind)
    packs = every_notice()
    laws: Collection[str] = [jurisdiction] if jurisdiction else sorted(set(packs) - {HOUSE})
    return tuple(
        notice for pack in [*laws, HOUSE] for notice in packs.get(pack, ()) if kind in notice.kinds
    )


@functools.cache
def every_notice() -> Mapping[str, tuple[Notice, ...]]:
    """The duties of each pack that has any, read from its ``incidents.yaml``.

    Raises
    ------
    ConfigError
        If one lacks something or names what there is not.
    """
    return {
        path.parent.name: tuple(
            read_notice(path, given) for given in yaml.safe_load(path.read_text("utf-8"))
        )
        for path in sorted(PACKS.glob(f"*/{FILE}"))
    }


def read_notice(path: Path, given: Any) -> Notice:
    """One duty of a pack's file; raises :class:`ConfigError` as :func:`every_notice` does."""
    spared = {"spared_en", "spared_zh"}
    if not isinstance(given, dict) or set(given) - spared != _KEYS or len(set(given) & spared) == 1:
        raise ConfigError(
            "a duty to tell of an incident has other keys than it should",
            expected=", ".join(sorted(_KEYS)) + "; spared_en with spared_zh",
            found=str(given)[:200],
            file=path,
        )
    kinds, hours = frozenset(given["kinds"]), given["within_hours"]
    wrong = sorted(kinds - set(KINDS))
    if wrong or given["to"] not in ADDRESSEES or type(hours) is not int or hours < 0:
        raise ConfigError(
            "a duty to tell of an incident cannot be used",
            expected=f"kinds of {KINDS}, to of {ADDRESSEES}, within_hours from 0",
            found=f"{wrong or given['to']}, within_hours {hours}",
            file=path,
        )
    words = ("to", "within_hours", "row", "cite", "force", "grade", "en", "zh")
    told = {name: given[name] for name in (*words, *sorted(spared & set(given)))}
    return Notice(pack=path.parent.name, kinds=kinds, **told)
