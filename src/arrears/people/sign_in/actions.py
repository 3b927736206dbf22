"""The only writers of sessions, failed tries and what the door knows of a user."""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db import connection
from django.db.models import QuerySet

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import NotFound
from arrears.kernel.ids import uuid7
from arrears.people.models import User
from arrears.people.sign_in.models import Account, Session
from arrears.people.sign_in.rules import PAUSE, SEEN_EVERY, End
from arrears.store.actor import Actor, system
from arrears.store.transactions import At, transaction

DOOR = system("sign-in")


def open_session(user: User, *, method: str, enrolling: bool, address: str, browser: str) -> UUID:
    """Put a sign-in on record and let the session begin.

    Parameters
    ----------
    method
        How the person showed who they are: ``password+totp``, ``passkey``, ``oidc`` …
    enrolling
        The session may do no more than set up a second factor.
    """
    with transaction(DOOR) as at:
        session = Session.objects.create(
            id=uuid7(at.now),
            user=user,
            role=user.role,
            method=method,
            enrolling=enrolling,
            address=address[:45],
            browser=browser[:200],
            began_at=at.now,
            seen_at=at.now,
        )
        told = {"user": user.pk, "session": str(session.id), "method": method}
        record(at, of_house(f"sign-in {user.pk}"), "people.signed_in", told)
    return session.id


def seen(session_id: UUID, now: datetime) -> None:
    """Note that a session is in use, once a minute at most."""
    Session.objects.filter(id=session_id, seen_at__lt=now - SEEN_EVERY).update(seen_at=now)


def enrolled(session_id: UUID) -> None:
    """A second factor is set up: the session may do what the role may."""
    with transaction(DOOR) as at:
        session = Session.objects.select_for_update().get(id=session_id)
        if session.enrolling:
            session.enrolling = False
            session.save(update_fields=["enrolling"])
            record(
                at, of_house(f"sign-in {session.user_id}"), "people.session_enrolled",
                {"user": session.user_id, "session": str(session.id)},
            )  # fmt: skip


def close_session(session_id: UUID, why: End) -> None:
    """End a session for a reason of its own: signed out, too long, its role changed."""
    with transaction(DOOR) as at:
        _end(at, Session.objects.filter(id=session_id), why)


def end_session(actor: Actor, session_id: UUID) -> None:
    """End a session: one's own, or anybody's with ``sessions.end``; at its next request.

    Raises
    ------
    NotFound
        If there is no such session that the actor may end.
    """
    with transaction(actor) as at:
        found = Session.objects.filter(id=session_id)
        if "sessions.end" not in actor.permissions and actor.kind != "system":
            found = found.filter(user_id=int(actor.ref))
        if not found.exists():
            raise NotFound("there is no such session", key=session_id)
        _end(at, found, "ended")


def end_sessions_of(actor: Actor, user_id: int, but: UUID | None = None) -> int:
    """End all sessions of somebody, of oneself or with ``sessions.end``; returns how many.

    Parameters
    ----------
    but
        The session that goes on: one's own.
    """
    if actor.name != f"staff:{user_id}":
        actor.require("sessions.end")
    with transaction(actor) as at:
        return shut(at, user_id, "ended", but)


def shut(at: At, user_id: int, why: End, but: UUID | None = None) -> int:
    """End all sessions of a user in the transaction of what ends them; returns how many.

    For whoever shuts a person out, changes a role or a password.
    """
    theirs = Session.objects.filter(user_id=user_id)
    return _end(at, theirs.exclude(id=but) if but else theirs, why)


def _end(at: At, sessions: QuerySet[Session], why: End) -> int:
    ended = list(sessions.filter(ended_at=None).select_for_update().order_by("id"))
    for session in ended:
        session.ended_at, session.ended_why = at.now, why
        session.save(update_fields=["ended_at", "ended_why"])
        told = {"user": session.user_id, "session": str(session.id), "why": why}
        record(at, of_house(f"sign-in {session.user_id}"), "people.session_ended", told)
    return len(ended)


def reset_second_factor(actor: Actor, username: str) -> None:
    """Take away all second factors of somebody who lost them; all their sessions end.

    At the next sign-in they set up a new one.

    Raises
    ------
    NotFound
        If there is no such user.
    """
    actor.require("sessions.end")
    with transaction(actor) as at:
        user = User.objects.select_for_update().filter(username__iexact=username).first()
        if user is None:
            raise NotFound("there is no such user", key=username)
        count, _ = Authenticator.objects.filter(user=user).delete()
        record(
            at, of_house(f"sign-in {user.pk}"), "people.second_factor_reset",
            {"user": user.pk, "factors": count},
        )  # fmt: skip
        shut(at, user.pk, "factor_reset")


def note_factor(at: At, user_id: int, change: str) -> None:
    """Put a change of somebody's own second factor on record: added, removed, codes made."""
    record(at, of_house(f"sign-in {user_id}"), f"people.second_factor_{change}", {"user": user_id})


def note_account(
    at: At, user: User, *, demo: bool | None = None, external_id: str | None = None
) -> Account:
    """Write down what the door knows of a user; what is not given stays."""
    account = Account.objects.filter(user=user).first() or Account(user=user)
    if demo is not None:
        account.demo = demo
    if external_id is not None:
        account.external_id = external_id
    account.changed_at = at.now
    account.save()
    return account


_TAKE = """
INSERT INTO sign_in_tries AS t (key_sha256, count, until_at) VALUES (%(key)s, 1, %(until)s)
ON CONFLICT (key_sha256) DO UPDATE SET
  count = CASE WHEN t.until_at <= %(now)s THEN 1 ELSE t.count + 1 END,
  until_at = CASE WHEN t.until_at <= %(now)s THEN %(until)s ELSE t.until_at END
RETURNING count
"""


def take_try(key: str, limit: int, now: datetime) -> bool:
    """Count a try before it is looked at; False once there were more than ``limit`` of them.

    Counted first, in one statement: many tries at once cannot pass the limit together.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, {"key": _hashed(key), "now": now, "until": now + PAUSE})
        (count,) = cursor.fetchone() or (limit + 1,)
    return int(count) <= limit


def forgive(key: str) -> None:
    """A try succeeded: those before it are forgotten."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sign_in_tries WHERE key_sha256 = %s", [_hashed(key)])


def give_back(key: str) -> None:
    """A try succeeded: it alone is not counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE sign_in_tries SET count = count - 1 WHERE key_sha256 = %s AND count > 0",
            [_hashed(key)],
        )


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
