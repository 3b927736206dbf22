"""Reads of sessions and of what the door knows of a user."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import F

from arrears.people.models import User
from arrears.people.sign_in.models import Account, Session
from arrears.people.sign_in.rules import Standing, needs_second_factor
from arrears.store.actor import Actor

MOST = 500  # sessions shown at once
STRONG = ("totp", "webauthn")


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session that lasts, or lasted until it was ended."""

    id: UUID
    user_id: int
    username: str
    display_name: str
    role: str
    method: str
    address: str
    browser: str
    began_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Met:
    """What the door asks of a session at every request."""

    standing: Standing
    enrolling: bool


def own_sessions(actor: Actor) -> tuple[SessionView, ...]:
    """The acting member of staff's sessions that were not ended, newest first."""
    return _views(user_id=int(actor.ref))


def all_sessions(actor: Actor) -> tuple[SessionView, ...]:
    """Everybody's sessions that were not ended, newest first, 500 at most; ``sessions.end``."""
    actor.require("sessions.end")
    return _views()


def _views(**which: int) -> tuple[SessionView, ...]:
    rows = (
        Session.objects.filter(ended_at=None, **which)
        .order_by("-began_at", "-id")
        .values(
            "id", "user_id", "role", "method", "address", "browser", "began_at", "seen_at",
            username=F("user__username"), display_name=F("user__display_name"),
        )[:MOST]
    )  # fmt: skip
    return tuple(SessionView(**row) for row in rows)


def met(session_id: UUID, user: User) -> Met | None:
    """The session as it stands, if it is this user's."""
    found = Session.objects.filter(id=session_id, user_id=user.pk).first()
    if found is None:
        return None
    standing = Standing(
        began_at=found.began_at,
        seen_at=found.seen_at,
        ended=found.ended_at is not None,
        role_then=found.role,
        role_now=user.role,
        is_active=user.is_active,
    )
    return Met(standing, found.enrolling)


def has_second_factor(user_id: int) -> bool:
    """Whether the user set up an authenticator app or a passkey."""
    return bool(Authenticator.objects.filter(user_id=user_id, type__in=STRONG).exists())


def must_have_second_factor(user: User, *, simulated: bool) -> bool:
    """Whether the user's role demands one, in this book."""
    demo = Account.objects.filter(user_id=user.pk, demo=True).exists()
    return needs_second_factor(user.role, demo=demo, simulated=simulated)
