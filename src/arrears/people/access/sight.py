"""How one actor sees the fields of one person: by the table, and by what was revealed to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from arrears.people.access.masks import mask
from arrears.people.access.may import exposure
from arrears.people.access.models import Reveal
from arrears.people.access.table import TABLE
from arrears.store.actor import Actor
from arrears.store.transactions import At


@dataclass(frozen=True)
class Sight:
    """What somebody sees.

    Parameters
    ----------
    revealed
        The fields that are revealed to the actor at present, each with its end.
    """

    actor: Actor
    revealed: Mapping[str, datetime]

    def shows(self, field: str) -> bool:
        """Whether the field is seen as it is."""
        seen = exposure(self.actor, field)
        return seen == "shown" or (seen == "masked" and field in self.revealed)

    def text(self, field: str, value: str | None) -> str | None:
        """The value as the actor sees it; None where it is hidden, or is none."""
        if value is None or exposure(self.actor, field) == "hidden":
            return None
        return value if self.shows(field) else mask(TABLE.fields[field].mask, value)

    def masked(self, fields: Iterable[str]) -> frozenset[str]:
        """Those of the fields that are masked now and could be revealed."""
        return frozenset(
            field
            for field in fields
            if exposure(self.actor, field) == "masked" and field not in self.revealed
        )


def sight(at: At, person_id: UUID) -> Sight:
    """How the acting one sees the fields of a person."""
    if at.actor.kind != "staff":
        return Sight(at.actor, {})
    rows = Reveal.objects.filter(
        person_id=person_id, actor=at.actor.name, until_at__gt=at.now
    ).order_by("until_at", "id")
    return Sight(at.actor, dict(rows.values_list("field", "until_at")))


def unrevealed(actor: Actor) -> Sight:
    """How the actor sees fields of persons of whom nothing is revealed: lists, exports."""
    return Sight(actor, {})
