"""What the register says to people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

OBSTACLES: Final[Mapping[str, Promise]] = {
    "unknown": _("There is no such agency on the register."),
    "proposed": _("The agency is proposed, not approved yet."),
    "suspended": _("The agency is suspended."),
    "ended": _("The agency has ended."),
    "contract": _("No contract in force covers this work today."),
    "licence": _("The licence that the contract rests on has run out."),
    "impact": _("The impact of handing over personal data was not assessed for this contract."),
    "review": _("The yearly review is overdue."),
    "unpublished": _("The agency is not on the public list."),
}
"""Why nothing may be placed with an agency."""

LACKING: Final[Mapping[str, Promise]] = {
    "address": _("an address"),
    "contact": _("a phone number or an e-mail address"),
    "contract": _("a contract that is not over"),
    "exit_review": _("an exit review"),
    "deletion": _("proof that it deleted or gave back what it held"),
}
"""What an agency needs before it can be approved, or ended."""

FORMS: Final[Mapping[str, Promise]] = {
    "bank": _("bank"),
    "company": _("company"),
    "law_firm": _("law firm"),
    "partnership": _("partnership"),
    "individual": _("sole proprietor"),
    "other": _("other form of business"),
}
"""What kind of business an organisation is."""

RECORDED: Final[Mapping[str, Promise]] = {
    "people.lender_named": _("Lender named"),
    "people.agency_proposed": _("Agency proposed"),
    "people.agency_contract": _("Contract with an agency added"),
    "people.agency_amended": _("Particulars of an organisation changed"),
    "people.agency_contract_amended": _("Contract with an agency changed"),
    "people.agency_contract_ended": _("Contract with an agency ended"),
    "people.agency_impact_assessed": _("Impact of handing over data assessed"),
    "people.agency_reviewed": _("Agency reviewed"),
    "people.agency_deletion_proved": _("Deletion proved by an agency"),
    "people.agency_moved": _("Agency approved, suspended or ended"),
    "people.agencies_published": _("Public list of agencies published"),
    "people.staff_joined": _("Entered in the staff register"),
    "people.staff_amended": _("Entry in the staff register changed"),
    "people.staff_pictured": _("Photo put on a badge"),
    "people.staff_certified": _("Certificate entered"),
    "people.staff_certificate_revoked": _("Certificate revoked"),
    "people.letter_given": _("Authority letter given"),
    "people.letter_revoked": _("Authority letter revoked"),
    "people.staff_conflict": _("Conflict of interest declared"),
    "people.staff_conflict_withdrawn": _("Conflict of interest withdrawn"),
    "people.staff_away": _("Absence entered"),
    "people.staff_back": _("Absence ended"),
    "people.staff_leaving": _("Leaving announced"),
    "people.staff_left": _("Left the house"),
    "people.team_made": _("Team made"),
    "people.team_amended": _("Team changed"),
    "people.team_closed": _("Team closed"),
    "people.team_joined": _("Joined a team"),
    "people.team_left": _("Left a team"),
}
"""What the register puts on record."""
