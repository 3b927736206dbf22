"""What placements do about what other stages tell."""

from __future__ import annotations

from arrears.kernel.errors import Conflict
from arrears.people.events import AgencyMoved
from arrears.placements.models import Placement
from arrears.store.transactions import At


def require_nobody_placed(at: At, happened: AgencyMoved) -> None:
    """An agency ends with nobody left: its persons are recalled first.

    Raises
    ------
    Conflict
        If somebody is still placed with it.
    """
    if happened.state != "ended":
        return
    left = Placement.objects.filter(organisation_id=happened.organisation_id, until_at=None)
    count = left.count()
    if count:
        raise Conflict(
            "the agency still leads persons",
            expected="nobody placed with it",
            found=f"{count} persons",
            remedy="recall them, then end it",
            key=happened.ref,
        )
