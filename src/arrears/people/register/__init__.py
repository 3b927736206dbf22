"""Reads of the register: organisations, staff, and what of them says who may act."""

from arrears.people.register.facts import (
    agency_facts,
    agency_on_register,
    obstacles,
    staff_facts,
    staff_on_register,
)
from arrears.people.register.lists import AgencyPage, AgencyRow, agencies, agency, organisation
from arrears.people.register.members import (
    Employer,
    Member,
    TeamRow,
    employers,
    member,
    photo,
    team,
    teams,
)
from arrears.people.register.staff import StaffFilter, StaffRow, expiring, staff_page

__all__ = [
    "AgencyPage",
    "AgencyRow",
    "Employer",
    "Member",
    "StaffFilter",
    "StaffRow",
    "TeamRow",
    "agencies",
    "agency",
    "agency_facts",
    "agency_on_register",
    "employers",
    "expiring",
    "member",
    "obstacles",
    "organisation",
    "photo",
    "staff_facts",
    "staff_on_register",
    "staff_page",
    "team",
    "teams",
]
