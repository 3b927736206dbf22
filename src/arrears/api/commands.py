"""How a call carries out a command: once under its key, and says so when it is a repetition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

from django.http import HttpResponse
from ninja import Header

from arrears.store.actor import Actor
from arrears.store.commands import MAX_ID_LENGTH, Replayed

REPLAYED: Final = "Idempotent-Replayed"
# What the schema adds to an operation that carries out a command.
REPLAYABLE: Final[dict[str, Any]] = {
    "responses": {
        200: {
            "headers": {
                REPLAYED: {
                    "description": "true: the first result, of an earlier call with this key",
                    "schema": {"type": "string", "enum": ["true"]},
                }
            }
        }
    }
}

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=MAX_ID_LENGTH,
        pattern=r"^[\x21-\x7e]+$",
        description=(
            "Chosen by the client, unique among its commands (a UUID does well). The same key with"
            " the same request gives the first result again; with another request, 409."
        ),
    ),
]


def carry_out(
    command: Callable[..., dict[str, object]],
    actor: Actor,
    key: str,
    response: HttpResponse,
    /,
    **request: Any,
) -> dict[str, object]:
    """The command's result; the response is marked if it is that of an earlier call."""
    result = command(actor, key, **request)
    if isinstance(result, Replayed):
        response[REPLAYED] = "true"
    return result
