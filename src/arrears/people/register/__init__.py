"""Reads of the register: organisations, staff, and what of them says who may act."""

from arrears.people.register.facts import (
    agency_facts,
    agency_on_register,
    obstacles,
    staff_facts,
    staff_on_register,
)
from arrears.people.register.lists import (
    AgencyPage,
    AgencyRow,
    StaffRow,
    agencies,
    agency,
    expiring,
    staff_page,
)

__all__ = [
    "AgencyPage",
    "AgencyRow",
    "StaffRow",
    "agencies",
    "agency",
    "agency_facts",
    "agency_on_register",
    "expiring",
    "obstacles",
    "staff_facts",
    "staff_on_register",
    "staff_page",
]
