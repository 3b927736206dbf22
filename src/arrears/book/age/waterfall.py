"""Step 4: in what order an instalment's parts are settled, by product and jurisdiction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import yaml

from arrears.kernel.errors import ConfigError

PARTS = ("fee", "interest", "principal")
SHIPPED = Path(__file__).with_name("waterfalls.yaml")


@dataclass(frozen=True)
class Waterfall:
    """One rule: for these products and jurisdictions (None: all), this order of the parts."""

    order: tuple[str, ...]
    product: tuple[str, ...] | None = None
    jurisdiction: tuple[str, ...] | None = None
    source: str = ""

    def covers(self, product: str | None, jurisdiction: str | None) -> bool:
        """Whether the rule speaks of a loan of that product, owed by a person living there."""
        return (self.product is None or product in self.product) and (
            self.jurisdiction is None
            or any(within(jurisdiction, place) for place in self.jurisdiction)
        )


def within(jurisdiction: str | None, place: str) -> bool:
    """Whether a jurisdiction (``CN-44``) is a place (``CN``) or a part of it."""
    return jurisdiction is not None and (
        jurisdiction == place or jurisdiction.startswith(f"{place}-")
    )


@dataclass(frozen=True)
class Waterfalls:
    """Every rule, first match first; the last one covers whatever is left."""

    rules: tuple[Waterfall, ...]

    @property
    def by_jurisdiction(self) -> bool:
        """Whether a loan's order depends on where the borrower lives."""
        return any(rule.jurisdiction is not None for rule in self.rules)

    def of(self, product: str | None, jurisdiction: str | None = None) -> tuple[str, ...]:
        """The order of the parts for one loan."""
        return next(rule.order for rule in self.rules if rule.covers(product, jurisdiction))

    def number(self, loans: Any) -> Any:
        """The number of the rule that covers each row (columns product, jurisdiction)."""
        if len(self.rules) == 1:
            return ibis.literal(0, type="int32")
        branches = []
        for number, rule in enumerate(self.rules[:-1]):
            covered = ibis.literal(True)
            if rule.product is not None:
                covered = covered & loans.product.isin(rule.product).fill_null(False)
            if rule.jurisdiction is not None:
                where = loans.jurisdiction
                near = [where == p for p in rule.jurisdiction]
                near += [where.startswith(f"{p}-") for p in rule.jurisdiction]
                covered = covered & ibis.or_(*near).fill_null(False)
            branches.append((covered, ibis.literal(number, type="int32")))
        return ibis.cases(*branches, else_=ibis.literal(len(self.rules) - 1, type="int32"))

    def before(self, part: str, number: Any, amounts: Mapping[str, Any]) -> Any:
        """How much of the instalment is settled before the first unit of a part.

        Parameters
        ----------
        part
            ``fee``, ``interest`` or ``principal``.
        number
            The column made by :meth:`number`.
        amounts
            The three parts of the instalment, in minor units.
        """
        offset = amounts[part] - amounts[part]
        for other in PARTS:
            ahead = [
                n
                for n, rule in enumerate(self.rules)
                if rule.order.index(other) < rule.order.index(part)
            ]
            if len(ahead) == len(self.rules):
                offset = offset + amounts[other]
            elif ahead:
                nothing = amounts[other] - amounts[other]
                offset = offset + number.isin(ahead).ifelse(amounts[other], nothing)
        return offset


def load_waterfalls(path: Path) -> Waterfalls:
    """Read and check a file of waterfalls.

    Raises
    ------
    ConfigError
        If it cannot be read, a rule is malformed, one can never apply because an earlier one
        covers all loans, or the last one does not cover them.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(
            "the waterfalls cannot be read", found=str(error), file=str(path)
        ) from error
    rules = data.get("rules") if isinstance(data, dict) else None
    if not isinstance(rules, list) or not rules:
        raise ConfigError("a file of waterfalls has a list of rules", file=str(path))
    parsed = tuple(_rule(rule, number, path) for number, rule in enumerate(rules, start=1))
    for number, rule in enumerate(parsed, start=1):
        general = rule.product is None and rule.jurisdiction is None
        if general != (number == len(parsed)):
            raise ConfigError(
                "the last waterfall, and only that one, covers all loans",
                remedy="put the rule without product and jurisdiction at the end",
                file=str(path),
                rule=number,
            )
    return Waterfalls(parsed)


def _rule(rule: object, number: int, path: Path) -> Waterfall:
    file = str(path)
    known = {"order", "product", "jurisdiction", "source"}
    if not isinstance(rule, dict) or not rule.keys() <= known:
        raise ConfigError(
            "a waterfall has keys it should not have",
            expected=", ".join(sorted(known)),
            found=", ".join(map(str, rule)) if isinstance(rule, dict) else repr(rule),
            file=file,
            rule=number,
        )
    order = rule.get("order")
    if not isinstance(order, list) or sorted(map(str, order)) != sorted(PARTS):
        raise ConfigError(
            "a waterfall names each part once",
            expected=", ".join(PARTS) + " in some order",
            found=repr(order),
            file=file,
            rule=number,
        )
    scope: dict[str, tuple[str, ...] | None] = {}
    for key in ("product", "jurisdiction"):
        values = rule.get(key)
        if values is not None and (
            not isinstance(values, list)
            or not values
            or not all(isinstance(value, str) and value for value in values)
        ):
            # Unquoted NO is a boolean in YAML, not Norway.
            raise ConfigError(
                f"a waterfall's {key} is not a list of codes in quotes",
                found=repr(values),
                file=file,
                rule=number,
            )
        scope[key] = None if values is None else tuple(values)
    return Waterfall(order=tuple(order), source=str(rule.get("source", "")), **scope)


@cache
def shipped_waterfalls() -> Waterfalls:
    """The waterfalls that come with the house: costs, interest, principal for all."""
    return load_waterfalls(SHIPPED)
