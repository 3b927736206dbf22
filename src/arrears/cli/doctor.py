"""``arrears doctor``: is this installation well, and what to do if not."""

from __future__ import annotations

from pathlib import Path

import click

from arrears.cli import options, show

EPILOG = """\b
Exit codes
   0  nothing is wrong (warnings allowed)
  78  something fails: the line says what to do
"""


@click.command("doctor", epilog=EPILOG)
@click.option(
    "--upgrade-from",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Carry an embedded database of an older PostgreSQL over; DIR holds its programs.",
)
@options.as_json
def command(upgrade_from: Path | None, as_json: bool) -> None:
    """Check machine, home, programs and database, and say what to do about each finding."""
    from arrears.site.config import Config  # tidy: lazy (used here only)
    from arrears.site.diagnosis import diagnose  # tidy: lazy (Django is slow to load)
    from arrears.store.embedded.upgrade import upgrade  # tidy: lazy (used here only)

    config = Config.from_environ()
    if upgrade_from is not None:
        kept = upgrade(config.home, upgrade_from, show.say)
        show.say(f"the old database is kept in {kept}")
    findings = diagnose(config, say=show.say)
    failed = any(finding.state == "fail" for finding in findings)
    if as_json:
        names = ("about", "state", "found", "remedy")
        found = [{name: getattr(finding, name) for name in names} for finding in findings]
        show.emit({"well": not failed, "findings": found})
    else:
        show.table(
            "Diagnosis",
            ["about", "state", "found", "what to do"],
            [(f.about, f.state.value, f.found, f.remedy) for f in findings],
        )
    if failed:
        raise click.exceptions.Exit(78)
