"""The limits of batches, read once from ``limits.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from arrears.kernel.errors import ConfigError

_FILE = Path(__file__).with_name("limits.yaml")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one person may decide alone.

    Parameters
    ----------
    money_above_minor
        By currency, in minor units; of a currency that is not in it any amount is above.
    """

    good_for: timedelta
    undo_within: timedelta
    most_persons: int
    persons_above: int
    money_above_minor: Mapping[str, int]


@cache
def limits() -> Limits:
    """The limits in force."""
    return limits_of(yaml.safe_load(_FILE.read_text(encoding="utf-8")))


def limits_of(given: Any) -> Limits:
    """The limits that a file says.

    Raises
    ------
    ConfigError
        If a limit is missing, no whole number or negative.
    """
    try:
        second = given["second_person"]
        money = {str(code): _whole(value) for code, value in second["money_above_minor"].items()}
        return Limits(
            good_for=timedelta(hours=_whole(given["good_for_hours"])),
            undo_within=timedelta(hours=_whole(given["undo_within_hours"])),
            most_persons=_whole(given["most_persons"]),
            persons_above=_whole(second["persons_above"]),
            money_above_minor=money,
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ConfigError(
            "the limits of placements cannot be read",
            expected="good_for_hours, undo_within_hours, most_persons and second_person with"
            " persons_above and money_above_minor, all whole numbers from 0 on",
            found=f"{type(error).__name__}: {error}",
            remedy=f"correct {_FILE.name}",
        ) from error


def _whole(given: object) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise ValueError(f"not a whole number from 0 on: {given!r}")
    return given
