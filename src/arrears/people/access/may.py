"""The one question: may this actor do that?"""

from __future__ import annotations

from collections.abc import Collection

from arrears.kernel.errors import NotAllowed
from arrears.people.access.table import MACHINE, TABLE, Exposure
from arrears.store.actor import Actor


def may(actor: Actor, action: str, resource: str) -> bool:
    """Whether the actor may do the action; what the table does not know, nobody may.

    The actor's permissions come from the table (a role's) or from a machine client's scopes,
    which are some of the table's; a scope that was taken out of the table since counts no more.
    """
    return _may(actor, f"{resource}.{action}")


def require_any(actor: Actor, needs: Collection[str]) -> None:
    """Raise :class:`NotAllowed` unless the actor may do one of these, ``resource.action`` each."""
    if not any(_may(actor, need) for need in needs):
        raise NotAllowed(
            f"{actor.name} may not do this",
            expected="the permission " + (" / ".join(sorted(needs)) or "that nobody has"),
            found=", ".join(sorted(actor.permissions)) or "no permission at all",
            remedy="ask an administrator for a role or scope that includes it",
        )


def exposure(actor: Actor, field: str) -> Exposure:
    """How the actor sees a field of the table: shown, masked or hidden.

    The system on its own is nobody who reads: it sees fields masked, so that what it prints for
    somebody is masked too; what it computes with, it reads from the rows.
    """
    if actor.kind == "system":
        return "masked" if field in TABLE.fields else "hidden"
    return TABLE.exposure(MACHINE if actor.kind == "machine" else actor.role, field)


def _may(actor: Actor, permission: str) -> bool:
    if permission not in TABLE.known:
        return False
    return actor.kind == "system" or permission in actor.permissions
