"""Effects that travel upwards: a stage tells what happened, a later stage acts on it.

The one ordered table is registered at start (``arrears/reactions.py``). Reactions run in the
transaction of the event, in the order of the table, and only write.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from arrears.kernel.errors import ConfigError
from arrears.store.transactions import At

Reaction = Callable[[At, Any], None]

_declared: set[type] = set()
_table: dict[type, tuple[Reaction, ...]] = {}


def event(cls: type) -> type:
    """Declare a (frozen) dataclass as an event; the table must have an entry for it."""
    _declared.add(cls)
    return cls


def register(table: Mapping[type, Sequence[Reaction]]) -> None:
    """Install the table; called once at start.

    Raises
    ------
    ConfigError
        If a declared event has no entry (an empty one is fine), or an entry no declaration.
    """
    missing = sorted(cls.__name__ for cls in _declared - set(table))
    unknown = sorted(cls.__name__ for cls in set(table) - _declared)
    if missing or unknown:
        raise ConfigError(
            "the table of reactions does not fit the declared events",
            expected="one entry for each declared event",
            found=f"without an entry: {missing}; not declared: {unknown}",
            remedy="complete arrears/reactions.py",
        )
    _table.clear()
    _table.update({cls: tuple(reactions) for cls, reactions in table.items()})


def react(at: At, happened: object) -> None:
    """Run what the table holds for this event, inside the transaction ``at`` stands in."""
    for reaction in _table[type(happened)]:
        reaction(at, happened)
