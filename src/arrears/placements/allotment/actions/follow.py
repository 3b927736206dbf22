"""What allotment does about what others tell: somebody left, is away, or leads a person now."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from arrears.people.events import StaffAway, StaffLeft
from arrears.placements.allotment.actions.allot import allot_cases
from arrears.placements.allotment.models import Allotment
from arrears.placements.events import PersonsPlaced, PersonsTakenBack
from arrears.store.pages import select
from arrears.store.transactions import At

_OPEN_CASES: Final = """
SELECT id FROM cases_case WHERE state = 'open' AND person_id = ANY(%s) ORDER BY id
"""


def follow_leaving(at: At, happened: StaffLeft) -> None:
    """Their cases go to colleagues at once; of one who leaves later, on the day they are gone."""
    if happened.left_on <= at.today:
        _pass_on(at, happened.staff_id)


def follow_absence(at: At, happened: StaffAway) -> None:
    """Their cases go to colleagues if the absence has begun; else on the day it begins."""
    if happened.from_on <= at.today and (happened.until_on is None or at.today < happened.until_on):
        _pass_on(at, happened.staff_id)


def follow_placement(at: At, happened: PersonsPlaced | PersonsTakenBack) -> None:
    """Persons have another organisation in charge: its people keep their cases from now on."""
    cases = [row["id"] for row in select(_OPEN_CASES, [list(happened.person_ids)])]
    if cases:
        allot_cases(at, cases)


def _pass_on(at: At, staff: UUID) -> None:
    cases = Allotment.objects.filter(staff_id=staff, until_at__isnull=True)
    ids = list(cases.order_by("case_id").values_list("case_id", flat=True))
    if ids:
        allot_cases(at, ids)
