"""Sweeping a file of facts; no database. Imported by commands when called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from arrears.book.engine import connect, hold, stream
from arrears.cli.show import Tell
from arrears.kernel.errors import BadInput
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.sweep import DAYS, Asked, Tally, timed, ways_of
from arrears.rulebook.vocabulary import FACTS, Value

ZONE: Final = "time_zone"
ZONE_ALT: Final = "time_zone_alt"
PERSON_COLUMNS: Final = frozenset({ZONE, ZONE_ALT, "jurisdiction", "actor", "party", "person_id"})


@dataclass(frozen=True)
class Swept:
    """What a sweep counted.

    Parameters
    ----------
    at
        When it was asked about.
    rows
        Rows of the frame: persons, or acts thought of.
    not_facts
        Columns that the vocabulary does not know; they say nothing.
    texts
        What each rule says, in English.
    """

    at: datetime
    rows: int
    tallies: tuple[Tally, ...]
    not_facts: tuple[str, ...]
    texts: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "rows": self.rows,
            "columns_that_are_no_facts": list(self.not_facts),
            "ways": [self._way(tally) for tally in self.tallies],
        }

    def _way(self, tally: Tally) -> dict[str, Any]:
        return {
            "act": tally.way.act,
            "channel": tally.way.channel,
            "allowed": tally.allowed,
            "refused": tally.refused,
            "lacks": list(tally.lacks),
            "assumed": dict(tally.assumed),
            "rules": [
                {
                    "id": held.id,
                    "holds_back": held.rows,
                    "alone": held.alone,
                    "says": self.texts.get(held.id),
                }
                for held in tally.held
            ],
        }


def sweep_file(
    path: Path,
    at: datetime,
    act: str | None,
    channel: str | None,
    actor: str,
    folder: Path | None,
    tell: Tell,
) -> Swept:
    """Ask the rulebook of a folder (None: the packaged one) about every row of a file.

    Raises
    ------
    BadInput
        If the file cannot be read, or a column has another type than its fact.
    """
    book = load_rulebook(folder)
    con = connect()
    try:
        frame, rows = _opened(con, path)
        columns = set(frame.columns)
        frame = timed(frame, at, *(name if name in columns else None for name in (ZONE, ZONE_ALT)))
        ways = ways_of(act, channel)
        who: dict[str, Value] = {"actor": actor, "party": "borrower"}
        who = {name: value for name, value in who.items() if name not in columns}
        tallies = []
        for done, way in enumerate(ways):
            tell(str(way), done, len(ways))
            asked = Asked(frame, way, at.astimezone(UTC).date(), book, who, DAYS)
            found = stream(con, asked.expression(), 100_000).read_all().to_pylist()
            tallies.append(asked.tally(found))
    finally:
        con.disconnect()
    texts = {rule.id: rule.en for pack in book.packs.values() for rule in pack.rules}
    not_facts = tuple(sorted(columns - FACTS.keys() - PERSON_COLUMNS))
    return Swept(at, rows, tuple(tallies), not_facts, texts)


def _opened(con: Any, path: Path) -> tuple[Any, int]:
    """The file as a table of the engine, and how many rows it has."""
    try:
        if path.suffix in (".arrow", ".feather"):
            held = feather.read_table(path)
            return hold(con, held), held.num_rows
        rows = pq.read_metadata(path).num_rows
        return con.read_parquet(str(path)), rows
    except (pa.ArrowInvalid, OSError) as error:
        raise BadInput(
            "the file of facts cannot be read",
            expected="Parquet, or Arrow as .arrow or .feather",
            found=str(error)[:300],
            file=path,
        ) from error
