"""Reads of persons, staff and machine clients."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from arrears.kernel.errors import NotFound
from arrears.people.models import MachineClient, Person, User
from arrears.people.roles import ROLES
from arrears.people.rules import masked, masked_email
from arrears.store.actor import LENDER, Actor
from arrears.store.transactions import transaction


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as screens show them: what identifies is masked."""

    id: UUID
    person_ref: str
    name: str | None
    address: str | None
    phone: str | None
    email: str | None
    national_id: str | None
    birth_on: date | None
    language: str | None
    jurisdiction: str
    time_zone: str | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff."""

    id: int
    username: str
    display_name: str
    role: str
    language: str
    is_active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ClientView:
    """A machine client; its secret is nowhere."""

    id: UUID
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None


def person(actor: Actor, person: UUID | str) -> PersonView:
    """One person, by id or by the lender's reference; needs ``people.read`` or ``cases.read``."""
    if "cases.read" not in actor.permissions:
        actor.require("people.read")
    with transaction(actor):
        found = _person(person)
    return PersonView(
        id=found.id,
        person_ref=found.person_ref,
        name=found.name,
        address=found.address,
        phone=masked(found.phone, 3, 4),
        email=masked_email(found.email),
        national_id=masked(found.national_id, 3, 2),
        birth_on=found.birth_on,
        language=found.language,
        jurisdiction=found.jurisdiction,
        time_zone=found.time_zone,
        latitude=found.latitude,
        longitude=found.longitude,
    )


def _person(person: UUID | str) -> Person:
    by = {"id": person} if isinstance(person, UUID) else {"person_ref": person}
    found = Person.objects.filter(**by).first()
    if found is None:
        raise NotFound("there is no such person", key=person)
    return found


def staff(actor: Actor) -> tuple[StaffView, ...]:
    """All members of staff by user name, 500 at most; needs ``staff.manage``."""
    actor.require("staff.manage")
    names = ("id", "username", "display_name", "role", "language", "is_active", "created_at")
    rows = User.objects.order_by("username").values(*names)[:500]
    return tuple(StaffView(**row) for row in rows)


def machine_clients(actor: Actor) -> tuple[ClientView, ...]:
    """All machine clients, revoked ones too, 500 at most; needs ``clients.manage``."""
    actor.require("clients.manage")
    return tuple(
        ClientView(c.id, c.name, tuple(c.scopes), c.created_at, c.revoked_at)
        for c in MachineClient.objects.order_by("name")[:500]
    )


def staff_actor(user: User) -> Actor:
    """The actor that a signed-in member of staff is; an inactive one may and sees nothing."""
    if not user.is_active:
        return Actor("staff", str(user.pk))
    return Actor("staff", str(user.pk), LENDER, ROLES[user.role])


def authenticate_client(secret: str) -> Actor | None:
    """The machine client whose secret this is; None if there is none or it was revoked."""
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    client = MachineClient.objects.filter(secret_sha256=digest, revoked_at=None).first()
    if client is None:
        return None
    return Actor("machine", str(client.id), LENDER, frozenset(client.scopes))
