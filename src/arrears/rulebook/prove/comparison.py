"""Two folders of packs compared, each example confirmed by all three readings of both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from arrears.rulebook.load import load_rulebook
from arrears.rulebook.prove.change import Change, change
from arrears.rulebook.prove.replay import replay
from arrears.rulebook.prove.report import baselines_beside


def compare(old: Path | None, new: Path | None) -> Change:
    """Compare two folders; None is the one that comes with Arrears.

    Raises
    ------
    BadRulebook
        If one of them cannot be read.
    ReadingsDisagree
        If an example is not confirmed.
    """
    before, after = load_rulebook(old), load_rulebook(new)
    found = change(before, after, baselines_beside(new))
    for one in (*found.newly_allowed, *found.newly_refused):
        replay(replace(one.example, refused=one.refused_before), before)
        replay(replace(one.example, refused=one.refused_after), after)
    return found
