"""``arrears policy diff``: what a change of rules newly allows and newly refuses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arrears.cli import show
from arrears.cli.options import as_json

if TYPE_CHECKING:
    from arrears.rulebook.prove.change import Change, Difference

_folder = click.Path(path_type=Path, file_okay=False, exists=True)


@click.command(name="diff")
@click.argument("old", type=_folder)
@click.argument("new", required=False, type=_folder)
@as_json
def command(old: Path, new: Path | None, as_json: bool) -> int:
    """Compare two rulebooks: folders of packs; NEW is by default the one that comes with Arrears.

    Says per act, jurisdiction and span of days what is newly allowed and newly refused, with an
    example each, or that nothing is: then that is proved for every possible act. An old state is
    had with `git worktree add ../before REVISION`.
    """
    from arrears.rulebook.prove.comparison import compare  # tidy: lazy (loads Z3)

    found = compare(old, new)
    if as_json:
        show.emit(
            {
                "added": list(found.added),
                "removed": list(found.removed),
                "altered": list(found.altered),
                "newly_allowed": [_as_json(one) for one in found.newly_allowed],
                "newly_refused": [_as_json(one) for one in found.newly_refused],
            }
        )
    else:
        _tell(found)
    return 0


def _tell(found: Change) -> None:
    for what, keys in (
        ("added", found.added),
        ("removed", found.removed),
        ("altered", found.altered),
    ):
        for key in keys:
            show.line(f"{what}: {key.rstrip('@')}")
    for sentence, differences in (
        ("newly allowed", found.newly_allowed),
        ("newly refused", found.newly_refused),
    ):
        if not differences:
            show.line(f"{sentence}: nothing (proved for every act, jurisdiction and day)")
        for one in differences:
            show.line(f"{sentence}: {_named(one)}")
            rules = one.refused_before or one.refused_after
            show.line(
                f"    refused {'before' if one.refused_before else 'now'} by "
                f"{', '.join(rules)}; for example"
            )
            case = one.example.as_case(sentence)
            show.line("\n".join(f"    {line}" for line in case.splitlines()))


def _named(one: Difference) -> str:
    return f"{one.act}, {one.jurisdiction or 'jurisdiction unknown'}, {one.regime}"


def _as_json(one: Difference) -> dict[str, Any]:
    regime = one.regime
    return {
        "act": one.act,
        "jurisdiction": one.jurisdiction or None,
        "from": regime.from_on.isoformat() if regime.from_on else None,
        "until": regime.until_on.isoformat() if regime.until_on else None,
        "refused_before": list(one.refused_before),
        "refused_after": list(one.refused_after),
        "example": one.example.as_case(_named(one)),
    }
