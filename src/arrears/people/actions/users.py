"""The only writers of those who sign in to the console."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.people.models import User
from arrears.people.roles import ROLES
from arrears.people.sign_in.accounts import let_in
from arrears.people.sign_in.actions import note_account, shut
from arrears.people.sign_in.models import Account
from arrears.store.actor import Actor, system
from arrears.store.transactions import transaction

STAFF = of_house("staff")
LANGUAGES = ("en", "zh-hans")


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
        shut(at, user.pk, "password")


def set_active(actor: Actor, username: str, active: bool) -> None:
    """Let a member of staff sign in, or no longer: then all their sessions end.

    Raises
    ------
    NotFound
        If there is no such user.
    Conflict
        If it would leave no administrator.
    """
    actor.require("staff.manage")
    with transaction(actor) as at:
        user = User.objects.filter(username__iexact=username).first()
        if user is None:
            raise NotFound("there is no such user", key=username)
        let_in(at, user.pk, active)


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
                display_name=each.role.replace("_", " ").capitalize(),
                role=each.role,
                created_at=at.now,
            )
            if not user.has_usable_password() or not user.check_password(each.password):
                user.set_password(each.password)
                user.save()
                record(at, STAFF, "people.demo_user_made", {"user": user.pk, "role": each.role})
            if not Account.objects.filter(user=user, demo=True).exists():
                note_account(at, user, demo=True)
    return demo


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
