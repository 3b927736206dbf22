"""What an agency's contract in force covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from arrears.people.register import agency_on_register


@dataclass(frozen=True, slots=True)
class Covered:
    """What the contract in force covers; empty where there is none."""

    products: tuple[str, ...] = ()
    jurisdictions: tuple[str, ...] = ()
    until_on: date | None = None


def covered_by(ref: str, day: date) -> Covered:
    """What the contract of an agency covers on a day; reads inside the caller's transaction."""
    register = agency_on_register(ref)
    for contract in () if register is None else register.contracts:
        if contract.days.contain(day):
            return Covered(
                tuple(sorted(contract.products)),
                tuple(sorted(contract.jurisdictions)),
                contract.days.end,
            )
    return Covered()
