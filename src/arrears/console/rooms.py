"""The rooms of the house, in the order of the menu, and who may enter them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Room:
    """A screen of the menu.

    Parameters
    ----------
    needs
        The permissions of which the role must hold one.
    """

    name: str
    title: Promise
    icon: str
    needs: frozenset[str]

    @property
    def url(self) -> str:
        """Its address."""
        return reverse(f"console:{self.name}")


@dataclass(frozen=True)
class Floor:
    """Rooms that belong together; without a title they stand alone."""

    title: Promise | None
    rooms: tuple[Room, ...]


def _room(name: str, title: Promise, icon: str, *needs: str) -> Room:
    return Room(name, title, icon, frozenset(needs))


EXPORTS = ("cases.export", "people.export", "exports.approve")
FLOORS: tuple[Floor, ...] = (
    Floor(
        None,
        (
            _room("today", _("Today"), "home", "cases.read"),
            _room("work", _("My work"), "circle-check", "queues.read"),
            _room("board", _("Team board"), "user", "queues.manage"),
            _room("allotment", _("Allotment"), "arrows-sort", "queues.manage"),
            _room("cases", _("Cases"), "folder", "cases.read"),
        ),
    ),
    Floor(
        _("Agencies"),
        (
            _room("organisations", _("Organisations"), "building", "agencies.read"),
            _room("placements", _("Placements"), "transfer", "placements.read"),
            _room("placement-keep", _("Ask to keep persons"), "clock", "placements.retain"),
            _room(
                "placement-notices",
                _("To be told of their agency"),
                "info-circle",
                "placements.carry_out",
            ),
        ),
    ),
    Floor(
        _("Staff"),
        (
            _room("staff", _("Staff register"), "id-badge", "register.read"),
            _room("teams", _("Teams"), "user", "register.read"),
        ),
    ),
    Floor(
        _("Pay"),
        (
            _room("statements", _("Statements"), "receipt", "statements.read"),
            _room("targets", _("Targets"), "chart-bar", "statements.read"),
            _room("schemes", _("Schemes"), "scale", "statements.read"),
        ),
    ),
    Floor(
        _("Data"),
        (
            _room("tapes", _("Tapes"), "database", "data.read"),
            _room("runs", _("Runs"), "calendar-event", "data.read"),
            _room("set-aside", _("Set aside"), "alert-triangle", "data.read"),
            _room("differences", _("Differences"), "scale", "data.read"),
            _room("book", _("Book"), "chart-bar", "data.read"),
        ),
    ),
    Floor(
        _("Rules"),
        (
            _room("rules", _("Rules"), "book", "rules.read"),
            _room("calendar", _("When may we contact?"), "clock", "rules.read"),
            _room("switches", _("Stop switches"), "hand-stop", "conduct.read", "stops.open"),
            _room(
                "incidents", _("Incidents"), "alert-triangle", "conduct.read", "incidents.report"
            ),
        ),
    ),
    Floor(
        _("Journal"),
        (
            _room("journal", _("Journal"), "notebook", "journal.read"),
            _room("seals", _("Seals and keys"), "lock", "journal.read"),
        ),
    ),
    Floor(
        _("Settings"),
        (
            _room("mode", _("Observe or live"), "settings", "data.read", "mode.switch"),
            _room("clients", _("Machine clients"), "key", "clients.manage"),
            _room("access", _("Who may do what"), "lock", "access.read"),
            _room("exports", _("Exports"), "file-check", *EXPORTS),
            _room("sessions", _("Sessions"), "user", "sessions.end"),
        ),
    ),
)


def open_to(permissions: Iterable[str]) -> tuple[Floor, ...]:
    """The floors with the rooms that somebody may enter; floors without any are left out."""
    held = frozenset(permissions)
    floors = (Floor(f.title, tuple(r for r in f.rooms if r.needs & held)) for f in FLOORS)
    return tuple(floor for floor in floors if floor.rooms)
