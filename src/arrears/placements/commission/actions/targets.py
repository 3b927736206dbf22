"""Targets of organisations, teams and staff, month by month."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.actions.organisations import locked
from arrears.people.models import Organisation, Team
from arrears.placements.commission.actions.charges import staff_of
from arrears.placements.commission.actions.months import (
    first_of_month,
    scheme_in_force,
    terms_of,
)
from arrears.placements.commission.models import Target
from arrears.placements.commission.rules.targets import read_aims
from arrears.store.commands import Result, command
from arrears.store.transactions import At

MANAGE: Final = "statements.manage"


@command("target.set", permission=MANAGE)
def set_target(
    at: At,
    *,
    organisation: str,
    month: date,
    aims: Mapping[str, Any],
    team: UUID | None = None,
    badge_no: str | None = None,
) -> Result:
    """Set what an organisation, one of its teams or of its staff is to reach in a month.

    Each component of the scheme that is in force has a target, so that no target can hang on the
    amount recovered alone. A later target of the same month replaces it.

    Parameters
    ----------
    aims
        As ``rules.targets.read_aims`` takes them.

    Raises
    ------
    BadInput
        If a component has no target, or the team or staff is another organisation's.
    Conflict
        If no scheme is in force.
    """
    first_of_month("month", month)
    whose = locked(at, organisation)
    if team is not None and badge_no is not None:
        raise BadInput("a target is of a team or of one member of staff",
                       expected="team or badge_no", found="both")  # fmt: skip
    scheme = scheme_in_force(whose, month)
    good = read_aims(aims, terms_of(scheme, whose))
    made = Target.objects.create(
        id=uuid7(at.now),
        scheme=scheme,
        organisation=whose,
        team=None if team is None else _team(whose, team),
        staff=staff_of(whose, badge_no),
        month=month,
        aims=good,
        made_at=at.now,
        made_by=at.actor.name,
    )
    record(at, of_house(f"agency {organisation}"), "placements.target_set",
           {"target": str(made.id), "ref": organisation, "month": f"{month:%Y-%m}",
            "team": None if team is None else str(team), "aims": good,
            "staff": str(made.staff_id) if made.staff_id else None})  # fmt: skip
    return {"target": str(made.id)}


def _team(whose: Organisation, team: UUID) -> Team:
    found = Team.objects.filter(id=team).first()
    if found is None:
        raise NotFound("there is no such team", key=team)
    if found.organisation_id != whose.id:
        raise BadInput("this is a team of another organisation", expected=whose.ref,
                       found=str(team), key="team")  # fmt: skip
    return found
