"""How those who acted are called, for lists that say by whom."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from arrears.people.organisations import agency_of
from arrears.store.actor import Actor
from arrears.store.pages import select
from arrears.store.transactions import transaction

_STAFF: Final = """
SELECT 'staff:' || u.id AS acted, u.display_name AS name FROM people_user u
WHERE u.id = ANY(%(ids)s) AND (%(agency)s::uuid IS NULL OR EXISTS (
  SELECT 1 FROM people_staff s WHERE s.user_id = u.id AND s.organisation_id = %(agency)s))
"""
_CLIENTS: Final = """
SELECT 'machine:' || m.id AS acted, m.name FROM people_machine_client m
WHERE m.id = ANY(%(ids)s::uuid[])
  AND (%(agency)s::uuid IS NULL OR m.organisation_id = %(agency)s)
"""


def names_of(actor: Actor, acted: Iterable[str]) -> dict[str, str]:
    """The names of those who acted; an agency is told those of its own people only.

    Parameters
    ----------
    acted
        As on record: ``staff:17``, ``machine:…``, ``system:…``; who has no name is left out.
    """
    staff, machines = [], []
    for each in set(acted):
        kind, _, ref = each.partition(":")
        if kind == "staff" and ref.isascii() and ref.isdigit() and len(ref) < 10:
            staff.append(int(ref))
        elif kind == "machine" and _is_id(ref):
            machines.append(ref)
    agency = agency_of(actor.scope)
    with transaction(actor):
        rows = select(_STAFF, {"ids": staff, "agency": agency}) if staff else []
        if machines:
            rows += select(_CLIENTS, {"ids": machines, "agency": agency})
    return {row["acted"]: row["name"] for row in rows}


def _is_id(ref: str) -> bool:
    try:
        UUID(ref)
    except ValueError:
        return False
    return True
