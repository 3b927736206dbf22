"""The journal: what was put on record, under which seal, and that nothing was changed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from arrears.cases.exports.actions import ask
from arrears.cases.exports.record import MOST_ENTRIES, RECORD, kept_filter
from arrears.cases.queries import person_of, person_page
from arrears.conduct.queries.unrecorded import compare
from arrears.console import record_words
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.record_told import facts_of, kinds_by_topic
from arrears.console.shell import part, screen, show, wants_part
from arrears.console.views.exports import asked_told
from arrears.console.who_told import names
from arrears.journal.queries import (
    EntryFilter,
    entries,
    entries_found,
    entry,
    journal_proof,
    keys_known,
    signed_statements,
    statements,
    verify_database,
)
from arrears.journal.streams import Stream, named, of_case, of_person
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.access.actions import note_read
from arrears.people.access.records import entry_seen
from arrears.people.access.rules import REASON_LENGTH
from arrears.store import clock
from arrears.store.actor import Actor, system

# Verifying takes about a minute for a million entries; a browser should not wait so long.
MOST_VERIFIED = 100_000
PUBLISHED = 200


@dataclass(frozen=True)
class Asked:
    """What the address asks of the journal; what cannot be read narrows nothing, and is told."""

    stream: Stream | None
    text: str
    person: str
    on: date | None
    kind: str

    @classmethod
    def of(cls, query: Any) -> Asked:
        """Read an address."""
        text = query.get("stream", "").replace("\x00", "").strip()[:80]
        kind = query.get("kind", "")
        known = kind in record_words.JOURNAL_TOPICS or kind in record_words.JOURNAL_KINDS
        return cls(
            stream=_stream(text),
            text=text,
            person=query.get("person", "").replace("\x00", "").strip()[:100],
            on=_day(query.get("day", "")),
            kind=kind if known else "",
        )

    @property
    def unread(self) -> bool:
        """Whether a stream was given that can be none."""
        return bool(self.text) and self.stream is None

    @property
    def narrows(self) -> bool:
        """Whether any filter is set."""
        return bool(self.text or self.person or self.on or self.kind)

    def which(self, streams: tuple[str, ...] | None) -> EntryFilter:
        """The filter for the query."""
        zone = ZoneInfo(settings.ARREARS.business_zone)
        from_at = until_at = None
        if self.on is not None:
            from_at = datetime.combine(self.on, time(), zone).astimezone(UTC)
            after = self.on + timedelta(days=1)
            until_at = datetime.combine(after, time(), zone).astimezone(UTC)
        return EntryFilter(streams, from_at, until_at, self.kind or None)


@screen("journal.read")
def entry_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """The entries, newest first: of a person, a stream, a day, a kind, or several of these."""
    asked = Asked.of(request.GET)
    streams, about, stranger = _streams_asked(actor, asked)
    if about is not None:
        note_read(actor, about, "record")
    page = entries_found(actor, asked.which(streams), page_of(request.GET), PAGE_SIZE)
    context = {
        "page": page,
        "asked": asked,
        "stranger": stranger,
        "names": names(actor, (each.actor for each in page.rows)),
        "kinds": kinds_by_topic(),
        "may": actor.permissions,
        "most": MOST_ENTRIES,
        "command_id": uuid7(clock.now()),
    }
    if wants_part(request):
        return part(request, "journal/part.html", context)
    return show(request, actor, "journal/list.html", context)


@require_POST
@screen("journal.export")
def export_entries(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Ask for the entries that the filter finds, as a file, by the rules of every export."""
    form = request.POST
    asked = Asked.of(form)
    streams, _about_whom, stranger = _streams_asked(actor, asked)
    try:
        if asked.unread or stranger:
            raise BadInput("the filter cannot be read")
        made = ask(
            actor,
            form.get("command_id", ""),
            kind=RECORD,
            form="csv",
            which=kept_filter(asked.which(streams)),
            reason=form.get("reason", ""),
        )
    except BadInput:
        told = _(
            "Give a reason of at least %(count)s characters, and a list of 1 to %(most)s rows."
        )
        messages.error(request, told % {"count": REASON_LENGTH, "most": f"{MOST_ENTRIES:,}"})
        return redirect(f"{reverse('console:journal')}?{asked_again(form)}")
    messages.success(request, asked_told(made))
    return redirect("console:exports")


def asked_again(form: Any) -> str:
    """The filter as the query of an address."""
    names_of_filter = ("kind", "person", "day", "stream")
    return urlencode({name: form[name] for name in names_of_filter if form.get(name)})


def _streams_asked(actor: Actor, asked: Asked) -> tuple[tuple[str, ...] | None, UUID | None, bool]:
    """The streams to look in, whom they are about, and whether nobody has the number given."""
    if asked.stream is not None:
        return (asked.stream.name,), _about(actor, asked.stream.name), False
    if not asked.person:
        return None, None, False
    try:
        found = person_page(actor, _id_or_ref(asked.person), clock.business_day())
    except NotFound:
        return None, None, True
    cases = (of_case(case.id).name for case in found.cases)
    return (of_person(found.person.id).name, *cases), found.person.id, False


def _id_or_ref(text: str) -> UUID | str:
    try:
        return UUID(text)
    except ValueError:
        return text


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
        "facts": facts_of(detail.entry.kind, seen.data),
        "words": facts_of(detail.entry.kind, seen.personal or {}),
        "names": names(actor, (detail.entry.actor,)),
        "data": _pretty(seen.data),
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
        report = compare(actor, verify_database(actor, root=_hash(known)))
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
