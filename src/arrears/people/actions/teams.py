"""Teams, who is in them, and who is away."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from django.db import IntegrityError, models
from django.db import transaction as django_transaction

from arrears.journal.actions import of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.actions.checks import one_of, text
from arrears.people.actions.organisations import locked
from arrears.people.actions.papers import of_badge
from arrears.people.events import StaffAway
from arrears.people.models import Absence, Staff, Team, TeamMember
from arrears.people.rules.kinds import ABSENCE_REASONS
from arrears.store.commands import Result, command
from arrears.store.reactions import react
from arrears.store.transactions import At

ROSTER: Final = "register.roster"
NAME_TAKEN: Final = "the organisation has a team of this name"


@command("team.add", permission=ROSTER)
def add_team(at: At, *, organisation: str, name: str, lead: str | None = None) -> Result:
    """Make a team of an organisation; ``lead`` is a badge number. Returns ``{"team": id}``.

    Raises
    ------
    BadInput
        If the lead works for another organisation.
    Conflict
        If the organisation has a team of that name.
    """
    employer = locked(at, organisation)
    made = Team(
        id=uuid7(at.now),
        organisation=employer,
        name=text("name", name, 100),
        lead=_lead(lead, employer.id),
        made_at=at.now,
    )
    _save(made, NAME_TAKEN, name)
    told = {"team": str(made.id), "organisation": organisation, "name": made.name}
    record(at, of_house(f"team {made.id}"), "people.team_made", told)
    return {"team": str(made.id)}


@command("team.amend", permission=ROSTER)
def amend_team(at: At, *, team_id: UUID, name: str, lead: str | None) -> Result:
    """Give a team another name or lead; ``lead`` is a badge number, None: nobody leads it.

    Raises
    ------
    NotFound
        If there is no such team, or it is closed.
    """
    team = _open_team(team_id)
    head = _lead(lead, team.organisation_id)
    team.name, team.lead = text("name", name, 100), head
    try:
        with django_transaction.atomic():
            team.save(update_fields=["name", "lead"])
    except IntegrityError as error:
        raise Conflict(NAME_TAKEN, key=name) from error
    told = {"team": str(team.id), "name": team.name, "lead": None if head is None else str(head.id)}
    record(at, of_house(f"team {team.id}"), "people.team_amended", told)
    return {"team": str(team.id)}


@command("team.close", permission=ROSTER)
def close_team(at: At, *, team_id: UUID, reason: str) -> Result:
    """Close a team from today: nobody is in it any more. Its members stay with their cases."""
    team = _open_team(team_id)
    said = text("reason", reason)
    members = TeamMember.objects.filter(team=team)
    members.filter(from_on__gte=at.today).delete()
    left = members.filter(models.Q(until_on=None) | models.Q(until_on__gt=at.today))
    count = left.update(until_on=at.today)
    team.closed_on = at.today
    team.save(update_fields=["closed_on"])
    told = {"team": str(team.id), "reason": said, "members": count}
    record(at, of_house(f"team {team.id}"), "people.team_closed", told)
    return {"team": str(team.id), "members": count}


@command("team.leave", permission=ROSTER)
def leave_team(at: At, *, badge_no: str, on: date) -> Result:
    """Let somebody be in no team from a day on.

    Raises
    ------
    Conflict
        If they are in none then.
    """
    staff = of_badge(badge_no)
    later = models.Q(until_on=None) | models.Q(until_on__gt=on)
    if not TeamMember.objects.filter(later, staff=staff).exists():
        raise Conflict("they are in no team then", found=f"{on}", key=badge_no)
    leave_teams(staff.id, on)
    told = {"staff": str(staff.id), "on": f"{on}"}
    record(at, of_house(f"staff {staff.id}"), "people.team_left", told)
    return {"staff": str(staff.id)}


@command("team.join", permission=ROSTER)
def join_team(at: At, *, team_id: UUID, badge_no: str, from_on: date) -> Result:
    """Let somebody be in a team from a day on; whatever else was planned from then on is dropped.

    Raises
    ------
    BadInput
        If the team is of another organisation.
    """
    team = _open_team(team_id)
    staff = of_badge(badge_no)
    if staff.organisation_id != team.organisation_id:
        raise BadInput("the team is of another organisation", found=badge_no, key=team.name)
    leave_teams(staff.id, from_on)
    made = TeamMember(id=uuid7(at.now), team=team, staff=staff, from_on=from_on)
    _save(made, "they joined another team at the same time", badge_no)
    told = {"team": str(team.id), "staff": str(staff.id), "from_on": f"{from_on}"}
    record(at, of_house(f"team {team.id}"), "people.team_joined", told)
    return {"member": str(made.id)}


@command("staff.absence", permission=ROSTER)
def add_absence(
    at: At, *, badge_no: str, from_on: date, reason: str, until_on: date | None = None
) -> Result:
    """Put down that somebody is away for ``[from_on, until_on)``; later stages hear of it.

    Raises
    ------
    Conflict
        If they are away on one of these days already.
    """
    return put_away(at, of_badge(badge_no), from_on, reason, until_on)


def put_away(
    at: At, staff: Staff, from_on: date, reason: str, until_on: date | None = None
) -> Result:
    """Carry out :func:`add_absence`, for whoever may say so by another permission."""
    if until_on is not None and until_on <= from_on:
        raise BadInput("the period holds no day", expected=f"an end after {from_on}",
                       found=f"{until_on}", key="until_on")  # fmt: skip
    made = Absence(
        id=uuid7(at.now),
        staff=staff,
        from_on=from_on,
        until_on=until_on,
        reason=one_of("reason", reason, ABSENCE_REASONS),
        made_at=at.now,
    )
    _save(made, "they are away on one of these days already", staff.badge_no)
    told = {"absence": str(made.id), "staff": str(staff.id), "from_on": f"{from_on}"}
    record(at, of_house(f"staff {staff.id}"), "people.staff_away", told)
    react(at, StaffAway(staff.id, from_on, until_on))
    return {"absence": str(made.id)}


@command("staff.back", permission=ROSTER)
def end_absence(at: At, *, absence_id: UUID, until_on: date) -> Result:
    """Let an absence end on a day: the first on which they are there again.

    One that would hold no day is taken out.
    """
    return take_back(at, locked_absence(absence_id), until_on)


def locked_absence(absence_id: UUID) -> Absence:
    """An absence, locked; raises :class:`NotFound` if there is none."""
    found = Absence.objects.select_for_update().filter(id=absence_id).first()
    if found is None:
        raise NotFound("there is no such absence", key=absence_id)
    return found


def take_back(at: At, found: Absence, until_on: date) -> Result:
    """Carry out :func:`end_absence`, for whoever may say so by another permission."""
    if found.until_on is not None and until_on > found.until_on:
        raise BadInput("it ends sooner already", expected=f"{found.until_on} or before",
                       found=f"{until_on}", key="until_on")  # fmt: skip
    told = {"absence": str(found.id), "staff": str(found.staff_id), "until_on": f"{until_on}"}
    if until_on <= found.from_on:
        found.delete()
    else:
        found.until_on = until_on
        found.save(update_fields=["until_on"])
    record(at, of_house(f"staff {found.staff_id}"), "people.staff_back", told)
    return {"absence": told["absence"]}


def leave_teams(staff_id: UUID, on: date) -> None:
    """End what membership runs on a day, and drop those that begin later or then."""
    members = TeamMember.objects.filter(staff_id=staff_id)
    members.filter(from_on__gte=on).delete()
    members.filter(models.Q(until_on=None) | models.Q(until_on__gt=on)).update(until_on=on)


def _open_team(team_id: UUID) -> Team:
    team = Team.objects.select_for_update().filter(id=team_id, closed_on=None).first()
    if team is None:
        raise NotFound("there is no such team", key=team_id)
    return team


def _lead(badge_no: str | None, organisation_id: UUID) -> Staff | None:
    head = None if badge_no is None else of_badge(badge_no)
    if head is not None and head.organisation_id != organisation_id:
        raise BadInput("the lead works for another organisation", found=badge_no, key="lead")
    return head


def _save(made: models.Model, taken: str, key: str) -> None:
    try:
        with django_transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(taken, key=key) from error
