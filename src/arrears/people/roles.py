"""What each role and each machine client may do, as the access table says."""

from __future__ import annotations

from collections.abc import Mapping

from arrears.people.access.table import MACHINE, TABLE

ROLES: Mapping[str, frozenset[str]] = {role: TABLE.held[role] for role in TABLE.roles}

# What a machine client may be granted; the API names these scopes.
CLIENT_SCOPES: frozenset[str] = TABLE.held[MACHINE]

# What a machine client of an agency may be granted: what its own people may do, contacts, and to
# read what the register has of the agency itself.
AGENCY_CLIENT_SCOPES: frozenset[str] = CLIENT_SCOPES & frozenset(
    {"contacts.reserve", "contacts.report", "agencies.read", "register.read"}.union(
        *(TABLE.held[name] for name, role in TABLE.roles.items() if role.of == "agency")
    )
)
