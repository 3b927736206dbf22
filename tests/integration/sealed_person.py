"""A person of the book made straight in its table, sealed as a tape's persons are."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from arrears.people.models import Person
from arrears.people.sealed import FIELDS, seal_person
from arrears.store.sealed.keyed import key
from arrears.store.sealed.place import sealer


def create_person(person_ref: str, jurisdiction: str = "CN", **given: Any) -> Person:
    """Make a person; phone, e-mail and national id may be given as they are."""
    sealed = seal_person(sealer(), key(), person_ref, jurisdiction, given)
    plain = {name: value for name, value in given.items() if name not in FIELDS}
    return Person.objects.create(
        person_ref=person_ref, jurisdiction=jurisdiction, **{**sealed, **plain}
    )


def describe(person_id: UUID, **given: Any) -> None:
    """Let a person of the book have this phone, e-mail, national id … from now on."""
    person = Person.objects.get(id=person_id)
    sealed = seal_person(sealer(), key(), person.person_ref, person.jurisdiction, given)
    plain = {name: value for name, value in given.items() if name not in (*FIELDS, "extra")}
    Person.objects.filter(id=person_id).update(**{**sealed, **plain})
