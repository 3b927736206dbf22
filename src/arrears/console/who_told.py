"""Who acted, as readers know them: by name, not by number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from arrears.people.names import names_of
from arrears.store.actor import Actor

# Steps of the system that act by themselves; others are called by their own name.
SYSTEM: Mapping[str, Promise] = {
    "cli": _("command line"),
    "daily": _("daily run"),
    "town": _("simulated town"),
}


def names(reader: Actor, actors: Iterable[str | None]) -> dict[str, str]:
    """What everybody of a page is called, found in one go."""
    every = {actor for actor in actors if actor}
    return {actor: told(actor, known) for known in [names_of(reader, every)] for actor in every}


def told(actor: str, known: Mapping[str, str]) -> str:
    """One who acted, in words."""
    kind, _colon, ref = actor.partition(":")
    if kind == "system":
        step = SYSTEM.get(ref)
        return gettext("Arrears: %(step)s") % {"step": ref if step is None else step}
    if kind == "machine":
        return gettext("program %(name)s") % {"name": known.get(actor, ref[:8])}
    return known.get(actor, actor)
