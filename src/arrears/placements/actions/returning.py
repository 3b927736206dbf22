"""Take back whose term is over: decided with the placement, so nobody decides again."""

from __future__ import annotations

from django.db.models import QuerySet

from arrears.placements.actions.carrying_out import carried_out
from arrears.placements.actions.deciding import asked
from arrears.placements.actions.previewing import draw_up
from arrears.placements.models import Placement
from arrears.store.commands import Result
from arrears.store.transactions import At


def returned(at: At, organisation: str) -> Result:
    """Take back from an agency everybody whose term is over; returns ``persons``."""
    if not _over(at).filter(organisation__ref=organisation).exists():
        return {"persons": 0}
    batch = draw_up(at, "recall", organisation, {"term_over": True}, "the term is over", None)
    batch.second_because = []
    asked(at, batch)
    return carried_out(at, batch)


def return_all_over(at: At) -> dict[str, int]:
    """The same of every agency, as the daily run does: reference → persons who came back."""
    found = _over(at).order_by("organisation__ref").values_list("organisation__ref", flat=True)
    return {ref: int(str(returned(at, ref)["persons"])) for ref in dict.fromkeys(found)}


def _over(at: At) -> QuerySet[Placement]:
    return Placement.objects.filter(until_at=None, term_until_on__lte=at.today)
