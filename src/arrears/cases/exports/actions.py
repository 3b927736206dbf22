"""The only writers of exports: ask, approve, refuse, fetch."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any
from uuid import UUID

from arrears.cases.exports.files import MEDIA_TYPES, Watermark, as_csv, as_parquet
from arrears.cases.exports.lists import list_of
from arrears.cases.exports.models import FORMS, Export
from arrears.cases.exports.states import EXPORT
from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.access import TABLE, require_any
from arrears.people.access.actions import note_exported
from arrears.people.access.rules import REASON_LENGTH
from arrears.store.actor import Actor
from arrears.store.commands import Result, command
from arrears.store.transactions import At, transaction


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file, handed out once."""

    name: str
    media_type: str
    content: bytes
    sha256: str


@command("export.ask", permission="cases.export")
def ask(at: At, *, kind: str, form: str, which: Mapping[str, Any], reason: str) -> Result:
    """Ask for a list as a file; above a size that is data, a second person approves it first.

    ``kind`` is cases or persons (those of the cases; this needs ``people.export`` too), or what a
    later stage registered; ``form`` csv or parquet, ``which`` a filter of cases, or what the kind
    takes. Returns ``{"export": id, "state": …, "rows": n}``.

    Raises
    ------
    BadInput
        If a word is unknown, the reason too short, or the list empty or too long.
    """
    lists = list_of(kind)
    if form not in FORMS:
        raise BadInput("there is no such form", expected=" or ".join(FORMS), found=form[:40])
    require_any(at.actor, [lists.needs])
    why = reason.replace("\0", "").strip()
    if not REASON_LENGTH <= len(why) <= 1000:
        raise BadInput(
            "an export needs a reason that others can follow",
            expected=f"{REASON_LENGTH} to 1000 characters",
            found=f"{len(why)} characters",
        )
    chosen = lists.kept(which)
    rows, digest = lists.listed(at.actor, chosen, TABLE.most_rows)
    alone = rows <= TABLE.second_person_above_rows
    made = Export.objects.create(
        id=uuid7(at.now),
        kind=kind,
        form=form,
        which=chosen,
        reason=why,
        rows=rows,
        list_sha256=digest,
        state=EXPORT.step(EXPORT.initial, "let") if alone else EXPORT.initial,
        scope=at.actor.scope,
        role=at.actor.role,
        asked_by=at.actor.name,
        asked_at=at.now,
        expires_at=at.now + timedelta(hours=TABLE.expires_after_hours),
    )
    _put_down(at, made, "cases.export_asked", rows=rows, list_sha256=digest, reason=why)
    return {"export": made.id, "state": made.state, "rows": rows}


@command("export.approve", permission="exports.approve")
def approve(at: At, *, export_id: UUID) -> Result:
    """Approve what somebody else asked for.

    Raises
    ------
    NotAllowed
        If it was the approver's own.
    Conflict
        If it was decided already, or has expired.
    """
    made = _decided(at, export_id, "approve")
    _put_down(at, made, "cases.export_approved")
    return {"export": made.id, "state": made.state}


@command("export.refuse", permission="exports.approve")
def refuse(at: At, *, export_id: UUID) -> Result:
    """Refuse what somebody else asked for."""
    made = _decided(at, export_id, "refuse")
    _put_down(at, made, "cases.export_refused")
    return {"export": made.id, "state": made.state}


def fetch(actor: Actor, export_id: UUID) -> Fetched:
    """The file of an approved export, once, for who asked for it.

    It is made here and kept nowhere; its digest is on record, and each person in it finds in
    their own stream that their row left.

    Raises
    ------
    NotFound
        If there is none, or it is somebody else's.
    Conflict
        If it is not approved, was fetched, has expired, or the list is no longer what was
        approved.
    """
    with transaction(actor) as at:
        made = _locked(export_id)
        if made.asked_by != actor.name:
            raise NotFound("there is no such export of yours", key=export_id)
        lists = list_of(made.kind)
        require_any(actor, [lists.needs])
        _require_fresh(at, made)
        made.state = EXPORT.step(made.state, "fetch")
        if lists.listed(actor, made.which, TABLE.most_rows) != (made.rows, made.list_sha256):
            raise Conflict(
                "the list has changed since it was asked for",
                expected=f"the {made.rows} rows that were asked for",
                found="others",
                remedy="ask for it anew",
                key=export_id,
            )
        columns, rows, people = lists.table(actor, made.which)
        asked = made.asked_at.astimezone(UTC).isoformat(timespec="seconds")
        mark = Watermark(str(made.id), made.asked_by, made.role, asked, len(rows))
        content = (as_csv if made.form == "csv" else as_parquet)(columns, rows, mark)
        made.file_sha256 = hashlib.sha256(content).hexdigest()
        made.fetched_at = at.now
        made.save(update_fields=["state", "file_sha256", "fetched_at"])
        note_exported(at, people, made.id)
        _put_down(at, made, "cases.export_fetched", sha256=made.file_sha256, rows=len(rows))
    name = f"{made.kind}-{made.id}.{made.form}"
    return Fetched(name, MEDIA_TYPES[made.form], content, made.file_sha256)


def _locked(export_id: UUID) -> Export:
    made = Export.objects.select_for_update().filter(id=export_id).first()
    if made is None:
        raise NotFound("there is no such export", key=export_id)
    return made


def _decided(at: At, export_id: UUID, event: str) -> Export:
    made = _locked(export_id)
    if made.asked_by == at.actor.name:
        raise NotAllowed(
            "nobody decides on their own export",
            expected="a second person",
            found=at.actor.name,
            remedy="ask somebody else who may approve exports",
        )
    _require_fresh(at, made)
    made.state = EXPORT.step(made.state, event)
    made.decided_by, made.decided_at = at.actor.name, at.now
    made.save(update_fields=["state", "decided_by", "decided_at"])
    return made


def _require_fresh(at: At, made: Export) -> None:
    if made.expires_at <= at.now:
        raise Conflict(
            "the export has expired",
            expected=f"before {made.expires_at:%Y-%m-%d %H:%M} UTC",
            found=f"{at.now:%Y-%m-%d %H:%M} UTC",
            remedy="ask for it anew",
            key=made.id,
        )


def _put_down(at: At, made: Export, kind: str, **more: object) -> None:
    told = {"export": str(made.id), "kind": made.kind, "form": made.form, "role": at.actor.role}
    record(at, of_house(f"export {made.id}"), kind, told | more)
