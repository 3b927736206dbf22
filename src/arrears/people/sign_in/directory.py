"""Joiners and leavers as the lender's directory tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import Final

import yaml
from django.conf import settings
from django.db.models import Q

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, ConfigError, Conflict, NotAllowed, NotFound
from arrears.people.models import User
from arrears.people.roles import ROLES
from arrears.people.sign_in.accounts import give_role, let_in
from arrears.people.sign_in.actions import note_account
from arrears.people.sign_in.models import Account
from arrears.store.actor import Actor
from arrears.store.transactions import At, transaction

STAFF = of_house("staff")
MANAGE: Final = "scim.manage"
LANGUAGES: Final = ("en", "zh-hans")


@dataclass(frozen=True, slots=True)
class Told:
    """What the directory says of a member of staff; None: it says nothing of this.

    Parameters
    ----------
    roles
        What the directory calls their roles; the first that is known decides.
    """

    username: str | None = None
    display_name: str | None = None
    external_id: str | None = None
    active: bool | None = None
    language: str | None = None
    roles: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A member of staff as the directory may see them."""

    id: int
    username: str
    display_name: str
    external_id: str | None
    active: bool
    language: str
    role: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Mapped:
    """``directory.yaml``: which role a word of the directory gives."""

    roles: Mapping[str, str]
    by_name: bool
    never: frozenset[str]

    def role(self, words: Sequence[str]) -> str | None:
        """The role of the first word that is known; None if none is."""
        for word in words:
            role = self.roles.get(word) or (word if self.by_name and word in ROLES else None)
            if role is not None and role not in self.never:
                return role
        return None


def mapped(text: str | None = None) -> Mapped:
    """The table of roles: the text, the installation's own file, or ours.

    Raises
    ------
    ConfigError
        If a key or a role is unknown.
    """
    own = settings.ARREARS.directory_roles
    source = files("arrears.people.sign_in").joinpath("directory.yaml") if own is None else own
    try:
        told = yaml.safe_load(source.read_text("utf-8") if text is None else text)
        roles, by_name, never = told["roles"], told["by_name"], told["never"]
        fits = set(told) == {"roles", "by_name", "never"} and isinstance(by_name, bool)
        unknown = sorted(set(map(str, roles.values())) - set(ROLES))
    except (OSError, yaml.YAMLError, TypeError, KeyError, AttributeError) as trouble:
        raise _unusable(str(trouble)[:200]) from trouble
    if not fits or unknown or not isinstance(never, list):
        raise _unusable(", ".join(unknown) or "another shape")
    return Mapped({str(key): str(role) for key, role in roles.items()}, by_name, frozenset(never))


def _unusable(found: str) -> ConfigError:
    return ConfigError(
        "the table of the directory's roles cannot be used",
        expected="roles: {…}, by_name: true or false, never: […], with roles that there are",
        found=found,
        remedy="correct directory.yaml, or the file that ARREARS_DIRECTORY_ROLES names",
    )


def known(actor: Actor, user_id: int) -> Known:
    """One member of staff; needs ``scim.manage``.

    Raises
    ------
    NotFound
        If there is no such user.
    """
    actor.require(MANAGE)
    found = _known(Q(pk=user_id))
    if not found:
        raise NotFound("there is no such user", key=user_id)
    return found[0]


def listed(
    actor: Actor,
    *,
    username: str | None = None,
    external_id: str | None = None,
    first: int = 0,
    count: int = 100,
) -> tuple[int, tuple[Known, ...]]:
    """How many there are, and those from ``first`` on, by id; needs ``scim.manage``."""
    actor.require(MANAGE)
    which = Q()
    if username is not None:
        which &= Q(username__iexact=username)
    if external_id is not None:
        which &= Q(account__external_id=external_id)
    return User.objects.filter(which).count(), _known(which, first, count)


def _known(which: Q, first: int = 0, count: int = 1) -> tuple[Known, ...]:
    users = User.objects.filter(which).select_related("account").order_by("pk")
    return tuple(_seen(user) for user in users[first : first + count])


def _seen(user: User) -> Known:
    account: Account | None = getattr(user, "account", None)
    return Known(
        id=user.pk,
        username=user.username,
        display_name=user.display_name,
        external_id=account.external_id if account else None,
        active=user.is_active,
        language=user.language,
        role=user.role,
        created_at=user.created_at,
        changed_at=account.changed_at if account else user.created_at,
    )


def join(actor: Actor, told: Told) -> Known:
    """Make a member of staff whom the directory names; they sign in at the lender's provider.

    Raises
    ------
    BadInput
        If a name is missing or none of the roles is known.
    Conflict
        If the user name or the external id is taken.
    """
    actor.require(MANAGE)
    role = mapped().role(told.roles or ())
    if role is None:
        raise BadInput(
            "none of the roles is one that a joiner can get",
            expected="roles with a value that directory.yaml maps",
            found=", ".join(told.roles or ()) or "no role",
            key="roles",
        )
    with transaction(actor) as at:
        name = _name("userName", told.username, 150)
        _require_free(at, name, told.external_id, None)
        user = User(
            username=name,
            display_name=_name("displayName", told.display_name or name, 200),
            role=role,
            language=_language(told.language or settings.ARREARS.language),
            is_active=told.active is not False,
            created_at=at.now,
        )
        user.set_unusable_password()
        user.save(force_insert=True)
        note_account(at, user, external_id=told.external_id)
        record(at, STAFF, "people.user_made", {"user": user.pk, "role": role})
    return known(actor, user.pk)


def change(actor: Actor, user_id: int, told: Told) -> Known:
    """Make a member of staff what the directory says; what is so already changes nothing.

    One who is no longer active is out at the next request.

    Raises
    ------
    NotFound, BadInput, Conflict, NotAllowed
        No such user; a name or role that cannot be; a name that is taken, or the last
        administrator; a role that the directory can neither give nor take.
    """
    actor.require(MANAGE)
    with transaction(actor) as at:
        user = User.objects.filter(pk=user_id).first()
        if user is None:
            raise NotFound("there is no such user", key=user_id)
        changed = _names(at, user, told)
        if told.roles is not None:
            changed |= _role(at, user, told.roles)
        if told.active is not None and told.active != user.is_active:
            let_in(at, user.pk, told.active)
            changed = True
        if changed:
            note_account(at, user, external_id=told.external_id)
    return known(actor, user_id)


def _names(at: At, user: User, told: Told) -> bool:
    username = _name("userName", told.username or user.username, 150)
    account = Account.objects.filter(user=user).first()
    _require_free(at, username, told.external_id, user.pk)
    found = User.objects.select_for_update().get(pk=user.pk)
    before = (found.username, found.display_name, found.language)
    found.username = username
    found.display_name = _name("displayName", told.display_name or found.display_name, 200)
    found.language = _language(told.language or found.language)
    named = (found.username, found.display_name, found.language) != before
    if named:
        found.save(update_fields=["username", "display_name", "language"])
        record(at, STAFF, "people.user_changed", {"user": user.pk})
    tied = account.external_id if account else None
    return named or (told.external_id is not None and told.external_id != tied)


def _role(at: At, user: User, words: Sequence[str]) -> bool:
    table = mapped()
    role = table.role(words)
    if user.role in words or role == user.role:
        return False
    if user.role in table.never:
        raise NotAllowed(
            "this role is given and taken in the house alone",
            expected=f"the role {user.role}, or none said",
            found=", ".join(words)[:200],
            remedy="ask an administrator",
        )
    if role is None:
        raise BadInput(
            "none of the roles is one that somebody can get",
            expected="roles with a value that directory.yaml maps",
            found=", ".join(words)[:200] or "no role",
            key="roles",
        )
    give_role(at, user.pk, role)
    return True


def _name(field: str, given: str | None, longest: int) -> str:
    text = (given or "").strip()
    if not text or len(text) > longest or any(ord(letter) < 32 for letter in text):
        raise BadInput(
            f"{field} cannot be used",
            expected=f"1 to {longest} characters, none of them a control character",
            found=repr(text[:80]),
            key=field,
        )
    return text


def _language(given: str) -> str:
    """Ours that is nearest: the directory may say ``zh-CN`` or ``en-GB``."""
    return "zh-hans" if given.lower().startswith("zh") else "en"


def _require_free(at: At, username: str, external_id: str | None, but: int | None) -> None:
    if external_id is not None and not 1 <= len(external_id) <= 200:
        raise BadInput(
            "externalId cannot be used",
            expected="1 to 200 characters",
            found=f"{len(external_id)}",
            key="externalId",
        )
    same = Q(username__iexact=username)
    if external_id is not None:
        same |= Q(account__external_id=external_id)
    others = User.objects.filter(same)
    if (others if but is None else others.exclude(pk=but)).exists():
        raise Conflict("the user name or the external id is taken", found=username, key="userName")
