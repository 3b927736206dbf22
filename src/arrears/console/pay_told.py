"""Schemes, scores and sums in words: what a page shows of the documents that hold them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from arrears.console.words import in_chinese
from arrears.kernel.errors import ArrearsError
from arrears.placements.commission.rules.bounds import Component, Rule, bounds
from arrears.placements.commission.rules.scheme import BUCKETS, SchemeRefused


@dataclass(frozen=True)
class Row:
    """A line of a scheme: its name, the share, and the share before it if that was another."""

    title: str
    bps: int
    before_bps: int | None = None


@dataclass(frozen=True)
class SchemeTold:
    """A scheme as a reader sees it; rates, deductions and caps are of agencies only."""

    weights: tuple[Row, ...]
    rates: tuple[Row, ...]
    deductions: tuple[Row, ...]
    caps: tuple[tuple[str, int | None, int | None], ...]
    of: Mapping[str, int]


def component(name: str) -> str:
    """The name of a component; the code itself where the bounds do not know it any more."""
    found = bounds().components.get(name)
    return name if found is None else _told(found)


def severity(name: str | None) -> str:
    """How grave a complaint is."""
    words = {"minor": _("minor"), "serious": _("serious"), "grave": _("grave")}
    return words.get(name or "", name or "—")


def scheme_told(document: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> SchemeTold:
    """A scheme's document, and what of it differs from the one before."""
    earlier = before or {}
    weights = document.get("weights_bps", {})
    of = dict.fromkeys(("money", "service", "conduct"), 0)
    for name, share in weights.items():
        if name in bounds().components:
            of[bounds().components[name].of] += share
    compare = before is not None
    known = bounds()
    return SchemeTold(
        weights=_rows("weights_bps", known.components, component, document, earlier, compare),
        rates=_rows("rates_bps", BUCKETS, bucket, document, earlier, compare),
        deductions=_rows("deductions_bps", known.severities, severity, document, earlier, compare),
        caps=tuple(
            (code, cap.get("payment_minor"), cap.get("month_minor"))
            for code, cap in sorted(document.get("caps", {}).items())
        ),
        of=of,
    )


def bucket(name: str) -> str:
    """A bucket, in words where its code is one."""
    return _("not overdue") if name == "current" else name


def _rows(
    name: str,
    order: Iterable[str],
    title: Callable[[str], str],
    document: Mapping[str, Any],
    earlier: Mapping[str, Any],
    compare: bool,
) -> tuple[Row, ...]:
    """The shares of a part in the order of the bounds; what they know no more comes last."""
    given, before = document.get(name, {}), earlier.get(name, {}) if compare else {}
    names = [each for each in order if each in given or each in before]
    names += sorted({*given, *before} - set(names))
    return tuple(
        Row(
            title(each),
            given.get(each, 0),
            before.get(each, 0) if compare and before.get(each, 0) != given.get(each, 0) else None,
        )
        for each in names
    )


def refusal_told(error: ArrearsError) -> str | None:
    """Why the law forbids a scheme, with its source; None for any other error."""
    if not isinstance(error, SchemeRefused):
        return None
    told = bounds()
    rule = next(r for r in told.rules.values() if r.row == error.where.get("rule"))
    sentence = f"{_told(rule)} ({rule.cite}) "
    if rule is told.rules["money_alone"]:
        return sentence + _(
            "The amount recovered may weigh %(most)s at most, and how people are treated must"
            " weigh %(least)s at least."
        ) % {"most": percent(told.most_money_bps), "least": percent(told.least_conduct_bps)}
    least = ", ".join(f"{severity(n)} {percent(s)}" for n, s in told.least_deduction_bps.items())
    return sentence + _("Each upheld complaint must take off at least: %(least)s.") % {
        "least": least
    }


def percent(bps: int) -> str:
    """Basis points as percent, without needless zeros: 1825 is 18.25 %."""
    whole, rest = divmod(abs(bps), 100)
    digits = f".{rest:02}".rstrip("0") if rest else ""
    return f"{'-' if bps < 0 else ''}{whole}{digits} %"


def _told(each: Component | Rule) -> str:
    return each.zh if in_chinese() else each.en


def scores_told(scores: Mapping[str, Any]) -> Sequence[tuple[str, int, int, str]]:
    """Component, weight, score and how it was found, in the order of the bounds."""
    sources = {
        "measured": _("measured by the house"),
        "entered": _("entered by a person"),
        "unweighted": _("weighs nothing"),
    }
    order = list(bounds().components)
    names = sorted(scores, key=lambda n: (order.index(n) if n in order else len(order), n))
    return [
        (component(n), scores[n]["weight_bps"], scores[n]["score_bps"],
         sources.get(scores[n]["source"], scores[n]["source"]))
        for n in names
    ]  # fmt: skip
