"""What each role of the console may do. Issue by issue this table grows; screens ask it only."""

from __future__ import annotations

from collections.abc import Mapping

_READ = frozenset({"cases.read", "people.read", "rules.read"})
_DATA = frozenset({"data.read", "data.mend", "data.run"})

ROLES: Mapping[str, frozenset[str]] = {
    "collector": _READ,
    "supervisor": _READ | {"data.read"},
    "strategist": _READ | {"data.read"},
    "compliance": _READ | {"data.read", "mode.switch"},
    "engineer": _READ | _DATA | {"clients.manage"},
    "administrator": _READ | _DATA | {"mode.switch", "clients.manage", "staff.manage"},
}

# What a machine client may be granted; the API names these scopes.
CLIENT_SCOPES = frozenset(
    {"people.push", "loans.push", "loans.recall", "cases.read", "people.read", "data.read"}
)
