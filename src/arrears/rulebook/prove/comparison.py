"""Two folders of packs compared, each example confirmed by the other readings of both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from arrears.rulebook.load import load_rulebook
from arrears.rulebook.prove.change import Change, change
from arrears.rulebook.prove.replay import replay
from arrears.rulebook.prove.report import baselines_beside

SWEPT: Final = 20
"""Examples that are swept, too; all are decided. A sweep of one act takes longer than its proof."""


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
    for number, one in enumerate((*found.newly_allowed, *found.newly_refused)):
        sweep_too = number < SWEPT
        replay(replace(one.example, refused=one.refused_before), before, sweep_too)
        replay(one.example, after, sweep_too)
    return found
