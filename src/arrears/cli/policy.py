"""``arrears policy``: the rulebook at the command line."""

from __future__ import annotations

from pathlib import Path

import click

from arrears.cli import (
    policy_diff,
    policy_explain,
    policy_mutants,
    policy_prove,
    policy_sweep,
    show,
)
from arrears.cli.options import as_json
from arrears.rulebook.cases import Case, Failure, run_case
from arrears.rulebook.check import check
from arrears.rulebook.load import CODES, load_rulebook
from arrears.rulebook.reading import Finding

folder_argument = click.argument(
    "folder", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True)
)
pack_option = click.option("--pack", "only", type=click.Choice(CODES), help="Only this pack's.")


@click.group(name="policy")
def command() -> None:
    """Check the rulebook, run its cases, and ask it about an act.

    No database is needed, but for a sweep of the stored book. FOLDER holds one folder per pack;
    without it the packs that come with Arrears are meant.
    """


for other in (policy_prove, policy_diff, policy_mutants, policy_sweep):
    command.add_command(other.command)
command.add_command(policy_explain.explain_command)
command.add_command(policy_explain.facts_command)


@command.command(name="check")
@folder_argument
@pack_option
@click.option("--write", is_flag=True, help="Write the schemas anew where they are stale.")
@as_json
def check_command(folder: Path | None, only: str | None, write: bool, as_json: bool) -> int:
    """Find everything that is wrong with the packs; exit code 65 if something is."""
    found = check(folder, only, write=write)
    if as_json:
        show.emit(
            {
                "rules": found.rules,
                "cases": len(found.cases),
                "findings": [
                    {"file": f.file, "line": f.line, "rule": f.rule, "message": f.message}
                    for f in found.findings
                ],
            }
        )
    else:
        for finding in found.findings:
            show.line(str(finding))
        show.line(
            f"{found.rules} rules in {len(found.packs)} packs, {len(found.cases)} cases: "
            f"{len(found.findings)} finding(s)"
        )
    return 65 if found.findings else 0


@command.command(name="test")
@folder_argument
@pack_option
@as_json
def test_command(folder: Path | None, only: str | None, as_json: bool) -> int:
    """Run the golden cases; exit code 65 if a verdict is not the expected one."""
    rulebook = load_rulebook(folder)
    checked = check(folder)
    cases = [case for case in checked.cases if only is None or case.file.startswith(f"{only}/")]
    broken = [f for f in checked.findings if "/cases/" in f.file]
    broken = [f for f in broken if only is None or f.file.startswith(f"{only}/")]
    failed = []
    with show.progress(len(cases), "cases") as tell:
        for done, case in enumerate(cases, 1):
            failure = run_case(case, rulebook)
            if failure is not None:
                failed.append(failure)
            tell(case.file, done, len(cases))
    return _tell_test(cases, failed, broken, as_json)


def _tell_test(
    cases: list[Case], failed: list[Failure], broken: list[Finding], as_json: bool
) -> int:
    if as_json:
        show.emit(
            {
                "cases": len(cases),
                "failed": [
                    {
                        "case": f.case.name,
                        "file": f.case.file,
                        "line": f.case.line,
                        "rule": f.case.rule,
                        "expected": list(f.case.refused),
                        "found": [reason.id for reason in f.verdict.reasons],
                        "expected_warnings": f.case.warned and list(f.case.warned),
                        "found_warnings": [reason.id for reason in f.verdict.warnings],
                    }
                    for f in failed
                ],
                "unusable": [str(finding) for finding in broken],
            }
        )
    else:
        for finding in broken:
            show.line(f"unusable: {finding}")
        for failure in failed:
            show.line(str(failure))
        show.line(f"{len(cases)} cases: {len(failed)} failed, {len(broken)} unusable")
    return 65 if failed or broken else 0
