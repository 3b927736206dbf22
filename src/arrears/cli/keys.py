"""``arrears keys``: the keys that personal data is sealed with."""

from __future__ import annotations

import click

from arrears.cli import options, show
from arrears.kernel.errors import ConfigError


@click.group(
    "keys",
    epilog="""\b
Examples
  arrears keys list
  arrears keys rotate
  arrears keys reseal
""",
)
def command() -> None:
    """Look after the keys that personal data is sealed with.

    They lie in the folder personal under ARREARS_KEYS (default: keys in ARREARS_HOME). Back that
    folder up apart from the database: what a lost key sealed nobody can open. The journal's keys
    are under `arrears journal key`, those of evidence under `arrears evidence rotate-key`.
    """


@command.command("list")
@options.as_json
def list_keys(as_json: bool) -> int:
    """List the keys, and how many values each has sealed; exit code 78 if one is lost.

    A key that seals nothing any more is needed for older backups of the database alone.
    """
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.loans.actions import keys  # tidy: lazy (needs Django set up)
        from arrears.store.sealed.place import ring  # tidy: lazy (needs Django set up)

        counts, present, current = keys.held(ACTOR), ring().ids(), ring().current_id()
    rows = [
        {
            "id": key_id,
            "state": "current" if key_id == current else "old" if key_id in present else "lost",
            "values": counts.get(key_id, 0),
        }
        for key_id in sorted({*filter(None, counts), *present})
    ]
    if as_json:
        show.emit(rows)
    else:
        show.table("Keys", ["id", "state", "values"], [[str(v) for v in r.values()] for r in rows])
    lost = [str(row["id"]) for row in rows if row["state"] == "lost"]
    if lost:
        show.say(f"lost: {', '.join(lost)}; bring the folder of keys back from its own backup")
    return ConfigError.exit_code if lost else 0


@command.command("rotate")
def rotate() -> None:
    """Make a new key, seal with it from now on, and seal anew what is there.

    Work goes on meanwhile. Stopped half-way, `arrears keys reseal` does the rest; until then the
    older keys open what they sealed.
    """
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        from arrears.loans.actions import keys  # tidy: lazy (needs Django set up)

        show.line(f"new key: {keys.rotate(ACTOR)}")
        show.say("back up the folder of keys, apart from the database")
        _reseal()


@command.command("reseal")
def reseal() -> None:
    """Seal with the present key what older keys sealed; go on where it was stopped."""
    from arrears.cli.work import at_work  # tidy: lazy (Django is slow to load)

    with at_work():
        _reseal()


def _reseal() -> None:
    from arrears.cli.work import ACTOR  # tidy: lazy (Django is slow to load)
    from arrears.loans.actions import keys  # tidy: lazy (needs Django set up)

    counts: dict[str, int] = {}

    def told(table: str, rows: int) -> None:
        counts[table] = counts.get(table, 0) + rows
        show.say(f"{table}: {show.count(counts[table])} rows")

    show.line(f"{show.count(keys.reseal_all(ACTOR, told))} rows sealed anew")
