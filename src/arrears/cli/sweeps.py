"""Sweeping the stored book, or a file of facts without a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from arrears.book.engine import connect, hold, stream
from arrears.cli.show import Tell
from arrears.conduct.rules.intent import LENDER
from arrears.kernel.errors import BadInput, NotFound
from arrears.people.rules.standing import AGENCY_FACTS, STAFF_FACTS, Work, agency_facts_on
from arrears.rulebook.decide import ERROR, MISSING
from arrears.rulebook.load import Rulebook, load_rulebook
from arrears.rulebook.sweep import DAYS, Asked, Held, Tally, Way, timed
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
    warned
        By way, the drafts that would hold persons back, were they law.
    """

    at: datetime
    rows: int
    tallies: tuple[Tally, ...]
    not_facts: tuple[str, ...]
    texts: Mapping[str, str]
    as_live: bool = False
    warned: Mapping[Way, tuple[Held, ...]] = field(default_factory=dict)

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
            "register_assumed": list(register_assumed(tally)),
            "drafts": [
                {"id": held.id, "would_hold_back": held.rows, "says": self.texts.get(held.id)}
                for held in self.warned.get(tally.way, ())
            ],
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
        tallies, warned = [], {}
        for done, way in enumerate(ways):
            tell(str(way), done, len(ways))
            tallies.append(_asked(con, frame, way, at, book, given))
            warned[way] = _warned(con, frame, way, at, book, given)
    not_facts = tuple(sorted(columns - FACTS.keys() - PERSON_COLUMNS))
    return Swept(at, rows, tuple(tallies), not_facts, _texts(book), live, warned)


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
    at, organisation
        None: now, by the installation's clock; None: the lender acts.
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
        from arrears.store import clock  # tidy: lazy (needs Django set up)

        _require_known(organisation)
        moment = at or clock.now()
        tallies: dict[Way, Tally] = {}
        warned: dict[Way, tuple[Held, ...]] = {}
        registered = _registered(organisation, clock.business_day())
        rows = 0
        # Channel by channel: the facts of all persons are held once at a time.
        for channel in dict.fromkeys(way.channel for way in ways):
            tell(f"facts ({channel})", len(tallies), len(ways))
            found = facts_frame(ACTOR, moment, channel=channel, organisation=organisation or LENDER)
            rows = found.table.num_rows
            frame = timed(hold(con, found.table), moment, ZONE)
            given = {**found.constants, **registered, "actor": actor, "party": "borrower"}
            given |= LIVE if live else {}
            for way in (way for way in ways if way.channel == channel):
                tallies[way] = _asked(con, frame, way, moment, book, given)
                warned[way] = _warned(con, frame, way, moment, book, given)
    told = tuple(tallies[way] for way in ways)
    return Swept(moment, rows, told, (), _texts(book), live, warned)


def register_assumed(tally: Tally) -> tuple[str, ...]:
    """Facts of staff and agency that a sweep takes for granted; the gate asks the register."""
    return tuple(name for name in (*STAFF_FACTS, *AGENCY_FACTS) if name in tally.assumed)


def _registered(organisation: str | None, day: date) -> dict[str, Value]:
    """What the register says of the agency that acts, where it is the same for every person.

    Whether its contract covers a person's product, place and channel is not: that stays assumed.
    """
    from arrears.cli.work import ACTOR  # tidy: lazy (Django is slow to load)
    from arrears.people.register import agency_on_register  # tidy: lazy (needs Django set up)
    from arrears.store.transactions import transaction  # tidy: lazy (needs Django set up)

    if organisation in (None, "lender"):
        return {}
    with transaction(ACTOR):
        agency = agency_on_register(str(organisation))
    found = agency_facts_on(agency, day, Work())
    return {name: value for name, value in found.items() if name != "agency_contract_valid"}


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


def _warned(
    con: Any, frame: Any, way: Way, at: datetime, book: Rulebook, given: Mapping[str, Value]
) -> tuple[Held, ...]:
    """The drafts that would hold persons back, most first: asked as if they alone were law."""
    packs = {
        code: replace(
            pack,
            rules=tuple(
                replace(rule, status="active")
                for rule in pack.rules
                if rule.status == "draft" or rule.effect == "permit"
            ),
        )
        for code, pack in book.packs.items()
    }
    drafts = {r.id for pack in packs.values() for r in pack.rules if r.effect == "forbid"}
    if not any(way.act in r.acts for pack in packs.values() for r in pack.rules if r.id in drafts):
        return ()
    asked = _asked(con, frame, way, at, Rulebook(book.folder, packs), given)
    return tuple(held for held in asked.held if held.id in drafts)


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
