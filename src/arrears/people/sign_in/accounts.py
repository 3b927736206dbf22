"""Changes of a user's password, role and standing: whatever they end, ends with them."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.people.models import User
from arrears.people.roles import ROLES
from arrears.people.sign_in.actions import shut
from arrears.store.actor import Actor
from arrears.store.transactions import At, transaction

STAFF = of_house("staff")
TOP = "administrator"


def change_own_password(actor: Actor, password: str, session: UUID | None) -> User:
    """Give oneself a new password; all other sessions end.

    Parameters
    ----------
    session
        The session that goes on.

    Raises
    ------
    BadInput
        If the password is too easy to guess.
    """
    with transaction(actor) as at:
        user = User.objects.select_for_update().get(pk=int(actor.ref))
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise BadInput(
                "the password is too easy to guess", found=" ".join(error.messages)
            ) from error
        user.set_password(password)
        user.save(update_fields=["password"])
        record(at, STAFF, "people.password_set", {"user": user.pk})
        shut(at, user.pk, "password", but=session)
    return user


def set_role(actor: Actor, username: str, role: str) -> None:
    """Give a member of staff another role; their sessions end.

    Raises
    ------
    BadInput
        If there is no such role.
    NotFound
        If there is no such user.
    Conflict
        If it would leave no administrator.
    """
    actor.require("staff.manage")
    if role not in ROLES:
        raise BadInput("there is no such role", expected=", ".join(ROLES), found=role[:80])
    with transaction(actor) as at:
        user = User.objects.filter(username__iexact=username).first()
        if user is None:
            raise NotFound("there is no such user", key=username)
        give_role(at, user.pk, role)


def give_role(at: At, user_id: int, role: str) -> None:
    """The same, in a transaction that stands; of the same role it does nothing."""
    require_administrator_besides(at, user_id if role != TOP else None)
    user = User.objects.select_for_update().get(pk=user_id)
    if user.role == role:
        return
    before, user.role = user.role, role
    user.save(update_fields=["role"])
    record(at, STAFF, "people.role_set", {"user": user.pk, "from": before, "role": role})
    shut(at, user.pk, "role_changed")


def let_in(at: At, user_id: int, active: bool) -> None:
    """Let a user sign in, or no longer: then all their sessions end. The same again does nothing.

    Raises
    ------
    Conflict
        If it would leave no administrator.
    """
    require_administrator_besides(at, None if active else user_id)
    user = User.objects.select_for_update().get(pk=user_id)
    if user.is_active == active:
        return
    user.is_active = active
    user.save(update_fields=["is_active"])
    record(at, STAFF, "people.user_active" if active else "people.user_shut", {"user": user.pk})
    if not active:
        shut(at, user.pk, "shut_out")


def require_administrator_besides(at: At, user_id: int | None) -> None:
    """Refuse what would leave nobody to administer the house.

    Locks the administrators, so that two at once cannot each see the other stay.

    Parameters
    ----------
    user_id
        Who is about to stop being one; None: nobody, and nothing is looked at.
    """
    if user_id is None:
        return
    active = User.objects.filter(role=TOP, is_active=True).select_for_update().order_by("pk")
    found = [user.pk for user in active]
    if found == [user_id]:
        raise Conflict(
            "this is the last administrator",
            expected="another active administrator",
            found="none",
            remedy="make another administrator first",
            key=user_id,
        )
