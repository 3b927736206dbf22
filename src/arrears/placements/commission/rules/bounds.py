"""What a scheme may look like, read from ``bounds.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from arrears.kernel.errors import ConfigError

SOURCE: Final = Path(__file__).parent.parent / "bounds.yaml"
WHOLE_BPS: Final = 10_000
OF: Final = ("money", "service", "conduct")
MONEY: Final = "recovered"


@dataclass(frozen=True, slots=True)
class Component:
    """Something that pay or rating hangs on; ``of`` is money, service or conduct."""

    name: str
    of: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Why a scheme is refused: the row of the reference, its citation, in both languages."""

    row: str
    cite: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """The limits of every scheme; shares are in basis points of the whole."""

    components: Mapping[str, Component]
    most_money_bps: int
    least_conduct_bps: int
    least_deduction_bps: Mapping[str, int]
    complaint_points_bps: Mapping[str, int]
    report_within_hours: int
    rules: Mapping[str, Rule]

    @property
    def severities(self) -> tuple[str, ...]:
        """How grave a complaint can be, the least first."""
        return tuple(self.least_deduction_bps)


@cache
def bounds() -> Bounds:
    """The bounds of this installation."""
    return read_bounds(SOURCE.read_text("utf-8"))


def read_bounds(text: str) -> Bounds:
    """Read the bounds.

    Raises
    ------
    ConfigError
        If they are not whole, or would let pass what the rules forbid.
    """
    try:
        data: Any = yaml.safe_load(text)
        found = Bounds(
            components={n: Component(n, **told) for n, told in data.pop("components").items()},
            rules={name: Rule(**told) for name, told in data.pop("rules").items()},
            **data,
        )
        good = _are_bounds(found)
    except (yaml.YAMLError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError("the bounds of schemes cannot be read", found=str(error)) from error
    if not good:
        raise ConfigError(
            "the bounds of schemes let pass what the rules forbid",
            expected="money below 10000, conduct, deductions and points above 0",
            remedy=f"mend {SOURCE.name}",
        )
    return found


def _are_bounds(found: Bounds) -> bool:
    numbers = (
        found.least_conduct_bps,
        found.most_money_bps,
        *found.least_deduction_bps.values(),
        *found.complaint_points_bps.values(),
    )
    return (
        all(type(each) is int and 0 < each <= WHOLE_BPS for each in numbers)
        and found.most_money_bps < WHOLE_BPS
        and found.most_money_bps + found.least_conduct_bps <= WHOLE_BPS
        and found.report_within_hours > 0
        and bool(found.least_deduction_bps)
        and set(found.complaint_points_bps) == set(found.least_deduction_bps)
        and {each.of for each in found.components.values()} == set(OF)
        and found.components[MONEY].of == "money"
        and {"money_alone", "harsh_practice"} <= set(found.rules)
    )
