"""The only writers of staff and machine clients (persons are written by the loan book)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.models import MachineClient, User
from arrears.people.roles import CLIENT_SCOPES, ROLES
from arrears.store.actor import Actor, system
from arrears.store.transactions import transaction

SECRET_PREFIX = "arr_"
STAFF = of_house("staff")
LANGUAGES = ("en", "zh-hans")


@dataclass(frozen=True, slots=True)
class NewClient:
    """A machine client just made; its secret is told here and never again."""

    id: UUID
    name: str
    secret: str


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A sign-in of the simulated town."""

    username: str
    password: str
    role: str


def create_user(
    actor: Actor,
    username: str,
    display_name: str,
    role: str,
    password: str,
    language: str = "zh-hans",
) -> int:
    """Make a member of staff who signs in to the console; returns the id.

    Raises
    ------
    BadInput
        If the role or language is unknown, a name is empty, or the password too weak.
    Conflict
        If the user name is taken, whatever its case.
    """
    actor.require("staff.manage")
    if role not in ROLES:
        raise BadInput("there is no such role", expected=", ".join(ROLES), found=role)
    if language not in LANGUAGES:
        raise BadInput("there is no such language", expected=", ".join(LANGUAGES), found=language)
    if not username.strip() or not display_name.strip() or len(username) > 150:
        raise BadInput(
            "a member of staff needs a user name and a name",
            expected="1 to 150 characters",
            found=repr(username[:150]),
        )
    user = User(username=username, display_name=display_name, role=role, language=language)
    _set_password(user, password)
    try:
        with transaction(actor) as at:
            if User.objects.filter(username__iexact=username).exists():
                raise IntegrityError
            user.created_at = at.now
            user.save(force_insert=True)
            record(at, STAFF, "people.user_made", {"user": user.pk, "role": role})
    except IntegrityError as error:
        raise Conflict(
            "the user name is taken", found=username, remedy="choose another", key=username
        ) from error
    return int(user.pk)


def set_password(actor: Actor, username: str, password: str) -> None:
    """Give a member of staff a new password; sessions with the old one end.

    Raises
    ------
    NotFound
        If there is no such user.
    BadInput
        If the password is too weak.
    """
    actor.require("staff.manage")
    with transaction(actor) as at:
        user = _locked(username)
        _set_password(user, password)
        user.save(update_fields=["password"])
        record(at, STAFF, "people.password_set", {"user": user.pk})


def set_active(actor: Actor, username: str, active: bool) -> None:
    """Let a member of staff sign in, or no longer."""
    actor.require("staff.manage")
    with transaction(actor) as at:
        user = _locked(username)
        user.is_active = active
        user.save(update_fields=["is_active"])
        record(at, STAFF, "people.user_active" if active else "people.user_shut", {"user": user.pk})


def _locked(username: str) -> User:
    user = User.objects.select_for_update().filter(username__iexact=username).first()
    if user is None:
        raise NotFound("there is no such user", key=username)
    return user


def note_sign_in(user_id: int | None, outcome: Literal["signed_in", "refused"]) -> None:
    """Put a try to sign in on record.

    Parameters
    ----------
    user_id
        Whose name was given; None if nobody has it.
    """
    with transaction(system("sign-in")) as at:
        record(at, of_house(f"sign-in {user_id}"), f"people.{outcome}", {"user": user_id})


def set_language(actor: Actor, language: str) -> None:
    """Remember the language that the acting member of staff chose."""
    if language not in LANGUAGES:
        raise BadInput("there is no such language", expected=", ".join(LANGUAGES), found=language)
    with transaction(actor):
        User.objects.filter(pk=int(actor.ref)).update(language=language)


def ensure_demo_users(actor: Actor) -> tuple[DemoUser, ...]:
    """One sign-in for each role, for a simulated town only; the same on every call.

    The passwords follow from this installation's secret key, so that they can be shown again
    and are no use elsewhere.
    """
    actor.require("staff.manage")
    demo = tuple(DemoUser(role, _demo_password(role), role) for role in ROLES)
    with transaction(actor) as at:
        for each in demo:
            user = User.objects.filter(username=each.username).first() or User(
                username=each.username,
                display_name=each.role.capitalize(),
                role=each.role,
                created_at=at.now,
            )
            if not user.has_usable_password() or not user.check_password(each.password):
                user.set_password(each.password)
                user.save()
                record(at, STAFF, "people.demo_user_made", {"user": user.pk, "role": each.role})
    return demo


def create_client(actor: Actor, name: str, scopes: frozenset[str] | set[str]) -> NewClient:
    """Make a machine client; only a hash of its secret is kept.

    Raises
    ------
    BadInput
        If a scope is unknown, or there is none, or no name.
    Conflict
        If the name is taken.
    """
    actor.require("clients.manage")
    unknown = sorted(set(scopes) - CLIENT_SCOPES)
    if unknown or not scopes:
        raise BadInput(
            "a machine client needs scopes that there are",
            expected=", ".join(sorted(CLIENT_SCOPES)),
            found=", ".join(unknown) or "none",
        )
    if not 1 <= len(name.strip()) <= 100 or "\0" in name:
        raise BadInput(
            "a machine client needs a name",
            expected="1 to 100 characters, none of them NUL",
            found=repr(name[:100]),
        )
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    try:
        with transaction(actor) as at:
            client = MachineClient.objects.create(
                id=uuid7(at.now),
                name=name.strip(),
                secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
                scopes=sorted(scopes),
                created_at=at.now,
            )
            told = {"client": str(client.id), "scopes": client.scopes}
            record(at, STAFF, "people.client_made", told)
    except IntegrityError as error:
        raise Conflict("the name of the client is taken", found=name, key=name) from error
    return NewClient(client.id, client.name, secret)


def revoke_client(actor: Actor, client_id: UUID) -> None:
    """Shut out a machine client for good, from its next request on.

    Raises
    ------
    NotFound
        If there is no such client.
    """
    actor.require("clients.manage")
    with transaction(actor) as at:
        client = MachineClient.objects.select_for_update().filter(id=client_id).first()
        if client is None:
            raise NotFound("there is no such machine client", key=client_id)
        if client.revoked_at is None:
            client.revoked_at = at.now
            client.save(update_fields=["revoked_at"])
            record(at, STAFF, "people.client_revoked", {"client": str(client.id)})


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise BadInput(
            "the password is too easy to guess",
            expected="eight characters or more that are no common password",
            found="; ".join(error.messages),
        ) from error
    user.set_password(password)


def _demo_password(role: str) -> str:
    digest = hmac.digest(settings.SECRET_KEY.encode(), f"demo sign-in {role}".encode(), "sha256")
    return "demo-" + base64.b32encode(digest[:8]).decode().rstrip("=").lower()
