"""How tests call the API: as a machine client of the lender's."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.test import Client

from arrears.api.application import build
from arrears.people.actions import create_client, revoke_client
from arrears.store.actor import system

_numbers = itertools.count(1)
NEW = object()


@dataclass
class Caller:
    """A machine client with some scopes."""

    id: str
    token: str
    http: Client = field(default_factory=Client)

    @classmethod
    def with_scopes(cls, *scopes: str, of: str = "lender") -> Caller:
        made = create_client(system("test"), f"client {next(_numbers)}", frozenset(scopes), of)
        return cls(str(made.id), made.secret)

    def revoke(self) -> None:
        revoke_client(system("test"), UUID(self.id))

    def get(self, path: str) -> Any:
        return self.http.get(f"/api/v1{path}", headers=self._headers())

    def post(self, path: str, body: object, key: object = NEW) -> Any:
        """Post JSON under an Idempotency-Key of its own, the one given, or (None) without."""
        return self.raw(path, json.dumps(body).encode(), "application/json", key=key)

    def raw(
        self,
        path: str,
        body: bytes,
        content_type: str,
        headers: dict[str, str] | None = None,
        key: object = NEW,
    ) -> Any:
        keyed = f"k-{next(_numbers)}" if key is NEW else key
        sent = self._headers() | (headers or {})
        if keyed is not None:
            sent["idempotency-key"] = str(keyed)
        return self.http.post(f"/api/v1{path}", data=body, content_type=content_type, headers=sent)

    def send(self, method: str, path: str, body: object) -> Any:
        return self.get(path) if method == "get" else self.post(path, body)

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token}"}


def operations() -> list[tuple[str, str, str | None]]:
    """Method, path and scope of every operation of version 1, as the schema's paths have them."""
    return sorted(
        (
            (method.lower(), re.sub(r"{\w+:", "{", path), operation.auth_callbacks[0].scope)
            for router in build()._get_bound_routers()
            for path, view in router.path_operations.items()
            for operation in view.operations
            for method in operation.methods
        ),
        key=str,
    )
