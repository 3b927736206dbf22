"""Who acts: a member of staff, a machine client, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from arrears.kernel.errors import NotAllowed

ActorKind = Literal["staff", "machine", "system"]

# What a transaction may see. An empty scope sees nothing.
LENDER = "lender"
NOTHING = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts and what they may see and do.

    Parameters
    ----------
    kind
        staff, machine or system.
    ref
        Stable id within the kind, without personal data: a user id, a client id, a step's name.
    scope
        Row-security scope: ``lender`` sees the lender's whole book, the empty text nothing.
    permissions
        What the actor may ask for: ``cases.read``, ``loans.push`` …; a system actor may all.
    role
        Of a member of staff, as the access table names it: it says how fields are seen.
    """

    kind: ActorKind
    ref: str
    scope: str = NOTHING
    permissions: frozenset[str] = frozenset()
    role: str = ""

    @property
    def name(self) -> str:
        """Kind and reference as one text, for records: ``staff:17``."""
        return f"{self.kind}:{self.ref}"

    def require(self, permission: str) -> None:
        """Raise :class:`NotAllowed` unless the actor holds the permission."""
        if self.kind != "system" and permission not in self.permissions:
            raise NotAllowed(
                f"{self.name} may not do this",
                expected=f"the permission {permission}",
                found=", ".join(sorted(self.permissions)) or "no permission at all",
                remedy="ask an administrator for a role or scope that includes it",
            )


def system(ref: str) -> Actor:
    """The system acting on its own: a step of the daily run, a take-in from the command line."""
    return Actor("system", ref, scope=LENDER)
