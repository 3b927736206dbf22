"""What a tape brings for conduct: who shares a budget, flags as holds, contacts
made before, and what is known of numbers and addresses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

import pyarrow as pa
from django.db import connection

from arrears.conduct.actions.taken import (
    CONTACTS,
    HOLDS,
    LOCK_HELD,
    LOCK_MOVED,
    POINTS,
    STANDINGS,
    SUBJECTS,
)
from arrears.conduct.events import HoldOpened
from arrears.conduct.locks import keep_key
from arrears.conduct.rules.counts import EARLIEST_ZONE, LATEST_ZONE
from arrears.conduct.rules.kinds import FLAG_KINDS
from arrears.conduct.rules.points import read_point
from arrears.conduct.rules.taped import act_of, channel_of
from arrears.journal.actions import Entry, of_person, record_many
from arrears.kernel.ids import named
from arrears.loans.events import HoldsChanged
from arrears.loans.models import KeptRow
from arrears.loans.sealed import kept_cells
from arrears.people.models import Person
from arrears.rulebook.act import BUSINESS_ZONES
from arrears.store.pages import select
from arrears.store.reactions import react
from arrears.store.sealed.keyed import Key
from arrears.store.staging import stage
from arrears.store.transactions import At

CHUNK: Final = 20_000
_SUBJECT_COLUMNS: Final = {"person_id": "uuid", "subject_id": "uuid", "id_hmac": "text"}
_CONTACT_COLUMNS: Final = {
    "id": "uuid",
    "event_ref": "text",
    "person_ref": "text",
    "loan_ref": "text",
    "act": "text",
    "channel": "text",
    "organisation": "text",
    "number_hmac": "text",
    "started_at": "timestamptz",
    "automated": "boolean",
    "connected": "boolean",
}
_POINT_COLUMNS: Final = {
    "id": "uuid",
    "person_ref": "text",
    "kind": "text",
    "tape_kind": "text",
    "number_hmac": "text",
    "source": "text",
    "status": "text",
    "owner": "text",
    "worth": "smallint",
    "obtained_on": "date",
}
STAGED: Final = {"contact_events": "t_contacts", "contact_points": "t_points"}


def follow_book(at: At, happened: HoldsChanged) -> None:
    """The reaction to a tape, push, mend or recall: take in what it says of conduct.

    Data doubts of loans need no copy: the gate reads them where they stand.
    """
    if Person.objects.filter(tape_id=happened.tape_id, national_id_hmac__isnull=False).exists():
        _join_budgets(at, happened.tape_id)
    kept = KeptRow.objects.filter(tape_id=happened.tape_id)
    if kept.filter(table="flags").exists():
        _hold(at, happened.tape_id)
    if kept.filter(table="contact_events").exists():
        _take(at, happened.tape_id, "contact_events", _CONTACT_COLUMNS, _contact, CONTACTS)
    if kept.filter(table="contact_points").exists():
        _take(at, happened.tape_id, "contact_points", _POINT_COLUMNS, _point, POINTS)


def _join_budgets(at: At, tape_id: UUID) -> None:
    """Persons with the same national id share a subject; one corrected on the tape moves."""
    keep_key(at)
    for persons in _persons(tape_id):
        rows = [
            (str(person_id), str(named("subject", hashed)), hashed) for person_id, hashed in persons
        ]
        _stage("t_subjects", _SUBJECT_COLUMNS, rows)
        with connection.cursor() as cursor:
            for statement in (SUBJECTS, LOCK_MOVED, STANDINGS):
                cursor.execute(statement, {"now": at.now})


def _persons(tape_id: UUID) -> Iterator[list[tuple[UUID, str]]]:
    after: UUID | None = None
    while True:
        rows = Person.objects.filter(tape_id=tape_id, national_id_hmac__isnull=False).order_by("id")
        if after is not None:
            rows = rows.filter(id__gt=after)
        hashes = rows.values_list("id", "national_id_hmac")[:CHUNK]
        found = [(pk, hashed) for pk, hashed in hashes if hashed is not None]
        if not found:
            return
        yield found
        after = found[-1][0]


def _hold(at: At, tape_id: UUID) -> None:
    """Flags become holds; a kind that we do not know stops all the same, as ``other``."""
    given = {
        "tape": tape_id,
        "now": at.now,
        "kinds": json.dumps(FLAG_KINDS),
        "zones": json.dumps({code.upper(): zone for code, zone in BUSINESS_ZONES.items()}),
        "first_zone": LATEST_ZONE,  # where a day begins soonest
        "last_zone": EARLIEST_ZONE,
        "by": at.actor.name,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOCK_HELD, {"tape": tape_id})
    opened = [row for row in select(HOLDS, given) if row.pop("fresh")]
    record_many(
        at,
        [
            Entry(
                of_person(row["person_id"]),
                "conduct.hold_opened",
                {
                    "hold": str(row["id"]),
                    "kind": row["kind"],
                    "source": "tape",
                    "loan": None if row["loan_id"] is None else str(row["loan_id"]),
                    "tape": str(tape_id),
                    "from_at": row["from_at"].isoformat(),
                    "until_at": None if row["until_at"] is None else row["until_at"].isoformat(),
                },
            )
            for row in opened
        ],
    )
    for row in opened:
        react(at, HoldOpened(row["id"], row["person_id"], row["kind"], row["loan_id"], None))


def _take(
    at: At,
    tape_id: UUID,
    table: str,
    columns: dict[str, str],
    read: Callable[[dict[str, Any], Key], tuple[Any, ...]],
    statement: str,
) -> None:
    """Stage the kept rows of a table as ``t_<what>`` and take them in, so many at a time."""
    chosen = keep_key(at)
    after: UUID | None = None
    while True:
        kept = KeptRow.objects.filter(tape_id=tape_id, table=table).order_by("id")
        if after is not None:
            kept = kept.filter(id__gt=after)
        found = list(kept[:CHUNK])
        if not found:
            return
        _stage(STAGED[table], columns, [read(kept_cells(row), chosen) for row in found])
        with connection.cursor() as cursor:
            cursor.execute(statement, {"now": at.now})
        after = found[-1].id


def _contact(row: dict[str, Any], chosen: Key) -> tuple[Any, ...]:
    channel, automated = channel_of(row["channel"]), row.get("automated")
    number = row.get("contact_value")
    return (
        str(named("contact", "tape", row["event_id"])),
        row["event_id"],
        row["person_id"],
        row.get("loan_id"),
        act_of(channel, automated),
        channel,
        row.get("organisation") or "unknown",
        None if number is None else chosen.of_number(number),
        row["at"],
        automated,
        row.get("answered"),
    )


def _point(row: dict[str, Any], chosen: Key) -> tuple[Any, ...]:
    """What the tape says of a number or address: the number is kept as its hash alone."""
    hashed = chosen.of_number(row["value"])
    point = read_point(row["kind"], hashed, row.get("source"), row.get("status"), row.get("owner"))
    return (
        str(named("point", row["person_id"], row["kind"].replace("\x1f", " "), hashed or "")),
        row["person_id"],
        point.kind,
        row["kind"],
        hashed,
        point.source,
        point.status,
        point.owner,
        str(point.worth),
        row.get("obtained_on"),
    )


def _stage(table: str, columns: dict[str, str], rows: list[tuple[Any, ...]]) -> None:
    arrow = {
        name: pa.array(list(column), pa.bool_() if columns[name] == "boolean" else pa.string())
        for name, column in zip(columns, zip(*rows, strict=True), strict=True)
    }
    stage(table, columns, [pa.record_batch(arrow)])
