"""What befalls a journal: personal data is erased, keys change or are lost, backups restored."""

from __future__ import annotations

from uuid import UUID

from arrears.journal import keys
from arrears.journal.actions import statements
from arrears.journal.actions.record import record
from arrears.journal.models import JournalEntry, JournalPersonal, JournalStatement
from arrears.journal.streams import named, of_house
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.store.transactions import At

KEYS, KEYS_TOPIC = "journal.keys", "journal"


def erase(at: At, entry_id: UUID, reason: str) -> None:
    """Erase the personal data of an entry; the entry stays, and so does the chain.

    Raises
    ------
    NotFound
        If no entry has this id.
    Conflict
        If it has no personal data, or not any more.
    """
    at.actor.require("journal.erase")
    reason = _reason(reason)
    entry = JournalEntry.objects.filter(id=entry_id).first()
    if entry is None:
        raise NotFound("there is no such journal entry", key=str(entry_id))
    erased, _ = JournalPersonal.objects.filter(entry_id=entry_id).delete()
    if not erased:
        raise Conflict(
            "this entry has no personal data that could be erased",
            expected="an entry with personal data that is not erased yet",
            found="none" if entry.personal_sha256 is None else "already erased",
            key=str(entry_id),
        )
    record(at, named(entry.stream), "journal.erased", {"entry": str(entry_id), "reason": reason})


def new_key(at: At) -> str:
    """Make the first key of the journal; returns its id.

    Raises
    ------
    Conflict
        If the journal has a key.
    """
    at.actor.require(KEYS)
    last = statements.newest()
    if last is not None:
        raise Conflict(
            "the journal has a key already",
            expected="a journal without a key",
            found=statements.in_force(last),
            remedy="`arrears journal key rotate` changes it; if it is lost,"
            " `arrears journal key new --lost REASON`",
        )
    return _put_on_record(at, statements.first(at), "made").key_id


def rotate_key(at: At) -> str:
    """Change the key: the old one signs the new one's beginning; returns the new one's id.

    Raises
    ------
    ConfigError
        If the old key is lost.
    """
    at.actor.require(KEYS)
    last = statements.newest() or statements.first(at)
    old, new = statements.key_in_force(last), keys.make()
    made = statements.add(at, last, old, "rotation", {"public_key": new.public.hex()})
    _put_on_record(at, made, "rotated")
    return new.id


def replace_lost_key(at: At, reason: str) -> str:
    """Go on with a new key although the old one is lost; every verifier will say so, loudly.

    Raises
    ------
    Conflict
        If there is no key that could be lost, or it is there.
    """
    at.actor.require(KEYS)
    reason, last = _reason(reason), statements.newest()
    if last is None or statements.in_force(last) in keys.present():
        raise Conflict(
            "no key of the journal is lost",
            expected="a key in force whose file is gone",
            found="no key yet" if last is None else statements.in_force(last),
            remedy="`arrears journal key new` makes the first one, `key rotate` the next",
        )
    new = keys.make()
    made = statements.add(
        at, last, new, "lost",
        {"public_key": new.public.hex(), "lost": statements.in_force(last), "reason": reason},
    )  # fmt: skip
    _put_on_record(at, made, "lost")
    return new.id


def restored(at: At, source: str, reason: str) -> int:
    """State, signed, that the journal goes on after a restore; returns the statement's number.

    Parameters
    ----------
    source
        Which backup, and of when: what a reader can compare with what they hold.
    """
    at.actor.require(KEYS)
    source, reason = _reason(source), _reason(reason)
    last = statements.newest() or statements.first(at)
    made = statements.add(
        at, last, statements.key_in_force(last), "restored", {"source": source, "reason": reason}
    )
    data = {"statement": made.number, "source": source, "reason": reason}
    record(at, of_house(KEYS_TOPIC), "journal.restored", data)
    return made.number


def _put_on_record(at: At, statement: JournalStatement, what: str) -> JournalStatement:
    data = {"statement": statement.number, "key": statements.in_force(statement)}
    record(at, of_house(KEYS_TOPIC), f"journal.key_{what}", data)
    return statement


def _reason(text: str) -> str:
    if not text.strip() or len(text) > 1000 or "\0" in text:
        raise BadInput("say why, for the record", expected="1 to 1,000 characters", found=text[:50])
    return text.strip()
