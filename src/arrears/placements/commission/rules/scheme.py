"""A scheme: what pay or rating hangs on, what is paid for what, and what complaints take off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from arrears.kernel.errors import BadInput
from arrears.kernel.money import EXPONENTS
from arrears.placements.commission.rules.bounds import WHOLE_BPS, Bounds, Rule

CURRENT: Final = "current"  # a loan that was not overdue when it was placed
BUCKETS: Final = (CURRENT, "M1", "M2", "M3", "M4", "M5", "M6", "M7+")
MOST_RATE_BPS: Final = 5_000
MOST_CAP_MINOR: Final = 10**15


class SchemeRefused(BadInput):
    """The law forbids to pay or to rate by such a scheme."""

    code = "scheme-refused"


@dataclass(frozen=True, slots=True)
class Cap:
    """The most commission of one payment and of one month, in minor units; None: no cap."""

    payment_minor: int | None = None
    month_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """A scheme that the law allows.

    Parameters
    ----------
    weights_bps
        By component; they sum to 10,000.
    rates_bps
        Commission on a payment by the bucket that its loan was in when placed; empty for staff.
    caps
        By currency.
    deductions_bps
        What each complaint that was upheld takes off a month's commission, by severity.
    """

    weights_bps: Mapping[str, int]
    rates_bps: Mapping[str, int]
    caps: Mapping[str, Cap]
    deductions_bps: Mapping[str, int]


def read_terms(document: Mapping[str, Any], bounds: Bounds, *, pays: bool) -> Terms:
    """Read and judge a scheme.

    Parameters
    ----------
    document
        ``weights_bps``, and for an agency ``rates_bps``, ``deductions_bps`` and perhaps ``caps``.
    pays
        Whether commission is paid by it (an agency's), or staff are rated by it.

    Raises
    ------
    BadInput
        If it cannot be read.
    SchemeRefused
        If it hangs on the amount recovered alone, or complaints do not count; the rule is cited.
    """
    asked = {"weights_bps", "rates_bps", "deductions_bps"} if pays else {"weights_bps"}
    may = asked | ({"caps"} if pays else set())
    if not isinstance(document, Mapping) or not asked <= set(document) <= may:
        expected = ", ".join(sorted(asked)) + (", perhaps caps" if pays else "")
        raise BadInput("the scheme is not whole", expected=expected, found=_told(document))
    weights = _shares("weights_bps", document["weights_bps"], bounds.components)
    _require_whole(weights)
    terms = Terms(
        weights_bps=weights,
        rates_bps=_rates(document["rates_bps"]) if pays else {},
        caps=_caps(document.get("caps", {})),
        deductions_bps=_shares("deductions_bps", document["deductions_bps"], bounds.severities)
        if pays
        else {},
    )
    require_lawful(terms, bounds, pays=pays)
    return terms


def require_lawful(terms: Terms, bounds: Bounds, *, pays: bool) -> None:
    """Raise :class:`SchemeRefused` for what the law forbids, or what only looks as if it did not.

    The rest is decoration when money weighs more, or conduct less, than the bounds say.
    """
    of = dict.fromkeys(("money", "service", "conduct"), 0)
    for name, weight in terms.weights_bps.items():
        of[bounds.components[name].of] += weight
    if of["money"] > bounds.most_money_bps or of["conduct"] < bounds.least_conduct_bps:
        raise _refused(
            bounds.rules["money_alone"],
            f"the amount recovered {_percent(bounds.most_money_bps)} at most,"
            f" conduct {_percent(bounds.least_conduct_bps)} at least",
            f"the amount recovered {_percent(of['money'])}, conduct {_percent(of['conduct'])}",
        )
    for severity, least in bounds.least_deduction_bps.items() if pays else ():
        found = terms.deductions_bps.get(severity, 0)
        if found < least:
            raise _refused(
                bounds.rules["harsh_practice"],
                f"a complaint that is {severity} takes {_percent(least)} off at least",
                _percent(found),
            )


def _refused(rule: Rule, expected: str, found: str) -> SchemeRefused:
    return SchemeRefused(
        f"{rule.en} ({rule.cite})",
        expected=expected,
        found=found,
        remedy="let more of it hang on how people are treated",
        rule=rule.row,
    )


def _require_whole(weights: Mapping[str, int]) -> None:
    if sum(weights.values()) != WHOLE_BPS:
        raise BadInput(
            "the weights are not a whole",
            expected=f"a sum of {WHOLE_BPS}",
            found=str(sum(weights.values())),
            key="weights_bps",
        )


def _shares(name: str, given: Any, known: Mapping[str, Any] | tuple[str, ...]) -> dict[str, int]:
    if not isinstance(given, Mapping) or not given or not set(given) <= set(known):
        raise BadInput(f"{name} cannot be used", expected=f"some of {', '.join(known)}",
                       found=_told(given), key=name)  # fmt: skip
    return {each: _number(f"{name}.{each}", given[each], WHOLE_BPS) for each in known
            if each in given}  # fmt: skip


def _rates(given: Any) -> dict[str, int]:
    # A bucket that is left out would be a payment that nobody knows what to pay for.
    if not isinstance(given, Mapping) or set(given) != set(BUCKETS):
        raise BadInput("every bucket needs a rate", expected=", ".join(BUCKETS),
                       found=_told(given), key="rates_bps")  # fmt: skip
    return {each: _number(f"rates_bps.{each}", given[each], MOST_RATE_BPS) for each in BUCKETS}


def _caps(given: Any) -> dict[str, Cap]:
    names = {"payment_minor", "month_minor"}
    if not isinstance(given, Mapping) or not set(given) <= set(EXPONENTS):
        raise BadInput("caps are given by currency", expected="currency codes of ISO 4217",
                       found=_told(given), key="caps")  # fmt: skip
    for code, cap in given.items():
        if not isinstance(cap, Mapping) or not cap or not set(cap) <= names:
            raise BadInput(f"the cap in {code} cannot be used", expected=", ".join(sorted(names)),
                           found=_told(cap), key="caps")  # fmt: skip
    return {
        code: Cap(**{name: _number(f"caps.{code}.{name}", limit, MOST_CAP_MINOR)
                     for name, limit in cap.items()})
        for code, cap in sorted(given.items())
    }  # fmt: skip


def _number(name: str, given: Any, most: int) -> int:
    if type(given) is not int or not 0 <= given <= most:
        raise BadInput(f"{name} cannot be used", expected=f"a whole number, 0 to {most}",
                       found=_told(given), key=name)  # fmt: skip
    return given


def _told(given: Any) -> str:
    names = ", ".join(map(str, given)) if isinstance(given, Mapping) else repr(given)
    return names[:200] or "nothing"


def _percent(bps: int) -> str:
    whole, rest = divmod(bps, 100)
    return f"{whole}.{rest:02} %" if rest else f"{whole} %"
