"""Who calls: a machine client, known by its token, within the scopes it was granted."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from arrears.api import bodies
from arrears.api.problems import BadFields, Unauthenticated, field_error
from arrears.people.access import require_any
from arrears.people.queries import authenticate_client
from arrears.store.actor import Actor

TOKEN_MAX = 200  # characters; ours have fewer


class ClientToken(HttpBearer):
    """Lets a client in by its bearer token, if one of its scopes is the one needed.

    In this order, so that strangers learn nothing: the token, the scope, then size and kind of
    the body.

    Parameters
    ----------
    scope
        Of ``people.roles.CLIENT_SCOPES``; None: any client may call.
    """

    def __init__(self, scope: str | None) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Actor:
        actor = super().__call__(request)
        if not isinstance(actor, Actor):
            raise Unauthenticated(
                "the call bears no token that is known",
                expected="Authorization: Bearer arr_…",
                remedy="make a machine client in the console's settings and use its token",
            )
        if self.scope is not None:
            require_any(actor, [self.scope])
        bodies.check(request)
        return actor

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The client that the token belongs to, if it is not revoked."""
        if not token or len(token) > TOKEN_MAX or not token.isascii():
            return None
        return authenticate_client(token)


def caller(request: HttpRequest) -> Actor:
    """The client that was let in."""
    actor = request.auth  # type: ignore[attr-defined]
    assert isinstance(actor, Actor)
    return actor


def refuse_unknown_query(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuse a query parameter that the operation does not have: a filter misspelt filters nothing.

    One that is given twice is refused too, unless it is a list.
    """

    @wraps(view)
    def strict(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        operation = view._ninja_operation  # type: ignore[attr-defined]
        queries = [m for m in operation.models if m.__ninja_param_source__ == "query"]
        known = {name for model in queries for name in model.__ninja_flatten_map__}
        lists = {name for model in queries for name in model.__ninja_collection_fields__}
        errors = [
            field_error("query", [name], "unknown_parameter", "there is no such parameter")
            for name in sorted(set(request.GET) - known)
        ] + [
            field_error("query", [name], "repeated_parameter", "is given more than once")
            for name, values in sorted(request.GET.lists())
            if name in known - lists and len(values) > 1
        ]
        if errors:
            raise BadFields(errors)
        return view(request, *args, **kwargs)

    return strict
