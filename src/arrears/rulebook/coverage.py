"""What became of every row of the reference: the coverage table of a pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from arrears.kernel.errors import ConfigError

FILE: Final = "coverage.yaml"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the reference and what carries it.

    Parameters
    ----------
    row
        Its id in the reference.
    kind
        A member of :data:`arrears.rulebook.telling.KINDS`.
    rules
        Ids of the rules that carry it; none for what is no rule.
    module, screen
        The module that carries it and the screen that shows it (the name of its address).
    later
        The room of the house that will carry it; empty if it is carried today.
    reason_en, reason_zh
        Why it is of this kind.
    """

    row: str
    kind: str
    rules: tuple[str, ...]
    module: str
    screen: str
    later: str
    reason_en: str
    reason_zh: str


def read_coverage(folder: Path) -> tuple[Row, ...]:
    """The coverage table of a pack, in the order in which it is written; empty without a file.

    Raises
    ------
    ConfigError
        If it is not YAML, or not a list of rows that each name their ``row`` and ``kind``.
    """
    path = folder / FILE
    if not path.exists():
        return ()
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise ConfigError(
            "a coverage table is not YAML", expected="a list of rows", found=str(error), file=path
        ) from None
    if not isinstance(written, list):
        raise ConfigError(
            "a coverage table is not a list",
            expected="a list of rows",
            found=type(written).__name__,
            file=path,
        )
    return tuple(_row(given, path) for given in written)


def _row(given: Any, path: Path) -> Row:
    if not isinstance(given, Mapping) or not given.get("row") or not given.get("kind"):
        raise ConfigError(
            "a row of a coverage table lacks its name or kind",
            expected="row: …, kind: …",
            found=repr(given)[:200],
            file=path,
        )
    return Row(
        row=str(given["row"]),
        kind=str(given["kind"]),
        rules=tuple(given.get("rules") or ()),
        module=str(given.get("module") or ""),
        screen=str(given.get("screen") or ""),
        later=str(given.get("later") or ""),
        reason_en=str(given.get("reason_en") or "").strip(),
        reason_zh=str(given.get("reason_zh") or "").strip(),
    )
