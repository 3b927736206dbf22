"""Add a signed statement to the chain, one at a time."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Final

from django.db import connection

from arrears.journal import keys
from arrears.journal.entries import instant
from arrears.journal.keys import SealKey
from arrears.journal.models import JournalStatement
from arrears.journal.verifier.hashing import canonical, key_id
from arrears.journal.verifier.statements import STATEMENT_FORMAT, STATEMENTS_BEGIN
from arrears.store.transactions import At

_ONE_AT_A_TIME: Final = 4_119_712


def newest() -> JournalStatement | None:
    """The newest statement; whoever asks adds the next, so others wait until the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    return JournalStatement.objects.order_by("-number").first()


def key_in_force(last: JournalStatement) -> SealKey:
    """The private key that the next statement has to be signed with.

    Raises
    ------
    ConfigError
        If its file is lost or unfit.
    """
    return keys.load(in_force(last))


def in_force(last: JournalStatement) -> str:
    """The id of the key in force after a statement."""
    if last.kind != "rotation":
        return last.key_id
    return key_id(bytes.fromhex(json.loads(last.statement)["public_key"]))


def first(at: At) -> JournalStatement:
    """Make the first key and begin the chain with it."""
    key = keys.make()
    return add(at, None, key, "key", {"public_key": key.public.hex()})


def add(
    at: At,
    last: JournalStatement | None,
    key: SealKey,
    kind: str,
    members: dict[str, object],
    *,
    day: date | None = None,
    cut: int | None = None,
    count: int = 0,
    root: bytes | None = None,
) -> JournalStatement:
    """Sign a statement and add it after ``last``, which must come from :func:`newest`."""
    number = 1 if last is None else last.number + 1
    told = {
        "format": STATEMENT_FORMAT,
        "number": number,
        "kind": kind,
        "at": instant(at.now),
        "previous": STATEMENTS_BEGIN if last is None else bytes(last.sha256).hex(),
        "key": key.id,
        **members,
    }
    text = canonical(told)
    return JournalStatement.objects.create(
        number=number,
        kind=kind,
        at=at.now,
        day=day,
        cut=(0 if last is None else last.cut) if cut is None else cut,
        count=count,
        root=root,
        key_id=key.id,
        statement=text.decode(),
        sha256=hashlib.sha256(text).digest(),
        signature=key.sign(text),
    )
