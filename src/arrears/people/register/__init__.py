"""Reads of the register: organisations, staff, and what of them says who may act."""

from arrears.people.register.facts import (
    agency_facts,
    agency_on_register,
    obstacles,
    staff_facts,
    staff_on_register,
)

__all__ = [
    "agency_facts",
    "agency_on_register",
    "obstacles",
    "staff_facts",
    "staff_on_register",
]
