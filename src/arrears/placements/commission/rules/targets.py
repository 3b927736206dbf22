"""How far an aim was reached, component by component, and the score that the weights make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arrears.kernel.errors import BadInput
from arrears.kernel.money import EXPONENTS
from arrears.placements.commission.rules.bounds import MONEY, WHOLE_BPS
from arrears.placements.commission.rules.scheme import MOST_CAP_MINOR, Terms


@dataclass(frozen=True, slots=True)
class Reached:
    """One component of a month.

    Parameters
    ----------
    aim, reached
        In basis points; of the amount recovered in minor units of ``currency``.
    attained_bps
        The part of the aim that was reached, 10,000 at most; None: not known.
    """

    component: str
    weight_bps: int
    aim: int
    reached: int | None
    attained_bps: int | None
    currency: str | None = None


def read_aims(given: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    """Check aims against a scheme: each of its components has one, so that none is forgotten.

    ``recovered`` is ``{currency: minor units}`` of one currency, the others are basis points.

    Raises
    ------
    BadInput
        If one is missing, unknown, or not a positive number.
    """
    wanted = [name for name, weight in terms.weights_bps.items() if weight]
    if set(given) != set(wanted):
        raise BadInput(
            "each component of the scheme has one target",
            expected=", ".join(wanted),
            found=", ".join(map(str, given)) or "nothing",
        )
    for name in wanted:
        aim = given[name]
        if name != MONEY:
            _require(name, aim, WHOLE_BPS)
        elif not isinstance(aim, Mapping) or len(aim) != 1 or not set(aim) <= set(EXPONENTS):
            raise BadInput(
                "the target of the amount recovered cannot be used",
                expected="one currency and its minor units",
                found=str(aim)[:80],
            )
        else:
            _require(name, next(iter(aim.values())), MOST_CAP_MINOR)
    return {name: given[name] for name in wanted}


def _require(name: str, aim: Any, most: int) -> None:
    if type(aim) is not int or not 1 <= aim <= most:
        raise BadInput(f"the target of {name} cannot be used", expected=f"1 to {most}",
                       found=str(aim)[:80], key=name)  # fmt: skip


def progress(
    terms: Terms,
    aims: Mapping[str, Any],
    recovered_minor: Mapping[str, int],
    scores_bps: Mapping[str, int | None],
) -> tuple[Reached, ...]:
    """How far each aim was reached.

    More than reached counts as reached: no amount of money makes up for how people were treated.
    """
    found = []
    for name, weight in terms.weights_bps.items():
        if name not in aims:
            continue
        aim, currency = aims[name], None
        reached = scores_bps.get(name)
        if name == MONEY:
            (currency, aim), *_ = aim.items()
            reached = recovered_minor.get(currency, 0)
        attained = None if reached is None else min(WHOLE_BPS, max(0, reached) * WHOLE_BPS // aim)
        found.append(Reached(name, weight, aim, reached, attained, currency))
    return tuple(found)


def score_bps(reached: Sequence[Reached]) -> int | None:
    """The weighted score, of 10,000; None while a component is not known."""
    parts = [each.weight_bps * each.attained_bps for each in reached
             if each.attained_bps is not None]  # fmt: skip
    return sum(parts) // WHOLE_BPS if len(parts) == len(reached) else None
