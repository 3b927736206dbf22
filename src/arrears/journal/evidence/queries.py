"""Reads of evidence: what is kept about whom, and the content itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from arrears.journal.actions import Stream
from arrears.journal.evidence.models import EvidenceFile, EvidenceItem
from arrears.journal.evidence.place import vault
from arrears.kernel.errors import ArrearsError, NotFound

MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of evidence as people see it.

    Parameters
    ----------
    keep_until
        First day on which it may be erased; None while that cannot be told, or a hold is on it.
    """

    id: UUID
    kind: str
    media_type: str
    sha256: str
    size_bytes: int
    recorded_at: datetime
    received_at: datetime
    keep_until: date | None
    hold_reason: str | None
    state: str


def pieces(about: Stream) -> list[Piece]:
    """The newest 200 pieces of a case or person, newest first, erased ones included."""
    items = EvidenceItem.objects.select_related("file").filter(stream=about.name)
    return [
        Piece(
            id=item.id,
            kind=item.kind,
            media_type=item.media_type,
            sha256=item.file.sha256,
            size_bytes=item.file.size_bytes,
            recorded_at=item.recorded_at,
            received_at=item.received_at,
            keep_until=item.keep_until,
            hold_reason=item.hold_reason,
            state=item.state,
        )
        for item in items.order_by("-received_at", "-id")[:MOST]
    ]


def content(item_id: UUID) -> Iterator[bytes]:
    """The content of a piece, checked as a whole before its first part is handed out.

    Raises
    ------
    NotFound
        If there is no such piece, or it was erased.
    EvidenceDamaged
        If the file is not what was put in.
    """
    item = EvidenceItem.objects.select_related("file").filter(id=item_id).first()
    if item is None or item.state == "erased":
        raise NotFound(
            "there is no such piece of evidence",
            found="it was erased when its term was over" if item else None,
            key=item_id,
        )
    return vault().read(item.file.sha256, item.file_id)


def count() -> int:
    """How many files are kept."""
    return EvidenceFile.objects.filter(erased_at__isnull=True).count()


def damaged() -> Iterator[tuple[UUID, str]]:
    """Every file that cannot be read as it was put in, with what is wrong; reads them all."""
    files = EvidenceFile.objects.filter(erased_at__isnull=True).order_by("id")
    store = vault()
    for file_id, sha256 in files.values_list("id", "sha256").iterator():
        try:
            store.check(sha256, file_id)
        except ArrearsError as wrong:
            yield file_id, str(wrong)
