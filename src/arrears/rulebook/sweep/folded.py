"""Truth that may be known while an expression is still being built: what is certain vanishes.

A value is a plain ``bool`` where the constants of a sweep decide it, else a boolean expression of
Ibis. Rules that cannot fire for the act, the channel or the wording at hand cost nothing then.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Folded = Any
"""``bool`` or ``ibis.expr.types.BooleanValue``."""


def all_of(parts: Iterable[Folded]) -> Folded:
    """Whether all hold; True for none."""
    open_parts = []
    for part in parts:
        if part is False:
            return False
        if part is not True:
            open_parts.append(part)
    return _balanced(open_parts, "and") if open_parts else True


def any_of(parts: Iterable[Folded]) -> Folded:
    """Whether one holds; False for none."""
    open_parts = []
    for part in parts:
        if part is True:
            return True
        if part is not False:
            open_parts.append(part)
    return _balanced(open_parts, "or") if open_parts else False


def negated(part: Folded) -> Folded:
    """The opposite."""
    return not part if isinstance(part, bool) else ~part


def _balanced(parts: list[Folded], operator: str) -> Folded:
    """A tree of few levels: a chain of two hundred rules would be deeper than Python recurses."""
    while len(parts) > 1:
        pairs = [parts[at : at + 2] for at in range(0, len(parts), 2)]
        parts = [
            pair[0]
            if len(pair) == 1
            else pair[0] & pair[1]
            if operator == "and"
            else pair[0] | pair[1]
            for pair in pairs
        ]
    return parts[0]
