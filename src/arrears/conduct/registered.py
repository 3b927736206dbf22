"""What the register says of who acts: the staff named and the agency, today and on later days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from arrears.conduct.rules.intent import Intent
from arrears.kernel.clock import local_day
from arrears.people.register import agency_on_register, staff_on_register
from arrears.people.rules.standing import (
    AGENCY_FACTS,
    AgencyOnRegister,
    OnRegister,
    Work,
    agency_facts_on,
    staff_facts_on,
    turning_days,
)
from arrears.rulebook.act import Change
from arrears.rulebook.vocabulary import Value


@dataclass(frozen=True, slots=True)
class Registered:
    """Who acts, as the register has them.

    Parameters
    ----------
    crew_told
        With nobody named, what the caller tells of staff stands. Otherwise nobody named is
        nobody who may act.
    """

    intent: Intent
    staff: tuple[OnRegister, ...]
    agency: AgencyOnRegister | None
    work: Work
    crew_told: bool

    def facts(self, at: datetime) -> dict[str, Value]:
        """The ``staff_*`` and ``agency_*`` facts of the business day of an instant."""
        return self._on(local_day(at, _zone()))

    def _on(self, day: date) -> dict[str, Value]:
        intent, found = self.intent, dict[str, Value]()
        if intent.officers or not self.crew_told:
            found |= staff_facts_on(self.staff, intent.officers, intent.organisation, day)
        if intent.actor == "agency":
            facts = agency_facts_on(self.agency, day, self.work)
            found |= {name: facts[name] for name in AGENCY_FACTS}
        return found

    def changes(self, at: datetime) -> Iterator[Change]:
        """What later days will change by themselves: a paper that runs out, a contract begins."""
        before = self.facts(at)
        for day in turning_days(self.staff, self.agency, local_day(at, _zone())):
            after = self._on(day)
            for name, value in after.items():
                if before[name] != value:
                    yield Change(_begins(day), name, value)
            before = after

    def edges(self, at: datetime) -> list[datetime]:
        """Later instants at which any of it may change."""
        return [_begins(d) for d in turning_days(self.staff, self.agency, local_day(at, _zone()))]


def registered(intent: Intent, row: dict[str, Any], product: str, crew_told: bool) -> Registered:
    """Load who acts; two queries at most, none for an act of the lender that names nobody.

    Parameters
    ----------
    row
        How the person stands: of it their jurisdiction.
    """
    channel = None if intent.channel == "none" else intent.channel
    agency = agency_on_register(intent.organisation) if intent.actor == "agency" else None
    return Registered(
        intent=intent,
        staff=staff_on_register(intent.officers, intent.person_id),
        agency=agency,
        work=Work(product, row["jurisdiction"], channel),
        crew_told=crew_told,
    )


def fits(intent: Intent) -> bool:
    """Whether the organisation can be who acts: an agency's own name, or the lender's."""
    if intent.actor in ("lender", "agency"):
        return (intent.actor == "lender") == (intent.organisation == "lender")
    return True


def _zone() -> ZoneInfo:
    return ZoneInfo(settings.ARREARS.business_zone)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), _zone()).astimezone(UTC)
