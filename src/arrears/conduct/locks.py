"""The locks of conduct: the person's budget, and the moment at which a stop switch falls."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.db import connection

from arrears.kernel.errors import ConfigError, NotFound
from arrears.kernel.ids import named
from arrears.people.models import Person
from arrears.store.sealed.keyed import Key, key
from arrears.store.transactions import At

SWITCHES: Final = 4_119_721

_LOCK: Final = "SELECT subject_id, key_sha256 FROM conduct_lock(%s, %s)"


def lock_subject(at: At, person_id: UUID) -> UUID:
    """Lock the budget that a person shares until the transaction ends; returns its subject.

    Whoever gates also shares the lock that a stop switch takes alone: once a switch has fallen,
    no act that was decided before it is still on its way.

    Raises
    ------
    NotFound
        If there is no such person.
    """
    for known in (False, True):
        with connection.cursor() as cursor:
            cursor.execute(_LOCK, [person_id, SWITCHES])
            found = cursor.fetchone()
        if found is not None:
            require_same_key(found[1])
            subject_id: UUID = found[0]
            return subject_id
        if not known:
            make_standing(at, person_id)
    raise AssertionError("a person who has a standing has a subject")


def lock_switches() -> None:
    """Wait until no act that was decided is still on its way, and let none pass meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SWITCHES])


def make_standing(at: At, person_id: UUID) -> None:
    """Give a person their row and their subject, if they have none yet."""
    person = Person.objects.filter(id=person_id).values("national_id_hmac").first()
    if person is None:
        raise NotFound("there is no such person", key=person_id)
    keep_key(at)
    hashed = person["national_id_hmac"]
    subject_id = named("subject", hashed or str(person_id))
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO conduct_subject (id, id_hmac, made_at) VALUES (%s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [subject_id, hashed, at.now],
        )
        cursor.execute(
            "INSERT INTO conduct_standing (person_id, subject_id, id_hmac, pinned, in_charge,"
            " active_plan, plan_prepared, attorney_released, updated_at)"
            " VALUES (%s, %s, %s, false, 'lender', false, false, false, %s)"
            " ON CONFLICT DO NOTHING",
            [person_id, subject_id, hashed, at.now],
        )


def keep_key(at: At) -> Key:
    """The installation's key, its digest on record from its first use on.

    Raises
    ------
    ConfigError
        If the budgets were made with another key.
    """
    chosen = key()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO conduct_house (id, observing, key_sha256) VALUES (1, true, %s)"
            " ON CONFLICT (id) DO UPDATE SET key_sha256 = excluded.key_sha256"
            " WHERE conduct_house.key_sha256 IS NULL",
            [chosen.sha256],
        )
        cursor.execute("SELECT key_sha256 FROM conduct_house WHERE id = 1")
        require_same_key(cursor.fetchone()[0])
    return chosen


def require_same_key(sha256: str | None) -> None:
    if sha256 is not None and sha256 != key().sha256:
        raise ConfigError(
            "the key of the contact budgets is not the one that made them",
            expected=f"a key with the digest {sha256[:16]}…",
            found=f"{key().sha256[:16]}…",
            remedy="put back secrets/budget from the backup of the keys: with another key every"
            " person would get a second budget",
        )
