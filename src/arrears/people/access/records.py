"""Entries of the journal as the access table lets a reader see them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final
from uuid import UUID

from arrears.journal.queries import EntryView
from arrears.people.access.masks import COVERED
from arrears.people.access.sight import Sight, sight
from arrears.people.models import Person
from arrears.people.sealed import FIELDS, opened
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

WORDS: Final = "words_on_record"
_IDENTITY: Final = ("national_id", "phone", "email", "address", "birth_on")
_SUBSCRIBER_DIGITS: Final = 11  # of a mobile number in China; longer ones bear a country code


def entry_seen(actor: Actor, entry: EntryView, person_id: UUID | None) -> EntryView:
    """An entry for a reader: words kept with it by the table, identity in them masked.

    Parameters
    ----------
    person_id
        Whom the entry is about, if anybody: what identifies them is looked for in its text.
    """
    if entry.personal is None and person_id is None:
        return entry
    with transaction(actor) as at:
        person = Person.objects.filter(id=person_id).first() if person_id else None
        seen = sight(at, person.id) if person else Sight(actor, {})
    return replace(
        entry,
        data=_swapped(entry.data, _pairs(seen, person) if person else []),
        personal=words_seen(seen, entry.personal, person),
    )


def words_seen(
    seen: Sight, personal: dict[str, Any] | None, person: Person | None
) -> dict[str, Any] | None:
    """What is kept with an entry beside its data: with identity masked, or all of it covered."""
    if personal is None:
        return None
    if not seen.shows(WORDS):
        return {name: COVERED for name, value in personal.items() if value is not None}
    found: dict[str, Any] = _swapped(personal, _pairs(seen, person) if person else [])
    return found


def _pairs(seen: Sight, person: Person) -> list[tuple[str, str]]:
    """What identifies the person and the reader does not see, with what is shown instead."""
    pairs = []
    for field in _IDENTITY:
        kept = getattr(person, field)
        if kept is None or kept == "" or seen.shows(field):
            continue
        text = opened(person.person_ref, field, kept) if field in FIELDS else str(kept)
        if not text:
            continue
        shown = seen.text(field, text) or COVERED
        pairs.append((text, shown))
        digits = re.sub(r"\D", "", text)
        if field == "phone" and len(digits) > _SUBSCRIBER_DIGITS:
            pairs.append((digits[-_SUBSCRIBER_DIGITS:], shown))
    return pairs


def _swapped(told: Any, pairs: list[tuple[str, str]]) -> Any:
    if isinstance(told, str):
        for raw, shown in pairs:
            told = told.replace(raw, shown)
        return told
    if isinstance(told, dict):
        return {name: _swapped(value, pairs) for name, value in told.items()}
    if isinstance(told, list):
        return [_swapped(value, pairs) for value in told]
    return told
