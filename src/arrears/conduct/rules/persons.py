"""What a person's description says: where they are, how old, and whether they can act."""

from __future__ import annotations

from datetime import date
from typing import Final

from arrears.rulebook.act import BUSINESS_ZONES, JURISDICTIONS

OF_AGE_YEARS: Final = 18  # in cn (Civil Code 17), in, gb and most of us
MOST_YEARS: Final = 130


def place_of(jurisdiction: str, time_zone: str | None) -> tuple[str | None, str | None]:
    """Pack and zone that apply to a person.

    A jurisdiction without a pack is unknown: the rules of all packs apply together. Without a
    zone on record it is that of the jurisdiction, if it has only one.
    """
    country = jurisdiction.partition("-")[0].lower()
    known = country if country in JURISDICTIONS else None
    return known, time_zone or BUSINESS_ZONES.get(country)


def age_band(birth_on: date | None, today: date) -> str:
    """``minor``, ``adult`` or ``unknown``; who was born on 29 February comes of age on 1 March."""
    if birth_on is None or not 0 <= today.year - birth_on.year <= MOST_YEARS:
        return "unknown"
    birthday_passed = (today.month, today.day) >= (birth_on.month, birth_on.day)
    years = today.year - birth_on.year - (not birthday_passed)
    return "adult" if years >= OF_AGE_YEARS else "minor"


def capacity(on_record: str | None, age: str) -> str:
    """Legal capacity: as recorded; else that of an adult is presumed (Civil Code 18)."""
    if on_record is not None:
        return on_record
    return "full" if age == "adult" else "unknown"
