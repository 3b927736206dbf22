"""A rule's own days moved by one: the mutants of ``@from`` and ``@until``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

from arrears.rulebook.rule import Rule

DAY = timedelta(days=1)


class Moved(NamedTuple):
    """A rule that begins or ends on another day.

    Parameters
    ----------
    what
        What was changed, in words.
    on
        The one local day on which it makes a difference.
    rule
        The changed rule.
    """

    what: str
    on: date
    rule: Rule


def moved(rule: Rule) -> Iterator[Moved]:
    """The rule begun a day early and a day late, ended a day early and a day late."""
    if (begins := rule.from_on) is not None:
        yield Moved("begins a day early", begins - DAY, replace(rule, from_on=begins - DAY))
        yield Moved("begins a day late", begins, replace(rule, from_on=begins + DAY))
    if (ends := rule.until_on) is not None:
        yield Moved("ends a day early", ends - DAY, replace(rule, until_on=ends - DAY))
        yield Moved("ends a day late", ends, replace(rule, until_on=ends + DAY))
