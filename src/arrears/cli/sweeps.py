"""Sweeping the stored book, or a file of facts without a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from arrears.book.engine import connect, hold, stream
from arrears.cli.show import Tell
from arrears.kernel.errors import BadInput, NotFound
from arrears.rulebook.decide import ERROR, MISSING
from arrears.rulebook.load import Rulebook, load_rulebook
from arrears.rulebook.sweep import DAYS, Asked, Tally, Way, timed
from arrears.rulebook.vocabulary import FACTS, Value

ZONE: Final = "time_zone"
ZONE_ALT: Final = "time_zone_alt"
LIVE: Final = MappingProxyType({"observing": False})
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
    as_live
        Whether it was asked as if the installation were live.
    """

    at: datetime
    rows: int
    tallies: tuple[Tally, ...]
    not_facts: tuple[str, ...]
    texts: Mapping[str, str]
    as_live: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "at": self.at.isoformat(),
            "rows": self.rows,
            "as_if_live": self.as_live,
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
    ways: Sequence[Way],
    actor: str,
    folder: Path | None,
    tell: Tell,
    *,
    live: bool = False,
) -> Swept:
    """Ask the rulebook of a folder (None: the packaged one) about every row of a file.

    ``live``: as if nobody's installation only observed, whatever the file says.

    Raises
    ------
    BadInput
        If the file cannot be read, or a column has another type than its fact.
    """
    book = load_rulebook(folder)
    with _engine() as con:
        frame, rows = _opened(con, path)
        columns = set(frame.columns)
        frame = timed(frame, at, *(name if name in columns else None for name in (ZONE, ZONE_ALT)))
        given: dict[str, Value] = {"actor": actor, "party": "borrower"}
        given = {name: value for name, value in given.items() if name not in columns}
        given |= LIVE if live else {}
        tallies = []
        for done, way in enumerate(ways):
            tell(str(way), done, len(ways))
            tallies.append(_asked(con, frame, way, at, book, given))
    not_facts = tuple(sorted(columns - FACTS.keys() - PERSON_COLUMNS))
    return Swept(at, rows, tuple(tallies), not_facts, _texts(book), live)


def sweep_book(
    at: datetime | None,
    ways: Sequence[Way],
    actor: str,
    organisation: str | None,
    folder: Path | None,
    tell: Tell,
    *,
    live: bool = False,
) -> Swept:
    """Ask it about every person of the stored book, with the facts that the gate would find.

    Parameters
    ----------
    at
        None: now, by the installation's clock.
    organisation
        Who acts; the lender if None.
    live
        As if the installation were live.

    Raises
    ------
    NotFound
        If there is no such agency.
    """
    from arrears.cli.work import ACTOR, at_work  # tidy: lazy (Django is slow to load)

    book = load_rulebook(folder)
    with at_work(), _engine() as con:
        from arrears.conduct.queries.frame import facts_frame  # tidy: lazy (needs Django set up)
        from arrears.conduct.rules.intent import LENDER  # tidy: lazy (needs Django set up)
        from arrears.store import clock  # tidy: lazy (needs Django set up)

        _require_known(organisation)
        moment = at or clock.now()
        tallies: dict[Way, Tally] = {}
        rows = 0
        # Channel by channel: the facts of all persons are held once at a time.
        for channel in dict.fromkeys(way.channel for way in ways):
            tell(f"facts ({channel})", len(tallies), len(ways))
            found = facts_frame(ACTOR, moment, channel=channel, organisation=organisation or LENDER)
            rows = found.table.num_rows
            frame = timed(hold(con, found.table), moment, ZONE)
            given = {**found.constants, "actor": actor, "party": "borrower"}
            given |= LIVE if live else {}
            for way in (way for way in ways if way.channel == channel):
                tallies[way] = _asked(con, frame, way, moment, book, given)
    return Swept(moment, rows, tuple(tallies[way] for way in ways), (), _texts(book), live)


def _require_known(organisation: str | None) -> None:
    from arrears.cli.work import ACTOR  # tidy: lazy (Django is slow to load)
    from arrears.people.organisations import LENDER_REF  # tidy: lazy (needs Django set up)
    from arrears.people.register import agencies  # tidy: lazy (needs Django set up)

    known = [LENDER_REF, *(agency.ref for agency in agencies(ACTOR))]
    if organisation is not None and organisation not in known:
        raise NotFound(
            "there is no such agency",
            expected=", ".join(known),
            found=organisation[:80],
            remedy="`arrears agency list` shows how each is called",
        )


def _asked(
    con: Any, frame: Any, way: Way, at: datetime, book: Rulebook, given: Mapping[str, Value]
) -> Tally:
    asked = Asked(frame, way, at.astimezone(UTC).date(), book, given, DAYS)
    return asked.tally(stream(con, asked.expression(), 100_000).read_all().to_pylist())


def _texts(book: Rulebook) -> dict[str, str]:
    rules = {rule.id: rule.en for pack in book.packs.values() for rule in pack.rules}
    return {
        **rules,
        MISSING: "Facts that the rules read are missing.",
        ERROR: "A fact is none that there is, or no rulebook knows the jurisdiction.",
    }


@contextmanager
def _engine() -> Iterator[Any]:
    con = connect()
    try:
        yield con
    finally:
        con.disconnect()


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
