"""The staff register: who works for whom, what each may do today, and their papers."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from arrears.console import register_forms as forms
from arrears.console.filters import PAGE_SIZE, page_of
from arrears.console.register_words import ENDS, LACKS
from arrears.console.shell import screen, show
from arrears.console.templatetags.register import house_name
from arrears.console.views.entering import Act, Sheet, ask, doing, form_page
from arrears.kernel.errors import NotFound
from arrears.kernel.ids import named
from arrears.people import actions
from arrears.people.register import (
    Member,
    StaffFilter,
    employers,
    member,
    photo,
    staff_page,
    teams,
)
from arrears.store import clock
from arrears.store.actor import Actor

ENTRY = ("display_name", "username", "badge_until_on", "languages", "skills", "capacity")


@dataclass(frozen=True)
class Asked:
    """The filters above the list, as the address has them."""

    organisation: str
    team: str
    text: str
    lacks: str
    ends: str
    gone: bool

    @classmethod
    def of(cls, data: QueryDict) -> Asked:
        """Read the address; what is unknown does not narrow."""

        def given(name: str) -> str:
            return data.get(name, "").replace("\0", "").strip()[:200]

        lacks, ends = given("lacks"), given("ends")
        return cls(
            organisation=given("organisation"),
            team=given("team"),
            text=given("q"),
            lacks=lacks if lacks in LACKS else "",
            ends=ends if ends in ENDS else "",
            gone=given("gone") == "yes",
        )

    def which(self) -> StaffFilter:
        """The filter for the query."""
        return StaffFilter(
            organisation=self.organisation or None,
            text=self.text or None,
            team_id=_uuid(self.team),
            lacks=self.lacks or None,
            ends=self.ends or None,
            gone=self.gone,
        )


@require_safe
@screen("register.read")
def staff_list(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Everybody of the lender and its agencies, with what forbids them to act."""
    asked = Asked.of(request.GET)
    page = staff_page(actor, page_of(request.GET), PAGE_SIZE, asked.which())
    day = clock.business_day()
    context = {
        "page": page,
        "rows": [(row, row.ends(day)) for row in page.rows],
        "asked": asked,
        "narrowed": asked != Asked("", "", "", "", "", False),
        "day": day,
        "employers": employers(actor),
        "teams": [each for each in teams(actor) if each.closed_on is None],
        "lacks": tuple(LACKS.items()),
        "ends": tuple(ENDS.items()),
    }
    return show(request, actor, "register/staff.html", context)


@require_safe
@screen("register.read")
def staff_member(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """One member of staff: badge, papers, absences, conflicts of interest."""
    found = member(actor, staff_id)
    context = {"member": found, "row": found.row, "day": clock.business_day(), "room_name": "staff"}
    return show(request, actor, "register/member.html", context)


@require_safe
@screen("register.read")
def staff_photo(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """The photo of a badge."""
    answer = HttpResponse(b"".join(photo(actor, staff_id)), content_type="image/jpeg")
    answer["Cache-Control"] = "private, max-age=60"
    answer["Content-Disposition"] = "inline"
    return answer


@form_page
@screen("register.manage")
def hire(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """Enter somebody in the register."""
    form = forms.Hiring(request.POST or None)
    form.choose("organisation", [(each.ref, house_name(each.name)) for each in employers(actor)])
    form.fields["organisation"].initial = request.GET.get("organisation", "")
    sheet = Sheet(
        _("Enter somebody"), reverse("console:staff"), _("Staff register"), _("Enter"),
        _("Entered. Training, test, background check, photo and letter come next."),
        _("They may act once their papers are in force."),
    )  # fmt: skip
    return ask(request, actor, form, doing(actions.add_staff, actor), sheet)


@form_page
@screen("register.manage")
def amend_member(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """Put an entry right, or renew a badge."""
    found = member(actor, staff_id)
    initial = {name: getattr(found.row, name) for name in ENTRY if name != "badge_until_on"}
    initial |= {"badge_until_on": found.badge_until_on}
    initial |= {name: list(initial[name]) for name in ("languages", "skills")}
    form = forms.Entry(request.POST or None, initial=initial)
    sheet = sheet_of(found, _("Change the entry"), _("Save"), _("Saved."))
    act = doing(actions.amend_staff, actor, badge_no=found.row.badge_no)
    return ask(request, actor, form, act, sheet)


@form_page
@screen("register.manage")
def give_photo(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """Put a photo on a badge."""
    found = member(actor, staff_id)
    form = forms.Photo(request.POST or None, request.FILES or None)
    sheet = sheet_of(
        found, _("Photo for the badge"), _("Put it on the badge"), _("The photo is on the badge."),
        _("By the house rule a badge counts once it has a photo: persons are shown it."),
    )  # fmt: skip

    def act(command_id: str, told: dict[str, Any]) -> Any:
        coded = base64.b64encode(told["photo"].read()).decode()
        return actions.give_photo(actor, command_id, badge_no=found.row.badge_no, photo=coded)

    return ask(request, actor, form, act, sheet)


@form_page
@screen("register.manage")
def certify(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """Enter a training, test, background check or certificate."""
    found = member(actor, staff_id)
    form = forms.Passed(request.POST or None)
    form.fields["kind"].initial = request.GET.get("kind", "")
    sheet = sheet_of(found, _("Enter a paper"), _("Enter"), _("The paper was entered."))
    act = doing(actions.certify, actor, badge_no=found.row.badge_no)
    return ask(request, actor, form, act, sheet)


@form_page
@screen("register.manage")
def revoke_certificate(
    request: HttpRequest, actor: Actor, staff_id: UUID, certificate_id: UUID
) -> HttpResponseBase:
    """Take a paper back."""
    found = member(actor, staff_id)
    require_paper(found.certificates, certificate_id)
    sheet = sheet_of(
        found, _("Take the paper back"), _("Take back"), _("From today it is good no more."),
        danger=True,
    )  # fmt: skip
    act = doing(actions.revoke_certificate, actor, certificate_id=certificate_id)
    return ask(request, actor, forms.Reason(request.POST or None), act, sheet)


@form_page
@screen("register.manage")
def give_letter(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """Give an authority letter to one member of staff."""
    found = member(actor, staff_id)
    sheet = sheet_of(found, _("Give an authority letter"), _("Give"), _("The letter was entered."))
    act = _with_person(doing(actions.give_letter, actor, badge_no=found.row.badge_no))
    return ask(request, actor, forms.Letter(request.POST or None), act, sheet)


@form_page
@screen("register.manage")
def revoke_letter(
    request: HttpRequest, actor: Actor, staff_id: UUID, letter_id: UUID
) -> HttpResponseBase:
    """Take an authority letter back."""
    found = member(actor, staff_id)
    letter = require_paper(found.letters, letter_id)
    lead = _("It was given to everybody of this organisation: all of them lose it.")
    sheet = sheet_of(
        found, _("Take the letter back"), _("Take back"), _("From today it is good no more."),
        lead if letter["of_all"] else "", danger=True,
    )  # fmt: skip
    act = doing(actions.revoke_letter, actor, letter_no=letter["letter_no"])
    return ask(request, actor, forms.Reason(request.POST or None), act, sheet)


@form_page
@screen("register.manage")
def declare_conflict(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """Enter a conflict of interest."""
    found = member(actor, staff_id)
    sheet = sheet_of(
        found, _("Enter a conflict of interest"), _("Enter"), _("Entered: it holds at once."),
        _("They never work on this person again; a case that they keep goes to somebody else."),
    )  # fmt: skip
    act = _with_person(doing(actions.declare_conflict, actor, badge_no=found.row.badge_no))
    return ask(request, actor, forms.Interest(request.POST or None), act, sheet)


@form_page
@screen("register.manage")
def withdraw_conflict(
    request: HttpRequest, actor: Actor, staff_id: UUID, conflict_id: UUID
) -> HttpResponseBase:
    """Take a conflict of interest back."""
    found = member(actor, staff_id)
    require_paper(found.conflicts, conflict_id)
    sheet = sheet_of(
        found, _("Withdraw the conflict of interest"), _("Withdraw"), _("It was withdrawn.")
    )
    act = doing(actions.withdraw_conflict, actor, conflict_id=conflict_id)
    return ask(request, actor, forms.Reason(request.POST or None), act, sheet)


@form_page
@screen("register.manage")
def leave(request: HttpRequest, actor: Actor, staff_id: UUID) -> HttpResponseBase:
    """Let somebody leave."""
    found = member(actor, staff_id)
    sheet = sheet_of(
        found, _("Leaving"), _("Let them leave"), _("Entered: it holds from that day."), danger=True
    )
    act = doing(actions.leave, actor, badge_no=found.row.badge_no)
    return ask(request, actor, forms.Leaving(request.POST or None), act, sheet)


def _with_person(act: Act) -> Act:
    """The act with the id of the person whom the form names by number."""

    def named_person(command_id: str, told: dict[str, Any]) -> Any:
        ref = told.pop("person_ref")
        told["person_id"] = None if ref is None else named("person", ref)
        return act(command_id, told)

    return named_person


def require_paper(rows: Any, row_id: UUID) -> dict[str, Any]:
    """The paper of an id; raises :class:`NotFound` if it is not theirs."""
    found = [dict(each) for each in rows if each["id"] == row_id]
    if not found:
        raise NotFound("they have no such paper", key=row_id)
    return found[0]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def sheet_of(
    found: Member, title: str, button: str, told: str, lead: str = "", *, danger: bool = False
) -> Sheet:
    """A page that asks something about one member of staff, and leads back to theirs."""
    back = reverse("console:staff-member", args=[found.row.id])
    whose = f"{found.row.display_name} · {found.row.badge_no}"
    return Sheet(title, back, whose, button, told, lead, danger)
