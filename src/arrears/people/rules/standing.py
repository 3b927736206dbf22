"""Whether staff and agencies may act on a day: what expired, was revoked or is missing says no.

A *day* is a business day of the lender. Every fact that is not shown is false.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

YEAR: Final = timedelta(days=365)
STAFF_FACTS: Final = (
    "staff_badged", "staff_trained", "staff_cleared", "staff_certified", "staff_authorised",
)  # fmt: skip
AGENCY_FACTS: Final = (
    "agency_published",
    "agency_contract_valid",
    "agency_review_current",
    "impact_assessed",
)


@dataclass(frozen=True, slots=True)
class Days:
    """Half-open ``[start, end)``, which may be empty: a paper that was revoked before it began."""

    start: date
    end: date | None = None

    def contain(self, day: date) -> bool:
        """Whether the day lies inside."""
        return self.start <= day and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class OnRegister:
    """One member of staff, as far as it says whether they may act.

    Parameters
    ----------
    employed, badge
        When they work there, and when their badge is good.
    papers
        Kind and period of every certificate; one that was revoked ends there.
    letters
        Periods of the authority letters that cover them and the person concerned.
    conflicted
        Whether they have a conflict of interest with the person concerned.
    pictured
        Whether the badge has a photo: by the house rule, one without does not say who they are.
    """

    badge_no: str
    organisation: str
    employed: Days
    badge: Days
    papers: tuple[tuple[str, Days], ...] = ()
    letters: tuple[Days, ...] = ()
    conflicted: bool = False
    pictured: bool = False

    def holds(self, kind: str, day: date) -> bool:
        """Whether a certificate of that kind is good on the day."""
        return any(paper == kind and days.contain(day) for paper, days in self.papers)


@dataclass(frozen=True, slots=True)
class ContractTerms:
    """What a contract covers: products, jurisdictions (``CN`` covers ``CN-44``) and channels."""

    days: Days
    products: frozenset[str]
    jurisdictions: frozenset[str]
    channels: frozenset[str]
    impact_assessed_on: date | None = None
    licence_until_on: date | None = None  # the licence it rests on is good before that day only

    def licensed(self, day: date) -> bool:
        """Whether the licence that it rests on, if any, is good on the day."""
        return self.licence_until_on is None or day < self.licence_until_on

    def covers(self, work: Work) -> bool:
        """Whether the work is what it was made for; what is not said is not asked."""
        place = work.jurisdiction
        return (
            (work.product is None or work.product in self.products)
            and (work.channel is None or work.channel in self.channels)
            and (
                place is None
                or any(place == each or place.startswith(f"{each}-") for each in self.jurisdictions)
            )
        )


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody is to do; None: whatever it is."""

    product: str | None = None
    jurisdiction: str | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class AgencyOnRegister:
    """One agency, as far as it says whether it may act.

    Parameters
    ----------
    state, state_on
        Of the transition table, and since when.
    published
        Whether it is on the public list as published last.
    review_due_on
        First day on which its yearly review is overdue; None: it never had a contract.
    """

    ref: str
    state: str
    state_on: date
    published: bool
    contracts: tuple[ContractTerms, ...]
    review_due_on: date | None

    def engaged(self, day: date) -> bool:
        """Whether it stood in good order that day, by the last change that is known."""
        if self.state == "approved":
            return True
        return self.state in ("suspended", "ended") and day < self.state_on


def staff_facts_on(
    found: Sequence[OnRegister], named: Iterable[str], organisation: str, day: date
) -> dict[str, bool]:
    """The facts of all who act, as the rulebook calls them; with nobody named all are false.

    Parameters
    ----------
    named
        Badge numbers of all who act: one that is not found makes every fact false.
    organisation
        Reference of who acts: the people of another one may not act for it.
    """
    known = {each.badge_no: each for each in found}
    crew = [known.get(badge_no) for badge_no in dict.fromkeys(named)]
    present = [
        each
        for each in crew
        if each is not None and each.organisation == organisation and each.employed.contain(day)
    ]
    if not crew or len(present) != len(crew):
        return dict.fromkeys(STAFF_FACTS, False)
    return {
        "staff_badged": all(each.pictured and each.badge.contain(day) for each in present),
        "staff_trained": all(
            each.holds("training", day) and each.holds("test", day) for each in present
        ),
        "staff_cleared": all(each.holds("background", day) for each in present),
        "staff_certified": all(each.holds("agent_certificate", day) for each in present),
        "staff_authorised": all(
            not each.conflicted and any(letter.contain(day) for letter in each.letters)
            for each in present
        ),
    }


def agency_facts_on(agency: AgencyOnRegister | None, day: date, work: Work) -> dict[str, bool]:
    """The facts of an agency, as the rulebook calls them.

    One that is not on the register, or not in good order, has none of them.
    """
    if agency is None or not agency.engaged(day):
        return dict.fromkeys(AGENCY_FACTS, False)
    running = [each for each in agency.contracts if each.days.contain(day)]
    due_on = agency.review_due_on
    return {
        "agency_published": agency.published,
        "agency_contract_valid": any(each.covers(work) and each.licensed(day) for each in running),
        "agency_review_current": due_on is not None and day < due_on,
        "impact_assessed": any(
            each.impact_assessed_on is not None and each.impact_assessed_on <= day
            for each in running
        ),
    }


def turning_days(
    staff: Iterable[OnRegister], agency: AgencyOnRegister | None, after: date
) -> list[date]:
    """The days after one on which any of these facts may change, in order."""
    periods = [
        days
        for each in staff
        for days in (each.employed, each.badge, *(d for _, d in each.papers), *each.letters)
    ]
    days = {day for period in periods for day in (period.start, period.end)}
    if agency is not None:
        for contract in agency.contracts:
            days |= {contract.days.start, contract.days.end}
            days |= {contract.impact_assessed_on, contract.licence_until_on}
        days.add(agency.review_due_on)
    return sorted(day for day in days if day is not None and day > after)


def review_due_on(first_contract_on: date | None, last_yearly_due_on: date | None) -> date | None:
    """First day on which the yearly review is overdue: a year into the first contract, or as the
    last review said."""
    if last_yearly_due_on is not None:
        return last_yearly_due_on
    return None if first_contract_on is None else first_contract_on + YEAR


def next_review_on(reviewed_on: date, rating: int, due_on: date | None) -> date:
    """When the next yearly review is due: within a year; of one that failed, at once."""
    if rating == 1:
        return reviewed_on
    return min(due_on or reviewed_on + YEAR, reviewed_on + YEAR)
