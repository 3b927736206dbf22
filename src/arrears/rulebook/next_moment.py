"""The next moment at which an act would be allowed, and the spans in which it is or is not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from arrears.rulebook.act import Act
from arrears.rulebook.decide import ERROR, MISSING, decide, judge, local_days, ruleset_of
from arrears.rulebook.load import BadRulebook, Rulebook, RuleSet, load_rulebook
from arrears.rulebook.moments import facts_at, moments, moving
from arrears.rulebook.rule import Verdict

HORIZON_DAYS: Final = 35


@dataclass(frozen=True, slots=True)
class Span:
    """A verdict that holds from an instant to another, the latter not included."""

    from_at: datetime
    until_at: datetime
    verdict: Verdict


def next_moment(
    act: Act, rulebook: Rulebook | None = None, within_days: int = HORIZON_DAYS
) -> datetime | None:
    """The first instant from ``act.at`` on at which the act is allowed, if only time passes.

    Parameters
    ----------
    within_days
        How far to look, in days of 24 hours.

    Returns
    -------
    datetime or None
        In UTC (Python calls a local time that the clocks show twice equal to no other instant);
        ``act.at`` itself if it is allowed now. None if time alone does not allow it in time.
    """
    book = rulebook or load_rulebook()
    verdict = decide(act, book)
    if verdict.allowed:
        return act.at.astimezone(UTC)
    try:
        end = act.at + timedelta(days=within_days)
        if _hopeless(act, book, verdict, end):
            return None
        return next((at for at, found in _decisions(act, book, end) if found.allowed), None)
    except OverflowError:
        # The calendar ends before the horizon.
        return None


def spans(act: Act, until: datetime, rulebook: Rulebook | None = None) -> Iterator[Span]:
    """The verdicts from ``act.at`` to an instant, as spans that join; neighbours differ.

    Raises
    ------
    BadRulebook
        If there is no pack for the act's jurisdiction.
    """
    book = rulebook or load_rulebook()
    start, verdict = act.at, decide(act, book)
    for at, found in _decisions(act, book, until):
        if at < until and _said(found) != _said(verdict):
            yield Span(start, at, verdict)
            start, verdict = at, found
    yield Span(start, until, verdict)


def _said(verdict: Verdict) -> tuple[object, ...]:
    return verdict.allowed, verdict.reasons, verdict.warnings


def _decisions(act: Act, book: Rulebook, end: datetime) -> Iterator[tuple[datetime, Verdict]]:
    """The verdict at each instant at which it may change."""
    boundaries = book.boundaries(act.jurisdiction)
    for at in moments(act, _rulesets(act, book, end), boundaries, end):
        rules = ruleset_of(_plain(act, at), book)
        yield at, judge(rules, act.actor, act.party, facts_at(act, at))


def _rulesets(act: Act, book: Rulebook, end: datetime) -> list[RuleSet]:
    """Every set of rules that may be in force between the act's instant and the end."""
    first, last = min(local_days(act)), max(local_days(_plain(act, end)))
    days = [first, *(day for day in book.boundaries(act.jurisdiction) if first <= day <= last)]
    return [book.ruleset(act.jurisdiction, act.act, day) for day in days]


def _plain(act: Act, at: datetime) -> Act:
    return replace(act, at=at, facts={}, changes=())


def _hopeless(act: Act, book: Rulebook, verdict: Verdict, end: datetime) -> bool:
    """Whether something refuses that time alone cannot move."""
    try:
        rules = ruleset_of(act, book)
    except BadRulebook:
        return True
    moves = moving(act, end)
    if len(_rulesets(act, book, end)) > 1:
        return False
    ids = {reason.id for reason in verdict.reasons}
    if ERROR in ids:
        return True
    if MISSING in ids:
        return not rules.reads - act.timed().keys() <= moves
    return any(rule.id in ids and not rule.reads & moves for rule in rules.rules)
