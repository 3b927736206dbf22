"""Reads of persons, staff and machine clients."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from arrears.kernel.errors import BadInput, NotFound
from arrears.people.access.may import exposure
from arrears.people.access.sight import Sight, sight
from arrears.people.access.table import TABLE
from arrears.people.models import MachineClient, Person, User
from arrears.people.organisations import scope_of
from arrears.people.roles import AGENCY_CLIENT_SCOPES, ROLES
from arrears.people.sealed import FIELDS, national_id_hashes, opened, phone_hash
from arrears.store import clock
from arrears.store.actor import LENDER, NOTHING, Actor
from arrears.store.pages import select
from arrears.store.transactions import transaction

MOST_FOUND: Final = 50


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as one actor sees them: what identifies is masked, unless the table says else.

    Parameters
    ----------
    birth_on
        As an ISO day; masked, its year only.
    masked
        The fields that are masked here and can be revealed.
    revealed
        The fields that were revealed to the actor, and until when.
    """

    id: UUID
    person_ref: str
    name: str | None
    address: str | None
    phone: str | None
    email: str | None
    national_id: str | None
    birth_on: str | None
    language: str | None
    jurisdiction: str
    time_zone: str | None
    latitude: float | None
    longitude: float | None
    masked: frozenset[str] = frozenset()
    revealed: Mapping[str, datetime] = field(default_factory=dict)


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
    organisation: str | None = None  # an agency's name; None: the lender's


def person(actor: Actor, person: UUID | str) -> PersonView:
    """One person, by id or by the lender's reference; needs ``people.read`` or ``cases.read``."""
    if "cases.read" not in actor.permissions:
        actor.require("people.read")
    with transaction(actor) as at:
        found = _person(person)
        seen = sight(at, found.id)
    return _seen(actor, found, seen)


def persons_found(
    actor: Actor, *, phone: str | None = None, national_id: str | None = None
) -> tuple[PersonView, ...]:
    """The persons of a phone number or national id, however it is written, 50 at most.

    Both given, both must fit. By a field that is hidden from the actor nobody is found. Needs
    ``people.read`` or ``cases.read``.

    Raises
    ------
    BadInput
        If neither is given, or what is given holds no number.
    """
    if "cases.read" not in actor.permissions:
        actor.require("people.read")
    by: dict[str, object] = {}
    if phone is not None and (hashed := phone_hash(phone)) is not None:
        by["phone_hmac"] = hashed
    if national_id is not None and (hashes := national_id_hashes(national_id)):
        by["national_id_hmac__in"] = hashes
    if len(by) != (phone is not None) + (national_id is not None) or not by:
        raise BadInput(
            "there is no number to look for",
            expected="a phone number, a national id, or both",
            remedy="give one of them, whole",
        )
    asked = {"phone": phone, "national_id": national_id}
    if any(exposure(actor, name) == "hidden" for name, value in asked.items() if value is not None):
        return ()
    with transaction(actor) as at:
        rows = list(Person.objects.filter(**by).order_by("id")[:MOST_FOUND])
        return tuple(_seen(actor, found, sight(at, found.id)) for found in rows)


def _seen(actor: Actor, found: Person, seen: Sight) -> PersonView:
    born = found.birth_on.isoformat() if found.birth_on else None
    # What stays hidden is not even opened.
    given = {
        name: opened(found.person_ref, name, getattr(found, name))
        for name in FIELDS
        if exposure(actor, name) != "hidden"
    } | {"birth_on": born, "address": found.address}
    place = seen.shows("place")
    return PersonView(
        id=found.id,
        person_ref=found.person_ref,
        name=seen.text("name", found.name),
        **{name: seen.text(name, given.get(name)) for name in (*FIELDS, "birth_on", "address")},
        language=found.language,
        jurisdiction=found.jurisdiction,
        time_zone=found.time_zone,
        latitude=found.latitude if place else None,
        longitude=found.longitude if place else None,
        masked=seen.masked(name for name, value in given.items() if value),
        revealed={name: end for name, end in seen.revealed.items() if given.get(name)},
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
        ClientView(
            c.id,
            c.name,
            tuple(c.scopes),
            c.created_at,
            c.revoked_at,
            c.organisation.name if c.organisation is not None else None,
        )
        for c in MachineClient.objects.select_related("organisation").order_by("name")[:500]
    )


def staff_actor(user: User) -> Actor:
    """The actor that a signed-in member of staff is.

    One who is inactive or has left, whose role the access table does not know, or whose role is
    of another house than their employer, may and sees nothing. Whoever is not in the register of
    staff is taken to be of the lender.
    """
    nobody = Actor("staff", str(user.pk))
    role = TABLE.roles.get(user.role)
    if not user.is_active or role is None:
        return nobody
    employer = select(_EMPLOYER, [user.pk])
    if not employer:
        scope = LENDER if role.of == "lender" else NOTHING
    elif employer[0]["kind"] != role.of or _has_left(employer[0]["left_on"]):
        return nobody
    else:
        scope = scope_of(employer[0]["organisation_id"])
    if scope == NOTHING:
        return nobody
    return Actor("staff", str(user.pk), scope, ROLES[user.role], user.role)


_EMPLOYER = "SELECT organisation_id, kind, left_on FROM access_employer(%s)"


def _has_left(left_on: date | None) -> bool:
    return left_on is not None and left_on <= clock.business_day()


def authenticate_client(secret: str) -> Actor | None:
    """The machine client whose secret this is; None if there is none or it was revoked.

    One of an agency stands in its scope, and is out with it.
    """
    digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
    known = MachineClient.objects.select_related("organisation")
    client = known.filter(secret_sha256=digest, revoked_at=None).first()
    if client is None:
        return None
    agency = client.organisation
    if agency is None:
        return Actor("machine", str(client.id), LENDER, frozenset(client.scopes))
    if agency.state == "ended":
        return None
    scopes = AGENCY_CLIENT_SCOPES & frozenset(client.scopes)
    return Actor("machine", str(client.id), scope_of(agency.id), scopes)
