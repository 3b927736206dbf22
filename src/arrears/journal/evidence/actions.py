"""The only writers of evidence: keep, hold, release, mark, erase."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import BinaryIO, Final, Literal
from uuid import UUID

from django.db import connection, transaction

from arrears.journal.actions import Stream, of_house, record
from arrears.journal.evidence.models import EvidenceFile, EvidenceItem
from arrears.journal.evidence.place import vault
from arrears.journal.evidence.states import EVIDENCE
from arrears.journal.streams import named as stream_named
from arrears.kernel.errors import BadInput, NotFound
from arrears.kernel.ids import uuid7
from arrears.rulebook.retention import keep_until
from arrears.store.transactions import At

Mark = Literal["last_act", "settled", "closed"]
MOST_AT_ONCE: Final = 1000
# A device's clock may run ahead of ours by this much.
AHEAD: Final = timedelta(minutes=5)
STRAY_AFTER: Final = timedelta(days=1)
_MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]{0,80}")


def keep(
    at: At,
    content: BinaryIO,
    *,
    about: Stream,
    kind: str,
    media_type: str,
    jurisdiction: str | None,
    recorded_at: datetime,
    marks: Mapping[Mark, date] | None = None,
    expected_sha256: str | None = None,
) -> UUID:
    """Keep a file as evidence about a case or person; returns the item's id.

    Parameters
    ----------
    kind
        Class of retention, one of ``rulebook.retention.CLASSES``.
    recorded_at
        When it was made, as its maker claims; not later than now.
    marks, expected_sha256
        Days of what happened before; what the sender says it sent.

    Raises
    ------
    BadInput
        If class, type or time cannot be, or it is not the file that was sent.
    Unavailable
        If the disk is full or away; nothing is kept then.
    """
    _require_possible(at, recorded_at, media_type)
    item = EvidenceItem(
        id=uuid7(at.now),
        stream=about.name,
        kind=kind,
        media_type=media_type,
        jurisdiction=jurisdiction,
        recorded_at=recorded_at,
        received_at=at.now,
        recorded_on=recorded_at.astimezone(UTC).date(),
        state=EVIDENCE.initial,
    )
    for what, day in (marks or {}).items():
        setattr(item, f"{what}_on", day)
    item.keep_until = _term(item)
    item.file = _file(at, content, expected_sha256)
    item.save(force_insert=True)
    told = {"kind": kind, "media_type": media_type, "sha256": item.file.sha256}
    _record(at, item, "evidence.kept", **told, recorded_at=recorded_at.isoformat())
    return item.id


def _require_possible(at: At, recorded_at: datetime, media_type: str) -> None:
    if recorded_at.tzinfo is None or recorded_at > at.now + AHEAD:
        raise BadInput(
            "evidence needs the instant at which it was made",
            expected=f"with its offset, and not after {at.now:%Y-%m-%d %H:%M} UTC",
            found=str(recorded_at),
        )
    if not _MEDIA_TYPE.fullmatch(media_type):
        raise BadInput("this is no media type", expected="image/jpeg", found=media_type[:100])


def _file(at: At, content: BinaryIO, expected_sha256: str | None) -> EvidenceFile:
    """The file in the vault; if the same content is there already, that one."""
    store, file_id = vault(), uuid7(at.now)
    stored = store.put(content, file_id, expected_sha256=expected_sha256)
    with connection.cursor() as cursor:
        # Against an erasure of the same content at the same moment, and a twin's arrival.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [stored.sha256])
    there = EvidenceFile.objects.filter(sha256=stored.sha256, erased_at__isnull=True).first()
    if there is not None:
        store.remove(stored.sha256, file_id)
        return there
    return EvidenceFile.objects.create(
        id=file_id,
        sha256=stored.sha256,
        size_bytes=stored.size_bytes,
        key_id=stored.key_id,
        stored_at=at.now,
    )


def mark(at: At, about: Stream, what: Mark, on: date) -> int:
    """Note for all evidence of a case or person what happened, and from when terms now count.

    Returns
    -------
    int
        How many items have it now. The last act moves forward only.
    """
    changed = 0
    items = EvidenceItem.objects.select_for_update().filter(stream=about.name)
    for item in items.exclude(state="erased").order_by("id"):
        before = getattr(item, f"{what}_on")
        if before is not None and (before == on or (what == "last_act" and before > on)):
            continue
        setattr(item, f"{what}_on", on)
        item.keep_until = _term(item)
        item.save(update_fields=[f"{what}_on", "keep_until"])
        changed += 1
    if changed:
        record(at, about, "evidence.marked", {"what": what, "on": on.isoformat(), "items": changed})
    return changed


def hold(at: At, item_id: UUID, reason: str) -> None:
    """Keep an item whatever its term says, because a court or a complaint needs it.

    Raises
    ------
    BadInput
        Without a reason.
    NotFound, IllegalTransition
        If there is no such item, or it is held or erased already.
    """
    if not reason.strip():
        raise BadInput("a legal hold needs a reason", expected="a text", found="nothing")
    item = _locked(item_id)
    item.state, item.hold_reason = EVIDENCE.step(item.state, "hold"), reason.strip()
    item.keep_until = None
    item.save(update_fields=["state", "hold_reason", "keep_until"])
    _record(at, item, "evidence.held", reason=reason.strip())


def release(at: At, item_id: UUID) -> None:
    """End a legal hold; the term counts again, and may be over already."""
    item = _locked(item_id)
    item.state, item.hold_reason = EVIDENCE.step(item.state, "release"), None
    item.keep_until = _term(item)
    item.save(update_fields=["state", "hold_reason", "keep_until"])
    _record(at, item, "evidence.released")


def erase_due(at: At, on: date) -> int:
    """Erase what need not be kept on a day any more, at most :data:`MOST_AT_ONCE` items.

    The file goes from the disk once the transaction stands, and only if no other item needs it.

    Returns
    -------
    int
        How many items were erased; call again while it is :data:`MOST_AT_ONCE`.
    """
    due = EvidenceItem.objects.select_for_update(skip_locked=True).select_related("file")
    items = list(
        due.filter(state="kept", keep_until__lte=on).order_by("keep_until", "id")[:MOST_AT_ONCE]
    )
    for item in items:
        item.state, item.erased_at = EVIDENCE.step(item.state, "erase"), at.now
        item.save(update_fields=["state", "erased_at"])
        _record(at, item, "evidence.erased", kept_until=str(item.keep_until))
    _let_go(at, sorted({(item.file.sha256, item.file_id) for item in items}))
    return len(items)


def _let_go(at: At, files: Sequence[tuple[str, UUID]]) -> None:
    for sha256, file_id in files:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [sha256])
        needed = EvidenceItem.objects.filter(file_id=file_id).exclude(state="erased").exists()
        if needed:
            continue
        EvidenceFile.objects.filter(id=file_id).update(erased_at=at.now)
        transaction.on_commit(partial(vault().remove, sha256, file_id))


def rotate_key(at: At) -> str:
    """Encrypt with a new key from now on; returns its id, which goes on record."""
    key = vault().ring.rotate()
    record(at, of_house("keys"), "evidence.key_rotated", {"key": key.id})
    return key.id


def remove_strays(now: datetime) -> int:
    """Delete files that no transaction came to stand for, a day after they were written.

    A file is written before its transaction commits; if that fails the file stays behind.
    """
    known = set(EvidenceFile.objects.filter(erased_at__isnull=True).values_list("id", flat=True))
    store, removed = vault(), 0
    for sha256, file_id in store.files():
        if file_id not in known and _written_at(file_id) < now - STRAY_AFTER:
            store.remove(sha256, file_id)
            removed += 1
    return removed


def _written_at(file_id: UUID) -> datetime:
    return datetime.fromtimestamp((file_id.int >> 80) / 1000, UTC)  # a UUIDv7 begins with its time


def _locked(item_id: UUID) -> EvidenceItem:
    item = EvidenceItem.objects.select_for_update().filter(id=item_id).first()
    if item is None:
        raise NotFound("there is no such piece of evidence", key=item_id)
    return item


def _term(item: EvidenceItem) -> date | None:
    marks = {
        "recorded": item.recorded_on,
        "last_act": item.last_act_on,
        "settled": item.settled_on,
        "closed": item.closed_on,
    }
    return keep_until(item.kind, item.jurisdiction, marks, legal_hold=item.state == "held")


def _record(at: At, item: EvidenceItem, event: str, /, **data: str) -> None:
    record(at, stream_named(item.stream), event, {"item": str(item.id), **data})
