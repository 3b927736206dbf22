"""Who decides about a batch, and whether it can still be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Money:
    """What the persons of a batch owe in one currency, as far as it is known."""

    currency: str
    persons: int
    overdue_minor: int


def second_because(
    persons: int,
    money: Sequence[Money],
    persons_above: int,
    money_above_minor: Mapping[str, int],
    *,
    asked_by_agency: bool = False,
) -> tuple[str, ...]:
    """Why a second person must decide; empty if whoever asks may decide alone.

    ``agency``, ``persons`` and ``money:CNY`` for each currency above its limit, in that order.
    """
    found = ["agency"] if asked_by_agency else []
    if persons > persons_above:
        found.append("persons")
    for each in sorted(money, key=lambda m: m.currency):
        limit = money_above_minor.get(each.currency)
        if limit is None or each.overdue_minor > limit:
            found.append(f"money:{each.currency}")
    return tuple(found)


def undo_obstacles(
    kind: str, *, in_time: bool, contacted: int, told: int, ended: int
) -> tuple[str, ...]:
    """Why a batch cannot be undone; empty if it can.

    Parameters
    ----------
    contacted
        Of its persons, how many the agency has contacted, or reserved a contact with, since.
    told
        How many were told of the new agency: they would have to be told again.
    ended
        How many of its placements ended meanwhile.
    """
    found = []
    if kind != "place":
        found.append("kind")
    if not in_time:
        found.append("late")
    if contacted:
        found.append("contacted")
    if told:
        found.append("told")
    if ended:
        found.append("ended")
    return tuple(found)
