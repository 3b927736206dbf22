"""How far targets of a month were reached: the score is of all components, never of money alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.conf import settings

from arrears.kernel.dates import add_months
from arrears.kernel.errors import NotFound
from arrears.people.models import Organisation
from arrears.placements.commission.models import Target
from arrears.placements.commission.queries.measures import scores
from arrears.placements.commission.rules.bounds import bounds
from arrears.placements.commission.rules.scheme import read_terms
from arrears.placements.commission.rules.targets import Reached, progress, score_bps
from arrears.store.actor import Actor
from arrears.store.pages import select
from arrears.store.transactions import transaction

READ: Final = "statements.read"
MOST: Final = 500
MONTHS: Final = 12

_DAY: Final = "({} AT TIME ZONE %(zone)s)::date"
# Whose cases were whose on which days: an agency's while they were placed with it, ...
_PLACED: Final = f"""
SELECT p.organisation_id AS subject, p.person_id AS person,
  {_DAY.format("p.from_at")} AS first_on, {_DAY.format("p.until_at")} AS until_on
FROM placements_placement p WHERE p.organisation_id = %(organisation)s
"""
# ... of staff while they kept the case, of the lender while any of its staff did ...
_KEPT: Final = f"""
SELECT {{subject}} AS subject, c.person_id AS person,
  {_DAY.format("a.from_at")} AS first_on, {_DAY.format("a.until_at")} AS until_on
FROM placements_allotment a JOIN cases_case c ON c.id = a.case_id
WHERE a.organisation_id = %(organisation)s
"""
# ... and of a team while they did as its members. greatest() and least() pass over what is null.
_TEAMS: Final = f"""
SELECT m.team_id AS subject, c.person_id AS person,
  greatest({_DAY.format("a.from_at")}, m.from_on) AS first_on,
  least({_DAY.format("a.until_at")}, m.until_on) AS until_on
FROM placements_allotment a JOIN cases_case c ON c.id = a.case_id
JOIN people_team_member m ON m.staff_id = a.staff_id
WHERE a.organisation_id = %(organisation)s
"""
# What came in of a month, less what was taken back in it of payments of such days.
_RECOVERED: Final = """
WITH led AS MATERIALIZED ({led})
SELECT led.subject, l.currency,
  sum(CASE WHEN y.reverses IS NULL THEN y.amount_minor ELSE -y.amount_minor END)::bigint AS minor
FROM led JOIN loans_loan l ON l.person_id = led.person JOIN loans_payment y ON y.loan_id = l.id
LEFT JOIN loans_payment o ON o.payment_ref = y.reverses
WHERE y.paid_on >= %(month)s AND y.paid_on < %(end)s
  AND (y.reverses IS NULL OR o.payment_ref IS NOT NULL)
  AND coalesce(o.paid_on, y.paid_on) >= led.first_on
  AND (led.until_on IS NULL OR coalesce(o.paid_on, y.paid_on) < led.until_on)
GROUP BY led.subject, l.currency ORDER BY led.subject, l.currency
"""
_MEMBERS: Final = """
SELECT DISTINCT m.team_id AS team, m.staff_id AS staff FROM people_team_member m
JOIN people_team t ON t.id = m.team_id
WHERE t.organisation_id = %(organisation)s AND m.from_on < %(end)s
  AND (m.until_on IS NULL OR m.until_on > %(month)s)
ORDER BY m.team_id, m.staff_id
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """A target of a month and how far it was reached.

    Parameters
    ----------
    kind, subject, name
        Whose: organisation, team or staff; its id; how it is called.
    score_bps
        The weighted score, of 10,000; None while a component is not known.
    """

    kind: str
    subject: UUID
    name: str
    reached: tuple[Reached, ...]
    score_bps: int | None


def targets(actor: Actor, organisation: str, month: date) -> tuple[Progress, ...]:
    """The targets of an organisation, its teams and its staff for a month, 500 at most.

    Parameters
    ----------
    month
        Its first day. While it is not over, scores are those of the days so far.
    """
    actor.require(READ)
    with transaction(actor):
        newest: dict[tuple[str, UUID], Target] = {}
        found = Target.objects.filter(organisation__ref=organisation, month=month)
        found = found.select_related("organisation", "team", "staff", "scheme")
        for each in found.order_by("made_at", "id"):
            newest[_whose(each)[:2]] = each
        if not newest:
            return ()
        whose = next(iter(newest.values())).organisation
        told = _told(whose.id, month)
        sums = _recovered(whose, told, {kind for kind, _ in newest})
        members = _members(told)
        made = [_progress(each, sums, members) for each in newest.values()]
    return tuple(sorted(made, key=lambda each: (_ORDER[each.kind], each.name, each.subject)))[:MOST]


def over_months(actor: Actor, kind: str, subject: UUID) -> tuple[tuple[date, Progress], ...]:
    """The last 12 months with a target of an organisation, team or member of staff, newest first.

    Raises
    ------
    NotFound
        If there is no target of it, or none that the actor may see.
    """
    actor.require(READ)
    if kind not in _OF:
        raise NotFound("there is no such target", key=kind)
    with transaction(actor):
        newest: dict[date, Target] = {}
        found = Target.objects.filter(**_OF[kind](subject))
        found = found.select_related("organisation", "team", "staff", "scheme")
        # Targets of a month replace each other: few do, so that this stays short.
        for each in found.order_by("-month", "-made_at", "-id")[: MONTHS * 10]:
            newest.setdefault(each.month, each)
        if not newest:
            raise NotFound("there is no such target", key=subject)
        made = []
        for month, each in list(newest.items())[:MONTHS]:
            told = _told(each.organisation_id, month)
            members = _members(told)
            sums = _recovered(each.organisation, told, {kind})
            made.append((month, _progress(each, sums, members)))
    return tuple(made)


_OF: Final[Mapping[str, Callable[[UUID], dict[str, Any]]]] = {
    "organisation": lambda id: {"organisation_id": id, "team": None, "staff": None},
    "team": lambda id: {"team_id": id},
    "staff": lambda id: {"staff_id": id},
}


def _told(organisation: UUID, month: date) -> dict[str, Any]:
    return {"organisation": organisation, "month": month, "end": add_months(month, 1),
            "zone": settings.ARREARS.business_zone}  # fmt: skip


def _members(told: Mapping[str, Any]) -> dict[UUID, list[UUID]]:
    members: dict[UUID, list[UUID]] = {}
    for row in select(_MEMBERS, told):
        members.setdefault(row["team"], []).append(row["staff"])
    return members


_ORDER: Final = {"organisation": 0, "team": 1, "staff": 2}


def _whose(target: Target) -> tuple[str, UUID, str]:
    if target.staff is not None:
        return "staff", target.staff.id, target.staff.display_name
    if target.team is not None:
        return "team", target.team.id, target.team.name
    return "organisation", target.organisation_id, target.organisation.name


def _recovered(
    whose: Organisation, told: Mapping[str, Any], kinds: set[str]
) -> dict[UUID, dict[str, int]]:
    own = _PLACED if whose.kind == "agency" else _KEPT.format(subject="a.organisation_id")
    led = {"organisation": own, "team": _TEAMS, "staff": _KEPT.format(subject="a.staff_id")}
    found: dict[UUID, dict[str, int]] = {}
    for kind in sorted(kinds):
        for row in select(_RECOVERED.format(led=led[kind]), told):
            found.setdefault(row["subject"], {})[row["currency"]] = row["minor"]
    return found


def _progress(
    target: Target,
    sums: Mapping[UUID, Mapping[str, int]],
    members: Mapping[UUID, list[UUID]],
) -> Progress:
    kind, subject, name = _whose(target)
    staff = {"team": tuple(members.get(subject, ())), "staff": (subject,)}.get(kind)
    known = scores(target.organisation_id, target.month, staff)
    pays = target.organisation.kind == "agency"
    reached = progress(
        read_terms(target.scheme.document, bounds(), pays=pays),
        target.aims,
        sums.get(subject, {}),
        {name: each.score_bps for name, each in known.items()},
    )
    return Progress(kind, subject, name, reached, score_bps(reached))
