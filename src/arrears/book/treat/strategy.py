"""A strategy: the champion table, its challengers, and who goes to which.

Whether somebody goes to a challenger is a hash of their id, so that they stay with it, on any
engine and after any rerun, until the salt changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from arrears.book.treat.decision import DecisionTable
from arrears.book.treat.reading import day, identifier, load_table, only, read_mapping, whole
from arrears.kernel.errors import ConfigError

SHIPPED = Path(__file__).with_name("tables")
WHOLE_BPS = 10_000
# Digits of the hash that decide; 8 of them are 32 bits, as text of one length.
DIGITS = 8
SEPARATOR = "\x1f"


@dataclass(frozen=True)
class Arm:
    """One table of a strategy and where its share of the hashes ends.

    Parameters
    ----------
    name
        ``champion``, or the challenger's name.
    table
        The version of the table in force.
    below
        Persons whose hash is smaller as text, and not smaller than the arm's before, belong to
        it; None for the champion, who has the rest.
    """

    name: str
    table: DecisionTable
    below: str | None


@dataclass(frozen=True)
class Strategy:
    """What decides on one day: challengers first, the champion last."""

    id: str
    salt: str
    arms: tuple[Arm, ...]

    def arm_of(self, person_id: str) -> Arm:
        """The arm that a person belongs to."""
        digest = hashlib.sha256(f"{self.salt}{SEPARATOR}{person_id}".encode()).hexdigest()
        prefix = digest[:DIGITS]
        return next(arm for arm in self.arms if arm.below is None or prefix < arm.below)

    def table(self, table_id: str, version: int) -> DecisionTable:
        """The table of that id and version; KeyError if the strategy has none."""
        return {(arm.table.id, arm.table.version): arm.table for arm in self.arms}[
            table_id, version
        ]


@dataclass(frozen=True)
class Strategies:
    """A folder of decision tables in all their versions, with the strategy that uses them."""

    id: str
    salt: str
    effective_from: date
    champion: str
    challengers: tuple[tuple[str, str, int], ...]
    tables: Mapping[tuple[str, int], DecisionTable]

    def on(self, as_of: date) -> Strategy:
        """The strategy with the versions in force on a day.

        Raises
        ------
        ConfigError
            If a table it names has no version yet on that day.
        """
        if as_of < self.effective_from:
            raise ConfigError(
                f"the strategy {self.id} is not in force yet",
                expected=f"a day from {self.effective_from} on",
                found=str(as_of),
                remedy="look at a later day, or give the strategy an earlier effective_from",
            )
        arms, shares = [], 0
        for name, table_id, share_bps in self.challengers:
            shares += share_bps
            below = f"{shares * 16**DIGITS // WHOLE_BPS:0{DIGITS}x}"
            arms.append(Arm(name, self._in_force(table_id, as_of), below))
        arms.append(Arm("champion", self._in_force(self.champion, as_of), None))
        return Strategy(self.id, self.salt, tuple(arms))

    def _in_force(self, table_id: str, as_of: date) -> DecisionTable:
        versions = [
            table
            for (name, _), table in self.tables.items()
            if name == table_id and table.effective_from <= as_of
        ]
        if not versions:
            raise ConfigError(
                f"the table {table_id} is not in force on {as_of}",
                remedy="give a version of it an earlier effective_from",
            )
        return max(versions, key=lambda table: (table.effective_from, table.version))


def load_strategies(folder: Path) -> Strategies:
    """Read ``strategy.yaml`` and every other ``*.yaml`` of a folder, each a decision table.

    Raises
    ------
    ConfigError
        If a file is malformed, a table has a gap or a dead rule, a table named is not there,
        or the challengers leave nothing to the champion.
    """
    path = folder / "strategy.yaml"
    file, data = str(path), read_mapping(path)
    only(
        data,
        {"strategy", "salt", "effective_from", "champion", "challengers", "about"},
        file,
        "the strategy",
    )
    tables: dict[tuple[str, int], DecisionTable] = {}
    for table_path in sorted(folder.glob("*.yaml")):
        if table_path != path:
            table = load_table(table_path)
            if (table.id, table.version) in tables:
                raise ConfigError(
                    f"version {table.version} of the table {table.id} stands twice",
                    file=str(table_path),
                )
            tables[table.id, table.version] = table
    champion = identifier(data.get("champion"), "champion", file)
    challengers = _challengers(data.get("challengers") or [], file)
    for table_id in (champion, *(table_id for _, table_id, _ in challengers)):
        if table_id not in {name for name, _ in tables}:
            raise ConfigError(
                f"there is no decision table {table_id}",
                expected=", ".join(sorted({name for name, _ in tables})),
                file=file,
            )
    salt = data.get("salt")
    if not isinstance(salt, str) or not salt or SEPARATOR in salt:
        raise ConfigError("the salt is not a text", found=repr(salt), file=file)
    return Strategies(
        id=identifier(data.get("strategy"), "strategy", file),
        salt=salt,
        effective_from=day(data.get("effective_from"), "effective_from", file),
        champion=champion,
        challengers=challengers,
        tables=tables,
    )


def _challengers(entries: Any, file: str) -> tuple[tuple[str, str, int], ...]:
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError("challengers are a list of mappings", found=repr(entries), file=file)
    parsed: list[tuple[str, str, int]] = []
    for entry in entries:
        only(entry, {"name", "table", "share_bps"}, file, "a challenger")
        parsed.append(
            (
                identifier(entry.get("name"), "the name of a challenger", file),
                identifier(entry.get("table"), "the table of a challenger", file),
                whole(entry.get("share_bps"), "share_bps", file, lowest=1),
            )
        )
    names = [name for name, _, _ in parsed]
    if len(set(names)) < len(names) or "champion" in names:
        raise ConfigError("every arm has a name of its own", found=", ".join(names), file=file)
    shares = sum(share for _, _, share in parsed)
    if shares >= WHOLE_BPS:
        raise ConfigError(
            "the challengers leave nothing to the champion",
            expected=f"shares of less than {WHOLE_BPS} basis points together",
            found=str(shares),
            file=file,
        )
    return tuple(parsed)


@cache
def shipped_strategies() -> Strategies:
    """The strategy that comes with the house."""
    return load_strategies(SHIPPED)
