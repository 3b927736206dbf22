"""The public list of agencies: as it should be today, and as it was published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings

from arrears.kernel.clock import local_day
from arrears.people.models import Organisation, PublicList
from arrears.people.organisations import LENDER_ID
from arrears.people.rules.listed import due_on, in_period
from arrears.store.pages import select

MOST: Final = 1_000
# The period is that of the contract in force, or else of the next one.
_LISTED: Final = """
SELECT DISTINCT ON (o.ref) o.ref, o.name, o.form, o.address, o.phone, o.email,
  c.from_on, c.until_on, c.purpose, c.channels, c.jurisdictions
FROM people_organisation o JOIN people_agency_contract c ON c.organisation_id = o.id
WHERE o.kind = 'agency' AND o.state = 'approved' AND c.until_on > %s
ORDER BY o.ref, c.from_on
LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Published:
    """The list as everybody may read it.

    Parameters
    ----------
    lender
        The lender's name; None if it was never said.
    updated_at
        When it was published last; None: never.
    number
        Which version that was, from 1.
    """

    lender: str | None
    updated_at: datetime | None
    number: int
    agencies: tuple[dict[str, Any], ...]


def as_it_should_be(day: date) -> list[dict[str, Any]]:
    """What the register says of agencies that are approved and not over; in a lender's scope."""
    return [
        {**row, "from_on": row["from_on"].isoformat(), "until_on": row["until_on"].isoformat()}
        for row in select(_LISTED, [day, MOST])
    ]


def public_list(day: date) -> Published:
    """The list as it was published last, without agencies whose period is over since.

    Needs no scope: nothing on it concerns a person.
    """
    last = PublicList.objects.order_by("-number").first()
    lender = Organisation.objects.filter(id=LENDER_ID).values_list("name", flat=True).first()
    if last is None:
        return Published(lender, None, 0, ())
    agencies = tuple(dict(each) for each in in_period(last.agencies, day))
    return Published(lender, last.published_at, last.number, agencies)


def publication_due_on(day: date) -> date | None:
    """By when the list must be published anew; None if it says what it should."""
    last = PublicList.objects.order_by("-number").first()
    published = [] if last is None else last.agencies
    zone = ZoneInfo(settings.ARREARS.business_zone)
    published_on = day if last is None else local_day(last.published_at, zone)
    return due_on(published, as_it_should_be(day), published_on, day)
