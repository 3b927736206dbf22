"""``arrears policy sweep``: who may be reached now in which way, and what holds the others back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from arrears.cli import show
from arrears.cli.options import as_json
from arrears.kernel.clock import SystemClock
from arrears.rulebook.vocabulary import ACTS, LISTS

if TYPE_CHECKING:
    from arrears.cli.sweeps import Swept

EARLIEST: Final = 1990
LATEST: Final = 2199

EPILOG = """\b
Examples
  arrears policy sweep
  arrears policy sweep --live --by-rule      the house observes: who could be reached else?
  arrears policy sweep --facts persons.parquet --act message --channel sms --by-rule
  arrears policy sweep --facts persons.parquet --at 2026-12-01T10:00+08:00 --json

\b
The file (Parquet, or Arrow as .arrow or .feather) has one row per person. Its columns:
  facts               by their names (`arrears policy facts`); null is unknown, or missing for a
                      fact that may not be unknown
  jurisdiction        cn, us, in, gb; null: every law applies
  time_zone           IANA name, from which local_minute at --at follows; time_zone_alt beside it
  actor, party        if they are not those of --actor and the borrower
What the act itself brings (an approved, neutral text, trained staff, a lawful booking) is taken
from the rulebook's baseline where no column says it; --json lists it.
"""


OBSERVING: Final = "house.switch.observing"


class Instant(click.ParamType[datetime]):
    """An instant with its offset, as ISO 8601 writes it."""

    name = "instant"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        if isinstance(value, datetime):
            return value
        try:
            instant = datetime.fromisoformat(value)
        except ValueError:
            instant = None
        if instant is None or instant.tzinfo is None:
            self.fail(f"{value!r} is not an instant such as 2026-12-01T10:00+08:00", param, ctx)
        if not EARLIEST <= instant.year <= LATEST:
            self.fail(f"{value!r} is not between {EARLIEST} and {LATEST}", param, ctx)
        return instant


@click.command(name="sweep", epilog=EPILOG)
@click.argument(
    "folder", required=False, type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.option(
    "--facts",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    metavar="FILE",
    help="Persons of a file, instead of those of the stored book; no database.",
)
@click.option("--act", type=click.Choice(list(ACTS)), metavar="ACT", help="Only this act.")
@click.option(
    "--channel", type=click.Choice(list(LISTS["Channel"])), metavar="CHANNEL", help="Only by this."
)
@click.option("--at", type=Instant(), metavar="INSTANT", help="When; now if not given.")
@click.option(
    "--actor", type=click.Choice(list(LISTS["Actor"])), default="lender", show_default=True,
    help="Who acts, where no column says it.",
)  # fmt: skip
@click.option(
    "--organisation", metavar="NAME", help="Which agency acts on the stored book; else the lender."
)
@click.option("--live", is_flag=True, help="As if the installation were live and not observing.")
@click.option("--by-rule", is_flag=True, help="Tell every rule that holds somebody back.")
@as_json
def command(
    folder: Path | None,
    facts: Path | None,
    act: str | None,
    channel: str | None,
    at: datetime | None,
    actor: str,
    organisation: str | None,
    live: bool,
    by_rule: bool,
    as_json: bool,
) -> None:
    """Count who may be reached now in which way, and which rules hold the others back.

    The persons are those of the stored book, with the facts that would be found if each of them
    were to be contacted now.
    FOLDER holds other packs than those that come with Arrears: what would they change?
    """
    if facts is not None and organisation is not None:
        raise click.UsageError("--organisation is for the stored book; a file has in_charge")
    from arrears.cli.sweeps import (  # tidy: lazy (the engine takes seconds to load)
        sweep_book,
        sweep_file,
    )
    from arrears.rulebook.sweep import ways_of  # tidy: lazy (loads the engine, too)

    ways = ways_of(act, channel)
    with show.progress(label="sweeping") as tell:
        if facts is None:
            swept = sweep_book(at, ways, actor, organisation, folder, tell, live=live)
        else:
            moment = at or SystemClock().now()
            swept = sweep_file(facts, moment, ways, actor, folder, tell, live=live)
    if as_json:
        show.emit(swept.as_json())
        return
    if not swept.rows:
        show.say("nobody is there to be asked about: begin with `arrears ingest TAPE`")
    _tell(swept, by_rule)
    if any(held.id == OBSERVING for tally in swept.tallies for held in tally.held):
        show.say("the installation only observes; --live asks as if it were live")


def _tell(swept: Swept, by_rule: bool) -> None:
    from arrears.cli.sweeps import register_assumed  # tidy: lazy (the engine takes seconds to load)

    if swept.not_facts:
        show.say(f"columns that are no facts, left aside: {', '.join(swept.not_facts)}")
    rows = []
    for tally in swept.tallies:
        first = tally.held[0] if tally.held else None
        most = f"{first.id} ({show.count(first.rows)})" if first is not None else ""
        rows.append([tally.way, show.count(tally.allowed), show.count(tally.refused), most])
    title = f"{show.count(swept.rows)} persons at {swept.at.isoformat()}"
    title += ", as if the installation were live" if swept.as_live else ""
    show.table(title, ["way", "may be reached", "held back", "mostly by"], rows)
    for tally in swept.tallies:
        if tally.lacks:
            show.say(f"{tally.way}: nothing says {', '.join(tally.lacks)}")
        if assumed := register_assumed(tally):
            show.say(f"{tally.way}: taken for granted, not from the register: {', '.join(assumed)}")
        for held in swept.warned.get(tally.way, ()):
            would = f"{held.id} would hold back {show.count(held.rows)}, were it law"
            show.say(f"{tally.way}: draft {would}")
        if by_rule and tally.held:
            told = [
                [held.id, show.count(held.rows), show.count(held.alone), swept.texts.get(held.id)]
                for held in tally.held
            ]
            show.table(str(tally.way), ["rule", "holds back", "alone", "what it says"], told)
