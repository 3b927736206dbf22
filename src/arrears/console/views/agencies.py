"""The lender and its agencies: what blocks placement, and the papers of each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from arrears.console import register_forms as forms
from arrears.console.register_words import STEPS, STEPS_TOLD
from arrears.console.shell import screen, show
from arrears.console.templatetags.register import house_name
from arrears.console.views.entering import Sheet, ask, doing, form_page
from arrears.kernel.errors import NotFound
from arrears.people import actions
from arrears.people.access import may
from arrears.people.actions.organisations import REF
from arrears.people.register import (
    AgencyPage,
    StaffFilter,
    agencies,
    organisation,
    staff_page,
    teams,
)
from arrears.people.register.published import public_list, publication_due_on
from arrears.people.states import AGENCY
from arrears.store import clock
from arrears.store.actor import Actor
from arrears.store.transactions import transaction

PARTICULARS = ("name", "form", "registration_no", "address", "phone", "email")
TERMS = (
    "contract_no", "purpose", "until_on", "products", "channels", "jurisdictions", "data_kinds",
    "licence_no", "licence_until_on",
)  # fmt: skip


@require_safe
@screen("agencies.read")
def organisation_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Every agency, until when each paper holds, and what blocks placement with it."""
    day = clock.business_day()
    published = public_list(day)
    context: dict[str, Any] = {"agencies": agencies(actor), "published": published, "day": day}
    if may(actor, "manage", "agencies"):
        with transaction(actor):
            context["due_on"] = publication_due_on(day)
    return show(request, actor, "register/organisations.html", context)


@require_safe
@screen("agencies.read")
def organisation_page(request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """One agency, or the lender: papers, and what comes next."""
    page = organisation(actor, ref)
    day = clock.business_day()
    steps = [step for state, step in AGENCY.table if state == page.row.state]
    context: dict[str, Any] = {
        "page": page,
        "row": page.row,
        "day": day,
        "steps": [] if page.row.kind == "lender" else steps,
        "room_name": "organisations",
    }
    if may(actor, "read", "register"):
        every, lacking = (
            staff_page(actor, 1, 1, StaffFilter(organisation=ref, lacks=lacks))
            for lacks in (None, "any")
        )
        context |= {"staff": every.total, "staff_lacking": lacking.total}
        context["teams"] = [each for each in teams(actor, organisation=ref) if not each.closed_on]
    return show(request, actor, "register/organisation.html", context)


@require_POST
@screen("agencies.manage")
def publish(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Publish the list of agencies anew, if time has changed it."""
    made = actions.publish_list(actor, request.POST.get("command_id", ""))
    told = _("The list was published anew.") if made["published"] else _("The list says it all.")
    messages.success(request, told)
    return redirect("console:organisations")


@form_page
@screen("agencies.manage")
def propose(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Propose an agency."""
    form = forms.Proposal(request.POST or None)
    ref = str(request.POST.get("ref", "")).strip()
    good = REF.fullmatch(ref) is not None
    back = _back(ref) if good else reverse("console:organisations")
    sheet = Sheet(
        _("Propose an agency"), back, _("Agencies"), _("Propose"),
        _("Proposed. Enter its contract next; then it can be approved."),
        _("Nothing can be placed with it before it is approved."),
    )  # fmt: skip
    act = doing(actions.add_organisation, actor)
    return ask(request, actor, form, act, sheet)


@form_page
@screen("agencies.manage")
def amend(request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """Change the particulars of an organisation."""
    page = organisation(actor, ref)
    of = {name: getattr(page.row if name in ("name", "form") else page, name)
          for name in PARTICULARS}  # fmt: skip
    form = forms.Particulars(request.POST or None, initial=of)
    sheet = _sheet(page, _("Change particulars"), _("Save"), _("Saved. The public list follows."))
    act = doing(actions.amend_organisation, actor, ref=ref)
    return ask(request, actor, form, act, sheet)


@form_page
@screen("agencies.manage")
def contract(request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """Enter a contract."""
    page = _agency(actor, ref)
    sheet = _sheet(page, _("Enter a contract"), _("Enter"), _("The contract was entered."))
    act = doing(actions.add_contract, actor, ref=ref)
    return ask(request, actor, forms.NewTerms(request.POST or None), act, sheet)


@form_page
@screen("agencies.manage")
def amend_contract(
    request: HttpRequest, actor: Actor, ref: str, contract_id: UUID
) -> HttpResponseBase:
    """Put a contract right."""
    page, held = _contract(actor, ref, contract_id)
    form = forms.Terms(request.POST or None, initial={name: held[name] for name in TERMS})
    sheet = _sheet(
        page, _("Change contract %(number)s") % {"number": held["contract_no"]}, _("Save"),
        _("Saved; what it said before is on record."),
    )  # fmt: skip
    act = doing(actions.amend_contract, actor, ref=ref, contract_id=contract_id)
    return ask(request, actor, form, act, sheet)


@form_page
@screen("agencies.manage")
def end_contract(
    request: HttpRequest, actor: Actor, ref: str, contract_id: UUID
) -> HttpResponseBase:
    """Let a contract end before its day."""
    page, held = _contract(actor, ref, contract_id)
    sheet = _sheet(
        page, _("End contract %(number)s early") % {"number": held["contract_no"]},
        _("End the contract"), _("The contract ends on that day."),
        _("From that day on nothing is placed and the agency may not act."), danger=True,
    )  # fmt: skip
    act = doing(actions.end_contract, actor, ref=ref)
    return ask(request, actor, forms.Ending(request.POST or None), act, sheet)


@form_page
@screen("agencies.manage")
def assess(request: HttpRequest, actor: Actor, ref: str, contract_id: UUID) -> HttpResponseBase:
    """Put down when the impact of handing over data was assessed."""
    page, held = _contract(actor, ref, contract_id)
    sheet = _sheet(
        page, _("Impact assessment for contract %(number)s") % {"number": held["contract_no"]},
        _("Enter"), _("The assessment was entered."),
    )  # fmt: skip
    act = doing(actions.assess_impact, actor, ref=ref, contract_id=contract_id)
    return ask(request, actor, forms.Assessment(request.POST or None), act, sheet)


@form_page
@screen("agencies.manage")
def review(request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """Enter a review."""
    page = _agency(actor, ref)
    form = forms.Review(request.POST or None)
    if request.GET.get("kind") == "exit":
        form.fields["kind"].initial = "exit"
    sheet = _sheet(
        page, _("Enter a review"), _("Enter"), _("The review was entered."),
        _("The lowest of the three marks is the rating. After a 1 nothing is placed until another"
          " review is passed."),
    )  # fmt: skip
    act = doing(actions.review_agency, actor, ref=ref)
    return ask(request, actor, form, act, sheet)


@form_page
@screen("agencies.manage")
def deletion(request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """Enter a proof of deletion."""
    page = _agency(actor, ref)
    sheet = _sheet(page, _("Enter a proof of deletion"), _("Enter"), _("The proof was entered."))
    act = doing(actions.prove_deletion, actor, ref=ref)
    return ask(request, actor, forms.Proof(request.POST or None), act, sheet)


@form_page
@screen("register.manage")
def give_letter(request: HttpRequest, actor: Actor, ref: str) -> HttpResponseBase:
    """Give an authority letter to everybody of an organisation."""
    page = organisation(actor, ref)
    form = forms.HouseLetter(request.POST or None)
    sheet = _sheet(
        page, _("Give an authority letter"), _("Give"), _("The letter was entered."),
        _("It covers everybody who works for this organisation, for all persons."),
    )  # fmt: skip
    act = doing(actions.give_letter, actor, organisation=ref)
    return ask(request, actor, form, act, sheet)


@form_page
@screen("register.manage")
def revoke_letter(
    request: HttpRequest, actor: Actor, ref: str, letter_id: UUID
) -> HttpResponseBase:
    """Take back an authority letter of everybody of an organisation."""
    page = organisation(actor, ref)
    held = [each for each in page.letters if each["id"] == letter_id]
    if not held:
        raise NotFound("there is no such letter", key=letter_id)
    sheet = _sheet(
        page, _("Take the letter back"), _("Take back"), _("From today it is good no more."),
        _("It was given to everybody of this organisation: all of them lose it."), danger=True,
    )  # fmt: skip
    act = doing(actions.revoke_letter, actor, letter_no=held[0]["letter_no"])
    return ask(request, actor, forms.Reason(request.POST or None), act, sheet)


@form_page
@screen("agencies.manage")
def move(request: HttpRequest, actor: Actor, ref: str, step: str) -> HttpResponseBase:
    """Approve, suspend, resume, end or drop an agency."""
    page = _agency(actor, ref)
    if step not in STEPS:
        raise NotFound("there is no such step", key=step)
    sheet = _sheet(
        page, str(STEPS[step]), str(STEPS[step]), _("Done: it holds from this moment."),
        str(STEPS_TOLD[step]), danger=step in ("suspend", "end"),
    )  # fmt: skip
    act = doing(actions.move_agency, actor, ref=ref, step=step)
    return ask(request, actor, forms.Reason(request.POST or None), act, sheet)


def _agency(actor: Actor, ref: str) -> AgencyPage:
    page = organisation(actor, ref)
    if page.row.kind != "agency":
        raise NotFound("there is no such agency", key=ref)
    return page


def _contract(actor: Actor, ref: str, contract_id: UUID) -> tuple[AgencyPage, dict[str, Any]]:
    page = _agency(actor, ref)
    held = [dict(each) for each in page.contracts if each["id"] == contract_id]
    if not held:
        raise NotFound("this agency has no such contract", key=contract_id)
    return page, held[0]


def _back(ref: str) -> str:
    return reverse("console:organisation", args=[ref])


def _sheet(
    page: AgencyPage, title: str, button: str, told: str, lead: str = "", *, danger: bool = False
) -> Sheet:
    return Sheet(title, _back(page.row.ref), house_name(page.row.name), button, told, lead, danger)
