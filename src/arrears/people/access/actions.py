"""The only writers of what was revealed, and of who looked."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import connection

from arrears.journal.actions import Entry, of_person, record, record_many
from arrears.kernel.errors import BadInput, Conflict, NotAllowed, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.access.may import exposure
from arrears.people.access.models import Reveal
from arrears.people.access.rules import REASON_LENGTH, SUBJECTS, until_at
from arrears.people.access.table import TABLE
from arrears.people.models import Person
from arrears.store.actor import Actor
from arrears.store.commands import Result, command
from arrears.store.transactions import At, transaction

READ: Final = "people.read"
REVEALED: Final = "people.revealed"


@command("person.reveal", permission="people.reveal")
def reveal(at: At, *, person_id: UUID, field: str, reason: str) -> Result:
    """Show one masked field of a person to who asks, for some minutes.

    It goes on record in the person's stream and counts against the asker's limit of the day.
    Returns ``{"reveal": id, "until_at": …, "left_today": n}``.

    Raises
    ------
    BadInput
        If there is no such field, it is not masked for the asker, or the reason is too short.
    NotFound
        If there is no such person, or none that the asker may see.
    NotAllowed
        If the table hides the field from the asker.
    Conflict
        If the limit of the day is reached.
    """
    _require_masked(at.actor, field)
    why = reason.replace("\0", "").strip()
    if len(why) < REASON_LENGTH or len(why) > 1000:
        raise BadInput(
            "a reveal needs a reason that others can follow",
            expected=f"{REASON_LENGTH} to 1000 characters",
            found=f"{len(why)} characters",
        )
    if not Person.objects.filter(id=person_id).exists():
        raise NotFound("there is no such person", key=person_id)
    left = _left_after_this(at)
    made = Reveal.objects.create(
        id=uuid7(at.now),
        person_id=person_id,
        field=field,
        actor=at.actor.name,
        revealed_on=at.today,
        revealed_at=at.now,
        until_at=until_at(at.now, TABLE.reveal_minutes),
    )
    told = {**_who(at.actor), "field": field, "minutes": TABLE.reveal_minutes}
    record(at, of_person(person_id), REVEALED, told, personal={"reason": why})
    return {"reveal": made.id, "until_at": made.until_at, "left_today": left}


def _require_masked(actor: Actor, field: str) -> None:
    seen = exposure(actor, field)
    if field not in TABLE.fields or seen == "shown":
        raise BadInput(
            "there is nothing to reveal",
            expected="a field that is masked: "
            + ", ".join(name for name in TABLE.fields if exposure(actor, name) == "masked"),
            found=field[:50],
        )
    if seen == "hidden":
        raise NotAllowed(
            "this field is not for your role",
            expected="a field that is masked, not hidden",
            found=field,
            remedy="ask somebody whose work needs it",
        )


def _left_after_this(at: At) -> int:
    """How many more reveals the actor has today after the one under way."""
    with connection.cursor() as cursor:
        # Two requests of one person at once: the second waits, and counts the first.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 11))", [at.actor.name])
    limit = TABLE.reveals_a_day.get(at.actor.role, 0)
    used: int = Reveal.objects.filter(actor=at.actor.name, revealed_on=at.today).count()
    if used >= limit:
        raise Conflict(
            "the reveals of today are used up",
            expected=f"{limit} a day at most for the role {at.actor.role or '(none)'}",
            found=f"{used} today",
            remedy="go on tomorrow, or let your team lead look",
        )
    return limit - used - 1


def note_read(actor: Actor, person_id: UUID, what: str) -> None:
    """Put on record, in the person's stream, that a human looked at their data.

    Called once a page view, before the page is shown: what cannot be put on record is not
    shown. Programs and the system leave no such entry: what they do is on record as such.

    Parameters
    ----------
    what
        One of :data:`~arrears.people.access.rules.SUBJECTS`.
    """
    if what not in SUBJECTS:
        raise ValueError(f"there is no subject {what!r} of a read")
    if actor.kind != "staff":
        return
    with transaction(actor) as at:
        record(at, of_person(person_id), READ, {**_who(actor), "what": what})


def note_exported(at: At, person_ids: Iterable[UUID], export_id: UUID) -> None:
    """Put on record, in each person's stream, that their row left in an export."""
    data = {**_who(at.actor), "what": "export", "export": str(export_id)}
    record_many(at, [Entry(of_person(each), READ, data) for each in dict.fromkeys(person_ids)])


def _who(actor: Actor) -> dict[str, str]:
    """Beside the entry's own actor: in which role, and for whom."""
    return {"role": actor.role, "scope": actor.scope}
