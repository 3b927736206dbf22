"""The only writers of machine clients."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.actions.organisations import locked
from arrears.people.models import MachineClient, Organisation
from arrears.people.organisations import LENDER_REF
from arrears.people.roles import AGENCY_CLIENT_SCOPES, CLIENT_SCOPES
from arrears.store.actor import Actor
from arrears.store.transactions import At, transaction

SECRET_PREFIX = "arr_"
STAFF = of_house("staff")


@dataclass(frozen=True, slots=True)
class NewClient:
    """A machine client just made; its secret is told here and never again."""

    id: UUID
    name: str
    secret: str


def create_client(
    actor: Actor,
    name: str,
    scopes: frozenset[str] | set[str],
    organisation: str = LENDER_REF,
) -> NewClient:
    """Make a machine client; only a hash of its secret is kept.

    Parameters
    ----------
    organisation
        Reference of the lender or agency whose program it is; one of an agency sees the persons
        placed with it, and may be granted less.

    Raises
    ------
    BadInput
        If a scope is unknown or not for it, or there is none, or no name.
    NotFound
        If there is no such organisation.
    Conflict
        If the name is taken, or the agency has ended.
    """
    actor.require("clients.manage")
    _require_scopes(scopes, organisation)
    if not 1 <= len(name.strip()) <= 100 or "\0" in name:
        raise BadInput(
            "a machine client needs a name",
            expected="1 to 100 characters, none of them NUL",
            found=repr(name[:100]),
        )
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    try:
        with transaction(actor) as at:
            client = MachineClient.objects.create(
                id=uuid7(at.now),
                name=name.strip(),
                organisation=_agency(at, organisation),
                secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
                scopes=sorted(scopes),
                created_at=at.now,
            )
            told = {"client": str(client.id), "scopes": client.scopes}
            told["organisation"] = organisation
            record(at, STAFF, "people.client_made", told)
    except IntegrityError as error:
        raise Conflict("the name of the client is taken", found=name, key=name) from error
    return NewClient(client.id, client.name, secret)


def _require_scopes(scopes: frozenset[str] | set[str], organisation: str) -> None:
    known = CLIENT_SCOPES if organisation == LENDER_REF else AGENCY_CLIENT_SCOPES
    unknown = sorted(set(scopes) - known)
    if unknown or not scopes:
        raise BadInput(
            "a machine client needs scopes that there are",
            expected=", ".join(sorted(known)),
            found=", ".join(unknown) or "none",
        )


def _agency(at: At, ref: str) -> Organisation | None:
    if ref == LENDER_REF:
        return None
    found = locked(at, ref)
    if found.state == "ended":
        raise Conflict(
            "the agency has ended",
            expected="the lender, or an agency that has not ended",
            found=ref,
            key=ref,
        )
    return found


def revoke_client(actor: Actor, client_id: UUID) -> None:
    """Shut out a machine client for good, from its next request on.

    Raises
    ------
    NotFound
        If there is no such client.
    """
    actor.require("clients.manage")
    with transaction(actor) as at:
        client = MachineClient.objects.select_for_update().filter(id=client_id).first()
        if client is None:
            raise NotFound("there is no such machine client", key=client_id)
        if client.revoked_at is None:
            client.revoked_at = at.now
            client.save(update_fields=["revoked_at"])
            record(at, STAFF, "people.client_revoked", {"client": str(client.id)})
