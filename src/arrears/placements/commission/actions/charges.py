"""What adds to a statement or takes from it: complaints that were upheld, adjustments, scores."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from django.db import IntegrityError
from django.db import transaction as django_transaction

from arrears.journal.actions import of_house, of_person, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.kernel.money import EXPONENTS
from arrears.people.actions.checks import one_of, text
from arrears.people.actions.organisations import locked
from arrears.people.models import Organisation, Person, Staff
from arrears.placements.commission.actions.months import first_of_month, locked_agency
from arrears.placements.commission.models import Adjustment, Score, UpheldComplaint
from arrears.placements.commission.queries.measures import MEASURES
from arrears.placements.commission.rules.bounds import MONEY, WHOLE_BPS, bounds
from arrears.placements.commission.rules.scheme import MOST_CAP_MINOR
from arrears.store.commands import Result, command
from arrears.store.transactions import At

MANAGE: Final = "statements.manage"
APPROVE: Final = "statements.approve"


@command("complaint.uphold", permission=APPROVE)
def uphold_complaint(
    at: At,
    *,
    organisation: str,
    severity: str,
    upheld_on: date,
    reference: str,
    finding: str,
    badge_no: str | None = None,
    person: UUID | None = None,
) -> Result:
    """Put down a complaint that was found to be right; it takes off what the scheme says, once.

    ``reference`` is of the complaint's own file, ``badge_no`` of whom it was about, if of one.

    Raises
    ------
    BadInput
        If a text, day or severity cannot be used, or the staff is another organisation's.
    Conflict
        If the reference was put down already.
    """
    whose = locked(at, organisation)
    _check(at, upheld_on, person)
    made = UpheldComplaint(
        id=uuid7(at.now),
        organisation=whose,
        staff=staff_of(whose, badge_no),
        person_id=person,
        severity=one_of("severity", severity, bounds().severities),
        upheld_on=upheld_on,
        reference=text("reference", reference, 100),
        finding=text("finding", finding, 4000),
        made_at=at.now,
        made_by=at.actor.name,
    )
    try:
        with django_transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("this complaint was put down already", key=made.reference) from error
    stream = of_house(f"agency {organisation}") if person is None else of_person(person)
    record(at, stream, "placements.complaint_upheld",
           {"complaint": str(made.id), "ref": organisation, "severity": severity,
            "upheld_on": f"{upheld_on}", "reference": made.reference})  # fmt: skip
    return {"complaint": str(made.id)}


def _check(at: At, upheld_on: date, person: UUID | None) -> None:
    if upheld_on > at.today:
        raise BadInput("this is still to come", expected=f"{at.today} or before",
                       found=f"{upheld_on}", key="upheld_on")  # fmt: skip
    if person is not None and not Person.objects.filter(id=person).exists():
        raise NotFound("there is no such person", key=person)


@command("statement.adjust", permission=MANAGE)
def adjust(
    at: At, *, organisation: str, currency: str, commission_minor: int, reason: str
) -> Result:
    """Let the next statement add money (or take it off, below 0), with the reason why."""
    agency = locked_agency(at, organisation)
    one_of("currency", currency, EXPONENTS)
    if type(commission_minor) is not int or not 0 < abs(commission_minor) <= MOST_CAP_MINOR:
        raise BadInput("this is no amount", expected="minor units, not 0",
                       found=str(commission_minor)[:40], key="commission_minor")  # fmt: skip
    made = Adjustment.objects.create(
        id=uuid7(at.now),
        organisation=agency,
        currency=currency,
        commission_minor=commission_minor,
        reason=text("reason", reason, 4000),
        made_at=at.now,
        made_by=at.actor.name,
    )
    record(at, of_house(f"agency {organisation}"), "placements.commission_adjusted",
           {"adjustment": str(made.id), "ref": organisation, "currency": currency,
            "commission_minor": commission_minor, "reason": made.reason})  # fmt: skip
    return {"adjustment": str(made.id)}


@command("score.enter", permission=APPROVE)
def enter_score(
    at: At,
    *,
    organisation: str,
    component: str,
    month: date,
    score_bps: int,
    reason: str,
    badge_no: str | None = None,
) -> Result:
    """Say how well a component went in a month that the house cannot measure itself.

    Raises
    ------
    BadInput
        If the component is measured, is the amount recovered, or is not known.
    """
    first_of_month("month", month)
    whose = locked(at, organisation)
    entered = [name for name in bounds().components if name not in MEASURES and name != MONEY]
    one_of("component", component, entered)
    if type(score_bps) is not int or not 0 <= score_bps <= WHOLE_BPS:
        raise BadInput("this is no score", expected=f"0 to {WHOLE_BPS}",
                       found=str(score_bps)[:40], key="score_bps")  # fmt: skip
    made = Score.objects.create(
        id=uuid7(at.now),
        organisation=whose,
        staff=staff_of(whose, badge_no),
        component=component,
        month=month,
        score_bps=score_bps,
        reason=text("reason", reason, 4000),
        made_at=at.now,
        made_by=at.actor.name,
    )
    record(at, of_house(f"agency {organisation}"), "placements.score_entered",
           {"score": str(made.id), "ref": organisation, "component": component,
            "staff": str(made.staff_id) if made.staff_id else None, "month": f"{month:%Y-%m}",
            "score_bps": score_bps, "reason": made.reason})  # fmt: skip
    return {"score": str(made.id)}


def staff_of(whose: Organisation, badge_no: str | None) -> Staff | None:
    """Who of an organisation has a badge; None where no badge is named."""
    if badge_no is None:
        return None
    found = Staff.objects.filter(badge_no=badge_no).first()
    if found is None:
        raise NotFound("nobody has this badge", key=badge_no)
    if found.organisation_id != whose.id:
        raise BadInput("this is somebody of another organisation", expected=whose.ref,
                       found=badge_no, key="badge_no")  # fmt: skip
    return found
