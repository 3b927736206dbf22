"""Absences of staff, and teams: what leads and agencies' managers enter of their own people."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arrears.console import register_forms as forms
from arrears.console.shell import screen, show
from arrears.console.templatetags.register import house_name
from arrears.console.views.entering import Sheet, ask, doing, form_page
from arrears.console.views.staff import require_paper, sheet_of
from arrears.people import actions
from arrears.people.register import employers, member, team, teams
from arrears.store import clock
from arrears.store.actor import Actor


@form_page
@screen("register.roster")
def add_absence(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """Enter an absence."""
    found = member(actor, staff_id)
    form = forms.Away(request.POST or None)
    form.fields["from_on"].initial = clock.business_day()
    sheet = sheet_of(
        found, _("Enter an absence"), _("Enter"), _("The absence was entered."),
        _("While they are away their cases go to others where they cannot wait."),
    )  # fmt: skip
    act = doing(actions.add_absence, actor, badge_no=found.row.badge_no)
    return ask(request, actor, form, act, sheet)


@form_page
@screen("register.roster")
def end_absence(
    request: HttpRequest, actor: Actor, staff_id: UUID, absence_id: UUID
) -> HttpResponseBase:
    """Let an absence end on another day."""
    found = member(actor, staff_id)
    require_paper(found.absences, absence_id)
    form = forms.Back(request.POST or None)
    form.fields["until_on"].initial = clock.business_day()
    sheet = sheet_of(found, _("Back at work"), _("Save"), _("Saved."))
    act = doing(actions.end_absence, actor, absence_id=absence_id)
    return ask(request, actor, form, act, sheet)


@form_page
@screen("register.roster")
def join_team(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """Put somebody in a team."""
    found = member(actor, staff_id)
    form = forms.Joining(request.POST or None)
    every = teams(actor, organisation=found.row.organisation)
    form.choose("team_id", [(str(each.id), each.name) for each in every if not each.closed_on])
    form.fields["from_on"].initial = clock.business_day()
    sheet = sheet_of(found, _("Put in a team"), _("Put in"), _("Saved."))

    def act(command_id: str, told: dict[str, Any]) -> Any:
        told = {"team_id": UUID(told["team_id"]), "from_on": told["from_on"]}
        return actions.join_team(actor, command_id, badge_no=found.row.badge_no, **told)

    return ask(request, actor, form, act, sheet)


@form_page
@screen("register.roster")
def leave_team(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """Take somebody out of their team."""
    found = member(actor, staff_id)
    form = forms.OutOfTeam(request.POST or None)
    form.fields["on"].initial = clock.business_day()
    sheet = sheet_of(found, _("Take out of the team"), _("Take out"), _("Saved."))
    act = doing(actions.leave_team, actor, badge_no=found.row.badge_no)
    return ask(request, actor, form, act, sheet)


@require_safe
@screen("register.read")
def team_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Every team, who leads it and how many are in it."""
    return show(request, actor, "register/teams.html", {"teams": teams(actor)})


@form_page
@screen("register.roster")
def new_team(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Make a team."""
    form = forms.NewTeam(request.POST or None)
    form.choose("organisation", [(each.ref, house_name(each.name)) for each in employers(actor)])
    sheet = Sheet(_("Make a team"), _teams(), _("Teams"), _("Make"), _("The team was made."))
    return ask(request, actor, form, doing(actions.add_team, actor), sheet)


@form_page
@screen("register.roster")
def amend_team(request: HttpRequest, actor: Actor, team_id: UUID) -> HttpResponseBase:
    """Give a team another name or lead."""
    found = team(actor, team_id)
    initial = {"name": found.name, "lead": found.lead_badge_no or ""}
    sheet = Sheet(_("Change the team"), _teams(), found.name, _("Save"), _("Saved."))
    act = doing(actions.amend_team, actor, team_id=team_id)
    return ask(request, actor, forms.TeamName(request.POST or None, initial=initial), act, sheet)


@form_page
@screen("register.roster")
def close_team(request: HttpRequest, actor: Actor, team_id: UUID) -> HttpResponseBase:
    """Close a team."""
    found = team(actor, team_id)
    sheet = Sheet(
        _("Close the team"), _teams(), found.name, _("Close"), _("The team is closed."),
        _("Nobody is in it from today; its members stay with the cases that they keep."),
        danger=True,
    )  # fmt: skip
    act = doing(actions.close_team, actor, team_id=team_id)
    return ask(request, actor, forms.Reason(request.POST or None), act, sheet)


def _teams() -> str:
    return reverse("console:teams")
