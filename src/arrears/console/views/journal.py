"""The journal: what was put on record, under which seal, and that nothing was changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_GET, require_http_methods

from arrears.cases.queries import person_of
from arrears.console import record_words
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.shell import part, screen, show, wants_part
from arrears.journal.queries import (
    EntryView,
    entries,
    entries_between,
    entries_of,
    entry,
    journal_proof,
    keys_known,
    signed_statements,
    statements,
    verify_database,
)
from arrears.journal.streams import Stream, named
from arrears.kernel.errors import BadInput, Conflict
from arrears.people.access.actions import note_read
from arrears.people.access.records import entry_seen
from arrears.store.actor import Actor, system
from arrears.store.pages import Page

# Verifying takes about a minute for a million entries; a browser should not wait so long.
MOST_VERIFIED = 100_000
PUBLISHED = 200


@dataclass(frozen=True)
class Asked:
    """What the address asks of the journal; what cannot be read narrows nothing, and is told."""

    stream: Stream | None
    text: str
    on: date | None
    kind: str

    @classmethod
    def of(cls, query: Any) -> Asked:
        """Read an address."""
        text = query.get("stream", "").replace("\x00", "").strip()[:80]
        return cls(
            stream=_stream(text),
            text=text,
            on=_day(query.get("day", "")),
            kind=query["kind"] if query.get("kind") in record_words.JOURNAL_TOPICS else "",
        )

    @property
    def unread(self) -> bool:
        """Whether a stream was given that can be none."""
        return bool(self.text) and self.stream is None

    @property
    def narrows(self) -> bool:
        """Whether any filter is set."""
        return bool(self.text or self.on or self.kind)


@screen("journal.read")
def entry_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The entries, newest first: of one stream, of one day, or of one kind."""
    asked = Asked.of(request.GET)
    if asked.stream is not None and (about := _about(actor, asked.stream.name)):
        note_read(actor, about, "record")
    context = {
        "page": _page(actor, asked, page_of(request.GET)),
        "asked": asked,
        "kinds": tuple(record_words.JOURNAL_TOPICS.items()),
    }
    if wants_part(request):
        return part(request, "journal/part.html", context)
    return show(request, actor, "journal/list.html", context)


def _page(actor: Actor, asked: Asked, number: int) -> Page[EntryView]:
    if asked.stream is not None:
        return entries_of(actor, asked.stream, number, PAGE_SIZE)
    if asked.on is not None:
        zone = ZoneInfo(settings.ARREARS.business_zone)
        start = datetime.combine(asked.on, time(), zone).astimezone(UTC)
        until = datetime.combine(asked.on + timedelta(days=1), time(), zone).astimezone(UTC)
        return entries_between(actor, start, until, number, PAGE_SIZE, asked.kind or None)
    return entries(actor, number, PAGE_SIZE, asked.kind or None)


@screen("journal.read")
def entry_page(request: HttpRequest, actor: Actor, entry_id: UUID) -> HttpResponseBase:
    """One entry whole: its data, its place in the chain, its seal and the proof."""
    detail = entry(actor, entry_id)
    about = _about(actor, detail.entry.stream)
    if about is not None:
        note_read(actor, about, "record")
    seen = entry_seen(actor, detail.entry, about)
    proof, tampered = None, False
    if detail.entry.seal is not None:
        try:
            proof = journal_proof(actor, entry_id)
        except Conflict:
            tampered = True
    context = {
        "detail": detail,
        "entry": detail.entry,
        "data": _pretty(seen.data),
        "personal": _pretty(seen.personal),
        "proof": proof,
        "tampered": tampered,
        "room_name": "journal",
    }
    return show(request, actor, "journal/entry.html", context)


@require_GET
@screen("journal.read")
def proof(request: HttpRequest, actor: Actor, entry_id: UUID) -> HttpResponseBase:
    """The inclusion proof of an entry as a file, with the statement that was signed."""
    found, detail = journal_proof(actor, entry_id), entry(actor, entry_id)
    (signed,) = signed_statements(actor, before=found.seal + 1, size=1)
    told = {
        "entry": {
            "id": str(entry_id),
            "stream": detail.entry.stream,
            "seq": detail.entry.seq,
            "sha256": detail.entry.sha256,
        },
        "index": found.index,
        "count": found.count,
        "path": list(found.path),
        "root": found.root,
        "statement": json.loads(signed.statement),
        "statement_sha256": signed.sha256,
        "signature": signed.signature,
    }
    response = HttpResponse(_pretty(told), content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="proof-{entry_id}.json"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@screen("journal.read")
def seal_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The signed statements and the keys; on demand everything is verified."""
    report, known = None, request.POST.get("root", "").strip().lower()
    total = entries(actor, 1, 1).total
    verifiable = total <= MOST_VERIFIED
    if request.method == "POST" and verifiable:
        report = verify_database(actor, root=_hash(known))
    context = {
        "page": statements(actor, page_of(request.GET), PAGE_SIZE),
        "keys": keys_known(actor),
        "total": total,
        "verifiable": verifiable,
        "report": report,
        "known": known,
    }
    return show(request, actor, "journal/seals.html", context)


@require_GET
def roots(request: HttpRequest) -> HttpResponse:
    """The roots and public keys, for everybody: no sign-in, nothing about persons or debts."""
    reader = system("published roots")
    before = request.GET.get("before", "")
    start = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else None
    published = signed_statements(reader, start, PUBLISHED)
    lines = [
        "# Arrears: signed statements of the journal, newest first, and the public keys (Ed25519).",
        "# Keep a copy: whoever holds a hash or root from here finds every later change of what",
        "# it covers (arrears journal verify FILE --root HEX). One JSON object a line.",
        "",
        *(
            json.dumps({"key": each.id, "public_key": each.public_key, "since": each.since})
            for each in keys_known(reader)
        ),
        *(
            json.dumps(
                {
                    "statement": json.loads(each.statement),
                    "sha256": each.sha256,
                    "signature": each.signature,
                },
                ensure_ascii=False,
            )
            for each in published
        ),
    ]
    if published and published[-1].number > 1:
        lines += ["", f"# earlier: {request.path}?before={published[-1].number}"]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


def _about(actor: Actor, stream: str) -> UUID | None:
    """Whom a stream is about: a person, or whose case it is; None for the house's."""
    kind, _, key = stream.partition(":")
    if kind == "person":
        return UUID(key)
    return person_of(actor, UUID(key)) if kind == "case" else None


def _stream(text: str) -> Stream | None:
    try:
        return named(text) if text else None
    except BadInput:
        return None


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # Ids of entries begin with their instant; there are none before 1970.
    return found if 1970 < found.year < 9999 else None


def _hash(text: str) -> str | None:
    hexadecimal = len(text) == 64 and set(text) <= set("0123456789abcdef")
    return text if hexadecimal else None


def _pretty(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True)
