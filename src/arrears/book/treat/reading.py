"""Decision tables and strategies as YAML files, checked key by key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from arrears.book.treat.decision import DecisionTable, Rule, prove
from arrears.book.treat.facts import FACTS, Condition, Fact, Range
from arrears.book.treat.treatments import TREATMENTS
from arrears.kernel.errors import ConfigError
from arrears.kernel.money import EXPONENTS

_ID = re.compile(r"[a-z][a-z0-9_-]{0,63}")


def load_table(path: Path) -> DecisionTable:
    """Read one decision table, check it and prove it.

    Raises
    ------
    ConfigError
        Naming the file, the rule and the key that is wrong.
    """
    data = read_mapping(path)
    only(data, {"table", "version", "effective_from", "about", "rules"}, str(path), "the table")
    entries = data.get("rules")
    if not isinstance(entries, list) or not entries:
        raise ConfigError("a decision table has a list of rules", file=str(path))
    rules = tuple(_rule(entry, n, str(path)) for n, entry in enumerate(entries, start=1))
    ids = [rule.id for rule in rules]
    if len(set(ids)) < len(ids):
        twice = sorted({i for i in ids if ids.count(i) > 1})
        raise ConfigError(
            "a decision table has two rules of one id", found=", ".join(twice), file=str(path)
        )
    table = DecisionTable(
        id=identifier(data.get("table"), "table", str(path)),
        version=whole(data.get("version"), "version", str(path), lowest=1),
        effective_from=day(data.get("effective_from"), "effective_from", str(path)),
        rules=rules,
    )
    prove(table, str(path))
    return table


def read_mapping(path: Path) -> dict[str, Any]:
    """A YAML file whose top is a mapping."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=_UniqueKeys)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(
            f"{path.name} cannot be read", found=str(error), file=str(path)
        ) from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path.name} is not a mapping of keys", file=str(path))
    return data


class _UniqueKeys(yaml.SafeLoader):
    """YAML lets a later key silently replace an earlier one; here that is an error."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for number, key in enumerate(keys):
            if key in keys[:number]:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", node.start_mark
                )
        return super().construct_mapping(node, deep)


def only(data: Mapping[Any, Any], known: set[str], file: str, what: str) -> None:
    """Refuse keys that nobody reads: a misspelt one would be a rule that never was."""
    unknown = [str(key) for key in data if key not in known]
    if unknown:
        raise ConfigError(
            f"{what} has keys that mean nothing",
            expected=", ".join(sorted(known)),
            found=", ".join(unknown),
            file=file,
        )


def identifier(value: object, key: str, file: str) -> str:
    """A short name in lower case, as it goes into ids and columns."""
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ConfigError(
            f"{key} is not a name",
            expected="a to z, 0 to 9, _ and -, a letter first, 64 at most",
            found=repr(value),
            file=file,
        )
    return value


def whole(value: object, key: str, file: str, lowest: int | None = None) -> int:
    """A whole number; a fraction or a truth value is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise ConfigError(f"{key} is not a whole number", found=repr(value), file=file)
    if lowest is not None and value < lowest:
        raise ConfigError(
            f"{key} is too small", expected=f"{lowest} or more", found=str(value), file=file
        )
    return value


def day(value: object, key: str, file: str) -> date:
    """A day written as 2026-01-31, without quotes."""
    if type(value) is not date:
        raise ConfigError(
            f"{key} is not a day", expected="2026-01-31", found=repr(value), file=file
        )
    return value


def _rule(entry: object, number: int, file: str) -> Rule:
    if not isinstance(entry, dict):
        raise ConfigError(f"rule {number} is not a mapping", found=repr(entry), file=file)
    only(entry, {"id", "when", "then", "why"}, file, f"rule {number}")
    rule_id = identifier(entry.get("id"), f"the id of rule {number}", file)
    when = entry.get("when") or {}
    if not isinstance(when, dict):
        raise ConfigError(f"`when` of the rule {rule_id} is not a mapping", file=file)
    treatment = entry.get("then")
    if treatment not in TREATMENTS:
        raise ConfigError(
            f"the rule {rule_id} proposes a treatment that does not exist",
            expected=", ".join(TREATMENTS),
            found=repr(treatment),
            file=file,
        )
    why = entry.get("why")
    if (
        not isinstance(why, dict)
        or set(why) != {"en", "zh"}
        or not all(isinstance(text, str) and text.strip() for text in why.values())
    ):
        raise ConfigError(
            f"the rule {rule_id} does not say why",
            expected="why: {en: …, zh: …}",
            found=repr(why),
            file=file,
        )
    conditions = tuple(_condition(name, value, rule_id, file) for name, value in when.items())
    return Rule(rule_id, conditions, treatment, why["en"].strip(), why["zh"].strip())


def _condition(name: object, value: Any, rule_id: str, file: str) -> Condition:
    fact = FACTS.get(name) if isinstance(name, str) else None
    if fact is None:
        raise ConfigError(
            f"the rule {rule_id} asks about a fact that does not exist",
            expected=", ".join(FACTS),
            found=repr(name),
            file=file,
        )
    where = f"{fact.name} of the rule {rule_id}"
    unknown = False
    if isinstance(value, dict):
        value = dict(value)
        unknown = value.pop("unknown", False)
        if not isinstance(unknown, bool):
            raise ConfigError(f"{where}: unknown is true or false", file=file)
        if unknown and not fact.nullable:
            raise ConfigError(f"{where} can never be unknown", file=file)
        if not value and not unknown:
            raise ConfigError(f"{where} says nothing", file=file)
    if fact.kind == "whole":
        band = _range(value, where, file, unknown)
        return Condition(fact, ranges=(("", band),), unknown=unknown)
    if fact.kind == "money":
        return Condition(fact, ranges=_bands(value, where, file), unknown=unknown)
    if isinstance(value, dict):
        only(value, {"not_in"}, file, where)
        if not value:
            return Condition(fact, unknown=unknown)
        values = _values(fact, value["not_in"], where, file)
        return Condition(fact, values=values, negated=True, unknown=unknown)
    return Condition(fact, values=_values(fact, value, where, file))


def _range(value: Any, where: str, file: str, unknown: bool = False) -> Range:
    if not isinstance(value, dict):
        number = whole(value, where, file)
        return Range(number, number + 1)
    only(value, {"at_least", "below"}, file, where)
    low, high = (
        None if value.get(key) is None else whole(value[key], f"{key}, {where}", file)
        for key in ("at_least", "below")
    )
    if low is not None and high is not None and low >= high:
        raise ConfigError(
            f"{where} holds for no number",
            expected="at_least smaller than below",
            found=f"at_least {low}, below {high}",
            file=file,
        )
    return Range(low, high, unknown)


def _bands(value: Any, where: str, file: str) -> tuple[tuple[str, Range], ...]:
    if not isinstance(value, dict):
        raise ConfigError(
            f"{where} is an amount without a currency",
            expected="{CNY: {at_least: 100000}}, in minor units",
            found=repr(value),
            file=file,
        )
    wrong = [str(code) for code in value if code not in EXPONENTS]
    if wrong:
        raise ConfigError(
            f"{where} names a currency that does not exist", found=", ".join(wrong), file=file
        )
    return tuple((code, _range(band, f"{code} {where}", file)) for code, band in value.items())


def _values(fact: Fact, value: Any, where: str, file: str) -> tuple[str | bool, ...]:
    values = value if isinstance(value, list) else [value]
    wanted = bool if fact.kind == "flag" else str
    if not values or not all(isinstance(v, wanted) and v != "" for v in values):
        # Unquoted NO and ON are truth values in YAML.
        raise ConfigError(
            f"{where} is not a list of {'true or false' if wanted is bool else 'codes in quotes'}",
            found=repr(value),
            file=file,
        )
    if fact.codes is not None and not set(values) <= set(fact.codes):
        raise ConfigError(
            f"{where} names a value that does not exist",
            expected=", ".join(fact.codes),
            found=", ".join(map(str, values)),
            file=file,
        )
    if fact.kind == "flag" and len(values) != 1:
        raise ConfigError(f"{where} is either true or false", found=repr(value), file=file)
    return tuple(values)
