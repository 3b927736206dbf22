"""Local time in a frame is that of an act, for every zone, to the minute and the day."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import available_timezones

import ibis
import pyarrow as pa
import pytest

from arrears.rulebook.act import Act
from arrears.rulebook.decide import local_days
from arrears.rulebook.sweep import DAYS, BadFrame, timed

ZONES = sorted(available_timezones())
INSTANTS = [
    datetime(2026, 3, 2, 18, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 10, 1, tzinfo=UTC),  # UTC+14 is in 2027
    datetime(2027, 1, 1, 11, 59, 59, tzinfo=UTC),  # UTC-12 is in 2026
    datetime(2026, 3, 8, 6, 59, tzinfo=UTC),  # the minute before New York springs forward
    datetime(2026, 3, 8, 7, 0, tzinfo=UTC),
    datetime(2026, 11, 1, 5, 30, tzinfo=UTC),  # 01:30, the first of two
    datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    datetime(2028, 2, 29, 23, 30, tzinfo=UTC),
]


def act(at: datetime, jurisdiction: str | None, zone: str | None, other: str | None) -> Act:
    return Act("message", "lender", "borrower", at, jurisdiction, zone, {}, other)


def told(at: datetime, rows: list[dict[str, Any]], **how: Any) -> list[dict[str, Any]]:
    names = ("row", "jurisdiction", "zone", "other")
    types = (pa.int64(), pa.string(), pa.string(), pa.string())
    numbered = [{**row, "row": number} for number, row in enumerate(rows)]
    columns = [
        pa.array([row.get(name) for row in numbered], kind)
        for name, kind in zip(names, types, strict=True)
    ]
    con = ibis.duckdb.connect(threads=1)
    table = con.create_table("frame", pa.table(dict(zip(names, columns, strict=True))), temp=True)
    made = timed(table, at, "zone", "other", **how)
    return con.con.sql(con.compile(made)).to_arrow_table().sort_by("row").to_pylist()


@pytest.mark.parametrize("at", INSTANTS)
def test_every_zone_at_once(at: datetime) -> None:
    places = (None, "cn", "us", "in", "gb")
    rows = [
        {
            "zone": zone,
            # Another zone, the same, none: what records disagree about.
            "other": (ZONES[-number], zone, None)[number % 3],
            "jurisdiction": places[number % len(places)],
        }
        for number, zone in enumerate(ZONES)
    ]
    rows += [
        {"zone": None, "other": other, "jurisdiction": place}
        for place in places
        for other in (None, "Pacific/Kiritimati", "Pacific/Pago_Pago")
    ]
    found = told(at, rows)
    assert len(found) == len(rows)
    for row, made in zip(rows, found, strict=True):
        asked = act(at, row["jurisdiction"], row["zone"], row["other"])
        facts = asked.timed()
        minutes = (facts["local_minute"], facts["local_minute_alt"])
        assert (made["local_minute"], made["local_minute_alt"]) == minutes, row
        days = local_days(asked)
        assert (made[DAYS[0]], made[DAYS[1]]) == (min(days), max(days)), row


def test_an_instant_may_be_told_with_any_offset() -> None:
    at = INSTANTS[0]
    rows = [{"zone": "Asia/Kolkata"}]
    same = datetime.fromisoformat("2026-03-03T02:00+08:00")
    assert told(at, rows) == told(same, rows)


def test_a_zone_that_there_is_not_is_unknown() -> None:
    rows = [
        {"zone": "Mars/Olympus", "jurisdiction": "cn"},
        {"zone": "", "jurisdiction": "us"},
        {"zone": "Asia/Shanghai", "other": "nowhere", "jurisdiction": "cn"},
    ]
    first, second, third = told(INSTANTS[0], rows)
    for made in (first, second):
        assert made["local_minute"] is None
        assert made["local_minute_alt"] is None
    assert (third["local_minute"], third["local_minute_alt"]) == (120, None)
    assert first[DAYS[0]] == first[DAYS[1]]
    assert second[DAYS[0]] < second[DAYS[1]]


def test_without_a_jurisdiction_any_law_may_be_in_force() -> None:
    (made,) = told(INSTANTS[0], [{"jurisdiction": "cn"}], jurisdiction_column="law")
    assert made[DAYS[0]] < made[DAYS[1]]


def test_it_wants_an_instant_and_its_columns() -> None:
    with pytest.raises(BadFrame, match="offset"):
        told(datetime(2026, 3, 2), [{}])
    table = ibis.memtable(pa.table({"zone": ["Asia/Shanghai"]}))
    for given in (("zones",), ("zone", "zone2")):
        with pytest.raises(BadFrame, match="no column 'zone"):
            timed(table, INSTANTS[0], *given)
