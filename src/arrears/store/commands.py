"""Commands: carried out once, however often they arrive.

An action is a function of ``(at, **request)`` that is registered under a name::

    @command("loan.recall", permission="loans.recall")
    def recall(at: At, *, loan_ref: str, recalled_on: date, reason: str) -> dict[str, object]: ...

    recall(actor, command_id, loan_ref="L-1", recalled_on=day, reason="sold")

The same id again returns the first result; the same id with another request is refused (V9).
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Callable
from typing import Concatenate, ParamSpec

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from arrears.kernel.errors import BadInput, Conflict
from arrears.store.actor import Actor
from arrears.store.models import InboxEntry
from arrears.store.transactions import At, transaction

P = ParamSpec("P")
Result = dict[str, object]
MAX_ID_LENGTH = 150


class Replayed(dict[str, object]):
    """The first result of a command, returned to one who sent it again."""


def command(
    name: str, *, permission: str
) -> Callable[[Callable[Concatenate[At, P], Result]], Callable[Concatenate[Actor, str, P], Result]]:
    """Make an action a command: authorise, look in the inbox, carry out, remember the result.

    The result must be plain JSON; callers get it back as it was stored, so that the first call
    and every repetition return the same.
    """

    def register(
        act: Callable[Concatenate[At, P], Result],
    ) -> Callable[Concatenate[Actor, str, P], Result]:
        @functools.wraps(act)
        def once(actor: Actor, command_id: str, /, *args: P.args, **kwargs: P.kwargs) -> Result:
            actor.require(permission)
            if not command_id or len(command_id) > MAX_ID_LENGTH or "\0" in command_id:
                raise BadInput(
                    "a command needs an id of its own",
                    expected=f"1 to {MAX_ID_LENGTH} characters, none of them NUL",
                    found=f"{len(command_id)} characters",
                )
            digest = _digest(name, args, kwargs)
            # Two clients may choose the same id: it is unique for its sender only.
            key = f"{actor.name}/{command_id}"
            with transaction(actor) as at:
                _lock(key)
                first = InboxEntry.objects.filter(command_id=key).first()
                if first is not None:
                    return _first_result(first, name, digest, command_id)
                result: Result = json.loads(
                    json.dumps(act(at, *args, **kwargs), cls=DjangoJSONEncoder)
                )
                InboxEntry.objects.create(
                    command_id=key,
                    actor=actor.name,
                    command=name,
                    request_sha256=digest,
                    result=result,
                    received_at=at.now,
                )
                return result

        return once

    return register


def carried_out(actor: Actor, command_id: str) -> bool:
    """Whether the actor's command of this id was carried out already."""
    with transaction(actor):
        return InboxEntry.objects.filter(command_id=f"{actor.name}/{command_id}").exists()


def _digest(name: str, args: object, kwargs: object) -> str:
    text = json.dumps([name, args, kwargs], cls=DjangoJSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _lock(key: str) -> None:
    # Two copies of one command at once: the second waits here and then finds the first's result.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 7))", [key])


def _first_result(first: InboxEntry, name: str, digest: str, command_id: str) -> Result:
    if first.command != name or first.request_sha256 != digest:
        raise Conflict(
            "this command id was already used for another request",
            expected=f"the {first.command} first sent at {first.received_at:%Y-%m-%d %H:%M} UTC",
            found=f"another {name}",
            remedy="send the new request under an id of its own",
            key=command_id,
        )
    return Replayed(first.result)
