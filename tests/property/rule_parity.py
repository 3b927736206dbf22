"""The sweep beside the decider: the same acts put to both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date
from typing import Any

import ibis
import pyarrow as pa

from arrears.rulebook.act import Act
from arrears.rulebook.decide import decide, local_days
from arrears.rulebook.load import Rulebook
from arrears.rulebook.sweep import DAYS, sweep
from arrears.rulebook.vocabulary import FACTS, Fact


def _type(fact: Fact) -> Any:
    return {"flag": pa.bool_(), "enum": pa.string()}.get(fact.kind, pa.int64())


SCHEMA = pa.schema(
    [("row", pa.int64()), *((name, pa.string()) for name in ("jurisdiction", "actor", "party"))]
    + [(name, pa.date32()) for name in DAYS]
    + [(name, _type(fact)) for name, fact in FACTS.items()]
)


def row_of(act: Act) -> dict[str, Any]:
    """An act as a row of a frame; a missing fact is null."""
    days = local_days(act)
    row = {"jurisdiction": act.jurisdiction, "actor": act.actor, "party": act.party}
    return {**row, DAYS[0]: min(days), DAYS[1]: max(days), **act.timed()}


def frame_of(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Rows as an Arrow table with the types of the vocabulary, numbered."""
    columns = [[row.get(name) for row in rows] for name in SCHEMA.names[1:]]
    numbers = pa.array(range(len(rows)), pa.int64())
    arrays = [numbers, *(pa.array(c, t) for c, t in zip(columns, SCHEMA.types[1:], strict=True))]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def swept(
    rows: Sequence[Mapping[str, Any]], act: str, on: date, book: Rulebook, con: Any
) -> list[tuple[str, ...]]:
    """The reasons that a sweep gives to each row; ``allowed`` must say the same."""
    con.con.register("frame", frame_of(rows))
    answers = sorted(con.con.sql(_sql(con, act, on, book)).fetchall())
    assert [row for row, _, _ in answers] == list(range(len(rows)))
    for number, allowed, reasons in answers:
        assert allowed is (not reasons), (number, allowed, reasons)
        assert reasons == sorted(set(reasons)), reasons
    return [tuple(reasons) for _, _, reasons in answers]


_compiled: dict[tuple[str, date, str], str] = {}


def _sql(con: Any, act: str, on: date, book: Rulebook) -> str:
    key = (act, on, book.digest)
    if key not in _compiled:
        frame = ibis.table(ibis.Schema.from_pyarrow(SCHEMA), name="frame")
        asked = sweep(frame, act, on, book, reasons=True, days=DAYS)
        _compiled[key] = con.compile(asked.select("row", "allowed", "reasons"))
    return _compiled[key]


def compare(acts: Iterable[Act], book: Rulebook, con: Any) -> list[tuple[Act, tuple[str, ...]]]:
    """Put acts to both readings, fail where they differ, and say what they answered."""
    groups: dict[tuple[str, date], list[Act]] = {}
    for act in acts:
        groups.setdefault((act.act, act.at.astimezone(UTC).date()), []).append(act)
    answered = []
    for (name, on), group in groups.items():
        for act, found in zip(
            group, swept([row_of(act) for act in group], name, on, book, con), strict=True
        ):
            verdict = decide(act, book)
            expected = tuple(reason.id for reason in verdict.reasons)
            assert found == expected, f"swept {found}, decided {expected}: {act}"
            assert verdict.allowed is (not expected)
            answered.append((act, found))
    return answered
