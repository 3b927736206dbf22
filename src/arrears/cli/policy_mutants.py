"""``arrears policy mutants``: whether a small error in a rule would be noticed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from arrears.cli import show
from arrears.cli.options import as_json
from arrears.kernel.errors import NotFound
from arrears.rulebook.load import CODES

if TYPE_CHECKING:
    from arrears.rulebook.prove.mutation import Tried
    from arrears.rulebook.prove.trial import Trials


@click.command(name="mutants")
@click.argument(
    "folder", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.option("--pack", "only", type=click.Choice(CODES), help="Only this pack's rules.")
@click.option("--rule", metavar="ID", help="Only this rule.")
@click.option("--cases", is_flag=True, help="Print nothing but the missing cases, as YAML.")
@as_json
def command(
    folder: Path | None, only: str | None, rule: str | None, cases: bool, as_json: bool
) -> int:
    """Change each rule in every small way and say which changes nothing notices.

    A mutant drops a rule, a condition or a member of a list, turns a comparison or moves a number
    or a day by one. A golden case, a proof or Cedar's validator must catch it. For each survivor a
    golden case is suggested that would: look whether its answer is what the law says before you
    keep it. Exit code 65 if a mutant survived.
    """
    from arrears.rulebook.prove.mutation import counted  # tidy: lazy (loads Z3)
    from arrears.rulebook.prove.trial import read_trials  # tidy: lazy (loads Z3)

    trials = read_trials(folder)
    ids = {one.id for one in trials.rules if only in (None, one.pack)}
    if rule is not None and rule not in ids:
        raise NotFound(
            "there is no such rule" if only is None else f"the pack {only} has no such rule",
            found=rule,
            remedy="`arrears policy check` names those that cannot be read",
            key="rule",
        )
    tried = list(trials.run(only, rule))
    survivors = [one for one in tried if one.fate == "survived"]
    counts = counted(tried)
    if as_json:
        show.emit(_as_json(trials, survivors, counts))
    else:
        _tell(trials, survivors, cases)
        if not cases:
            told = ", ".join(f"{fate} {show.count(number)}" for fate, number in counts.items())
            show.line(f"{show.count(len(tried))} mutants: {told}")
    return 65 if survivors else 0


def _tell(trials: Trials, survivors: list[Tried], cases: bool) -> None:
    if trials.faults:
        show.say(f"{len(trials.faults)} fault(s): run `arrears policy check`")
    for name in trials.failing:
        show.say(f"left out, as it fails: {name}")
    for one in survivors:
        show.line(f"# {one.rule.id}: {one.what}")
        if cases or one.missing is not None:
            show.line(_suggested(one))


def _suggested(one: Tried) -> str:
    if one.missing is None:
        return ""
    speaks = one.rule.id in (*one.missing.refused, *(one.missing.warned or ()))
    name = f"{one.rule.id} {'speaks' if speaks else 'is silent'}: {one.what}"
    return one.missing.as_case(name, one.rule)


def _as_json(trials: Trials, survivors: list[Tried], counts: dict[str, int]) -> dict[str, Any]:
    return {
        "mutants": counts,
        "cases": trials.cases,
        "failing": list(trials.failing),
        "faults": list(trials.faults),
        "survived": [
            {"rule": one.rule.id, "what": one.what, "case": _suggested(one)} for one in survivors
        ],
    }
