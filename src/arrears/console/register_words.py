"""The words for what stands in the register: states, papers, what forbids to act."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from arrears.people.words import FORMS, LACKING, OBSTACLES

Words = Mapping[str, Promise]

AGENCY_STATES: Final[Words] = {
    "proposed": _("proposed"),
    "approved": _("approved"),
    "suspended": _("suspended"),
    "ended": _("ended"),
}
STEPS: Final[Words] = {
    "approve": _("Approve"),
    "suspend": _("Suspend"),
    "resume": _("Resume"),
    "end": _("End"),
    "drop": _("Drop the proposal"),
}
STEPS_TOLD: Final[Words] = {
    "approve": _(
        "The agency goes on the public list at once, and cases can be placed with it as far as"
        " its contract goes."
    ),
    "suspend": _(
        "From this moment nothing is placed with the agency and it may not act; it leaves the"
        " public list. What it has stays placed until it is recalled."
    ),
    "resume": _("The agency may act again, and goes back on the public list."),
    "end": _("The agency never acts again. It leaves the public list; its record stays."),
    "drop": _("The proposal is closed; nothing was ever handed to this agency."),
}
CERTIFICATES: Final[Words] = {
    "training": _("Training"),
    "test": _("Test"),
    "background": _("Background check"),
    "agent_certificate": _("Agents' certificate"),
    "badge": _("Badge"),
    "letter": _("Authority letter"),
}
REVIEWS: Final[Words] = {"yearly": _("yearly review"), "exit": _("exit review")}
DELETIONS: Final[Words] = {"deleted": _("deleted"), "returned": _("given back")}
ABSENCES: Final[Words] = {
    "leave": _("on leave"),
    "sick": _("sick"),
    "training": _("in training"),
    "other": _("for another reason"),
}
LACKS: Final[Words] = {
    "any": _("anything of calls or visits"),
    "training": _("training or test not in force"),
    "background": _("no background check in force"),
    "badge": _("badge ended, or without a photo"),
    "letter": _("no authority letter in force"),
    "agent_certificate": _("no agents' certificate in force"),
}
ENDS: Final[Words] = {
    "soon": _("ends within 30 days"),
    "over": _("over already"),
}
MARKS: Final[Words] = {
    "1": _("1, failed"),
    "2": _("2, poor"),
    "3": _("3, fair"),
    "4": _("4, good"),
    "5": _("5, very good"),
}
# What each fact of the rulebook says of somebody: where it holds, and where it does not.
HOLDS: Final[Words] = {
    "staff_trained": _("Training and test are in force."),
    "staff_cleared": _("The background was checked."),
    "staff_badged": _("The badge is good and has a photo."),
    "staff_authorised": _("An authority letter covers all persons."),
    "staff_certified": _("The agents' certificate is in force."),
}
FAILS: Final[Words] = {
    "staff_trained": _("Training or test is missing or has run out."),
    "staff_cleared": _("No background check is in force."),
    "staff_badged": _("The badge has ended or has no photo."),
    "staff_authorised": _("No authority letter for all persons is in force."),
    "staff_certified": _("No agents' certificate is in force; some laws ask for one."),
}
TOPICS: Final[Mapping[str, Words]] = {
    "forms": FORMS,
    "obstacles": OBSTACLES,
    "lacking": LACKING,
    "states": AGENCY_STATES,
    "steps": STEPS,
    "certificates": CERTIFICATES,
    "reviews": REVIEWS,
    "deletions": DELETIONS,
    "absences": ABSENCES,
    "lacks": LACKS,
    "ends": ENDS,
    "marks": MARKS,
    "holds": HOLDS,
    "fails": FAILS,
}
# What calls and visits need of staff, by the rules of the house.
FOR_CALLS: Final = ("staff_trained", "staff_cleared")
FOR_VISITS: Final = (*FOR_CALLS, "staff_badged", "staff_authorised")
EVERY_FACT: Final = (*FOR_VISITS, "staff_certified")
