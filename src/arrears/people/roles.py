"""What each role of the console may do. Issue by issue this table grows; screens ask it only."""

from __future__ import annotations

from collections.abc import Mapping

_READ = frozenset({"cases.read", "people.read", "rules.read"})
_DATA = frozenset({"data.read", "data.mend", "data.run"})
# Whoever hears of a dispute or of despair may stop; only compliance lets go again.
_STOP = frozenset({"holds.open", "stops.open"})
_CONDUCT = _STOP | {
    "holds.close", "stops.approve", "stops.lift", "incidents.settle", "conduct.read",
    "subjects.merge",
}  # fmt: skip

_REGISTER = frozenset({"agencies.read", "agencies.manage", "register.read", "register.manage"})

ROLES: Mapping[str, frozenset[str]] = {
    "collector": _READ | {"holds.open"},
    "supervisor": _READ
    | _STOP
    | {"agencies.read", "register.read", "data.read", "conduct.read", "stops.approve"},
    "strategist": _READ | {"data.read"},
    "compliance": _READ | _CONDUCT | _REGISTER | {"data.read", "mode.switch", "journal.read"},
    "engineer": _READ | _DATA | {"clients.manage"},
    "administrator": _READ
    | _DATA
    | _STOP
    | {"mode.switch", "clients.manage", "staff.manage", "conduct.read", "stops.approve"}
    | {"journal.read", "sessions.end"}
    | _REGISTER,
}

# What a machine client may be granted; the API names these scopes.
CLIENT_SCOPES = frozenset(
    {
        "people.push", "loans.push", "loans.recall", "cases.read", "people.read", "data.read",
        "contacts.reserve", "contacts.report",
        "scim.manage",
    }
)  # fmt: skip
