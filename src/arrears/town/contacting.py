"""What the town's lender knows of reaching people: numbers, earlier contacts, and flags."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from arrears.town.draws import Draws, Ints
from arrears.town.people import person_id

# How many in 10,000 borrowers have each flag at the end of the tape's day.
FLAGS: Final = {
    "dispute": 40,
    "hardship": 90,
    "complaint": 25,
    "bereavement": 12,
    "illness": 30,
    "lawyer": 15,
    "no_contact": 10,
}
EPOCH: Final = date(1970, 1, 1)
SOURCES: Final = ("contract", "left_by_debtor", "authorised")
CHANNELS: Final = ("sms", "phone", "app")
LAST_DAYS: Final = 30

POINTS = pa.schema(
    [(name, pa.string()) for name in ("person_id", "kind", "value", "owner", "source")]
    + [("obtained_on", pa.date32()), ("status", pa.string())]
)
EVENTS = pa.schema(
    [(name, pa.string()) for name in ("event_id", "person_id", "loan_id")]
    + [("at", pa.timestamp("us", tz="UTC"))]
    + [(name, pa.string()) for name in ("channel", "organisation", "contact_value")]
    + [("answered", pa.bool_()), ("automated", pa.bool_())]
)
MARKS = pa.schema(
    [(name, pa.string()) for name in ("person_id", "loan_id", "kind")]
    + [("from_on", pa.date32()), ("until_on", pa.date32()), ("evidence", pa.string())]
)


def points(draws: Draws, persons: pa.Table, day: int) -> pa.Table:
    """The table ``contact_points``: the phone and e-mail of each person, some doubtful."""
    keys: Ints = np.arange(persons.num_rows, dtype=np.int64)
    sources = draws.choice("point source", keys, (90, 8, 2)).tolist()
    statuses = draws.choice("point status", keys, (86, 9, 3, 2)).tolist()
    since = draws.between("point since", keys, 60, 900).tolist()
    rows: list[dict[str, object]] = []
    for n, person in enumerate(persons["person_id"].to_pylist()):
        for kind in ("phone", "email"):
            value = persons[kind][n].as_py()
            if value is None:
                continue
            rows.append(
                {
                    "person_id": person,
                    "kind": kind,
                    "value": value,
                    "owner": "borrower",
                    "source": SOURCES[sources[n]],
                    "obtained_on": EPOCH + timedelta(days=day - since[n]),
                    "status": ("verified", "unverified", "doubtful", "invalid")[statuses[n]],
                }
            )
    return pa.Table.from_pylist(rows, schema=POINTS)


def events(draws: Draws, persons: pa.Table, day: int) -> pa.Table:
    """The table ``contact_events``: one to nine contacts in thirty days with one in five people."""
    keys: Ints = np.arange(persons.num_rows, dtype=np.int64)
    reached = np.flatnonzero(draws.chance("reached", keys, 2_000))
    counts = draws.between("contacts", keys, 1, 9)
    rows: list[dict[str, object]] = []
    for n in reached.tolist():
        these: Ints = np.arange(int(counts[n]), dtype=np.int64) + n * 10
        back = draws.between("contact day", these, 0, LAST_DAYS - 1).tolist()
        minutes = draws.between("contact minute", these, 9 * 60, 19 * 60).tolist()
        channels = draws.choice("contact channel", these, (50, 35, 15)).tolist()
        answered = draws.chance("contact answered", these, 3_500).tolist()
        automated = draws.chance("contact automated", these, 4_000).tolist()
        for k in range(int(counts[n])):
            channel = CHANNELS[channels[k]]
            called = channel == "phone"
            # Local noon is four in the morning UTC: the town keeps Shanghai's time.
            midnight = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day - back[k], hours=-8)
            rows.append(
                {
                    "event_id": f"E{n:07d}-{k}",
                    "person_id": person_id(n),
                    "loan_id": None,
                    "at": midnight + timedelta(minutes=minutes[k]),
                    "channel": channel,
                    "organisation": "lender",
                    "contact_value": None if channel == "app" else persons["phone"][n].as_py(),
                    "answered": answered[k] if called else None,
                    "automated": automated[k] if called else channel != "phone",
                }
            )
    return pa.Table.from_pylist(rows, schema=EVENTS)


def flags(draws: Draws, persons: pa.Table, day: int) -> pa.Table:
    """The table ``flags``: who is in dispute, hardship, mourning and so on, and since when."""
    keys: Ints = np.arange(persons.num_rows, dtype=np.int64)
    rows = [
        {
            "person_id": person_id(n),
            "loan_id": None,
            "kind": kind,
            "from_on": EPOCH + timedelta(days=day - int(since)),
            "until_on": None,
            "evidence": None,
        }
        for kind, per_10_000 in FLAGS.items()
        for n, since in zip(*_befallen(draws, kind, keys, per_10_000), strict=True)
    ]
    return pa.Table.from_pylist(rows, schema=MARKS)


def _befallen(draws: Draws, kind: str, keys: Ints, per_10_000: int) -> tuple[list[int], list[int]]:
    """Whom it befell, and how many days ago."""
    persons = np.flatnonzero(draws.chance(kind, keys, per_10_000))
    return persons.tolist(), draws.between(f"since {kind}", persons, 0, 40).tolist()
