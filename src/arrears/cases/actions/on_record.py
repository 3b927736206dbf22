"""Put what happened to cases on record: one entry for each case and cause, with all its events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from arrears.journal.actions import Entry, of_case, record_many
from arrears.store.transactions import At

# case id, ordinal of the kind, kind, loan id or None, data
Told = tuple[str, int, str, str | None, Any]


def put_on_record(
    at: At, told: Iterable[Told], on: date, *, run_id: UUID | None, tape_id: UUID | None = None
) -> None:
    """Write an entry ``cases.changed`` for each case that something happened to.

    Parameters
    ----------
    told
        The lines of the timeline, in any order; their data as JSON text or as read from it.
    on
        The day they belong to.
    run_id, tape_id
        What caused them.
    """
    record_many(at, list(_entries(told, on, run_id, tape_id)))


def _entries(
    told: Iterable[Told], on: date, run_id: UUID | None, tape_id: UUID | None
) -> Iterator[Entry]:
    lines = sorted(told, key=lambda line: (line[0], line[1], line[3] or ""))
    cause = {"run": run_id, "tape": tape_id}
    common = {"on": on.isoformat()}
    common |= {name: str(value) for name, value in cause.items() if value is not None}
    for case_id, of_case_lines in groupby(lines, key=itemgetter(0)):
        events = [_event(kind, loan_id, data) for _, _, kind, loan_id, data in of_case_lines]
        yield Entry(of_case(UUID(case_id)), "cases.changed", {**common, "events": events})


def _event(kind: str, loan_id: str | None, data: Any) -> dict[str, Any]:
    event: dict[str, Any] = {"kind": kind}
    if loan_id is not None:
        event["loan"] = loan_id
    known = json.loads(data) if isinstance(data, str) else data
    return event | {name: value for name, value in known.items() if value is not None}
