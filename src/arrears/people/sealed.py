"""Which fields of a person are sealed at rest, and the hashes by which persons are found."""

from __future__ import annotations

import itertools
import string
from collections.abc import Mapping
from typing import Any, Final

from arrears.store.sealed.cipher import Sealer
from arrears.store.sealed.keyed import FEWEST_DIGITS, Key, key
from arrears.store.sealed.place import opener
from arrears.store.sealed.reseal import SealedTable

TABLE: Final = "people_person"
# The address is not among them: stop switches of a district look into it, in SQL.
FIELDS: Final = ("phone", "email", "national_id")
HASHES: Final = ("phone_hmac", "email_hmac", "national_id_hmac", "sealed_hmac")
LONGEST_NUMBER: Final = 60  # characters of what is searched for as a number
# National ids are hashed with their country; a search does not know which one.
_COUNTRIES: Final = tuple(map("".join, itertools.product(string.ascii_uppercase, repeat=2)))


def seal_person(
    sealer: Sealer, chosen: Key, person_ref: str, jurisdiction: str, given: Mapping[str, Any]
) -> dict[str, str | None]:
    """The sealed columns of a person and their hashes, by column.

    Parameters
    ----------
    given
        The values of :data:`FIELDS`; what is missing is null. ``extra`` (JSON text of unknown
        columns) is sealed as well, and comes back as JSON text.
    """
    sealed: dict[str, str | None] = {
        name: None if value is None else sealer.seal(f"{TABLE}.{name}", person_ref, value)
        for name in FIELDS
        for value in [given.get(name)]
    }
    extra = given.get("extra")
    if extra is not None:
        extra = sealed_json(sealer, f"{TABLE}.extra", person_ref, extra)
    return sealed | {"extra": extra} | hashes(chosen, jurisdiction, given)


def hashes(chosen: Key, jurisdiction: str, given: Mapping[str, Any]) -> dict[str, str | None]:
    """The columns :data:`HASHES` of a person, from the plain values."""
    phone, email, national_id = (given.get(name) for name in FIELDS)
    return {
        "phone_hmac": None if phone is None else chosen.of_number(phone),
        "email_hmac": None if email is None else chosen.of_number(email),
        "national_id_hmac": (
            None if national_id is None else chosen.of_national_id(jurisdiction, national_id)
        ),
        "sealed_hmac": chosen.of_cells(*(given.get(name) for name in (*FIELDS, "extra"))),
    }


def _derived(row: Mapping[str, Any], plain: Mapping[str, str | None]) -> dict[str, str | None]:
    return hashes(key(), row["jurisdiction"], plain)


PERSONS: Final = SealedTable(
    TABLE,
    read=("person_ref", "jurisdiction"),
    row_key=lambda row: str(row["person_ref"]),
    columns=FIELDS,
    json_columns=("extra",),
    derive=_derived,
)


def sealed_json(sealer: Sealer, place: str, row: str, text: str) -> str:
    """JSON text, sealed, as a string of JSON: it stays in its column of JSON."""
    return f'"{sealer.seal(place, row, text)}"'


def opened(person_ref: str, field: str, sealed: str | None) -> str | None:
    """A field of a person as it is; for what shows it, masks it, or exports it."""
    return None if sealed is None else opener().open(f"{TABLE}.{field}", person_ref, sealed)


def looks_like_number(text: str) -> bool:
    """Whether a text may be a phone number, a national id or the number of a contract."""
    digits = sum(sign.isdigit() for sign in text)
    return len(text) <= LONGEST_NUMBER and digits >= FEWEST_DIGITS


def phone_hash(text: str) -> str | None:
    """By what a person is found by phone; with or without country code it is the same."""
    return key().of_number(text)


def national_id_hashes(text: str, country: str | None = None) -> list[str]:
    """By what a person is found by national id: the hash of each country, or of one."""
    countries = _COUNTRIES if country is None else (country,)
    found = (key().of_national_id(each, text) for each in countries)
    return [hashed for hashed in found if hashed is not None]


def account_hash(text: str) -> str | None:
    """By what a loan is found by the number of its contract."""
    return key().of_account(text)
