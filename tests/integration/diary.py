"""What tests of the daily run ask again and again."""

from __future__ import annotations

from datetime import date

from lender import day

from arrears.cases.models import BucketSpan, Case, CaseEvent, CaseLoan
from arrears.cases.queries import CaseDetail, CaseFilter, case, list_cases
from arrears.daily.actions import RunResult, run_day
from arrears.kernel.ids import named
from arrears.loans.models import LoanHold
from arrears.store.actor import LENDER, Actor, system
from arrears.store.transactions import transaction

ACTOR = system("test")
RECALLER = Actor("machine", "core", LENDER, frozenset({"loans.recall"}))


def ran(number: int) -> RunResult:
    return run_day(ACTOR, day(number))


def only_case(person: str = "p1", state: str | None = "open") -> CaseDetail:
    found = list_cases(ACTOR, CaseFilter(state=state, text=person)).rows
    assert len(found) == 1, found
    return case(ACTOR, found[0].id)


def number(on: date | None) -> int | None:
    return None if on is None else (on - day(0)).days


def told(detail: CaseDetail) -> list[tuple[int | None, str]]:
    return [(number(event.happened_on), event.kind) for event in detail.events]


def spans(loan: str) -> list[tuple[int | None, int | None, str]]:
    with transaction(ACTOR):
        return [
            (
                (s.from_on - day(0)).days,
                (s.until_on - day(0)).days if s.until_on else None,
                s.bucket,
            )
            for s in BucketSpan.objects.filter(loan_id=named("loan", loan)).order_by("from_on")
        ]


def everything() -> list[object]:
    """All rows of cases, to the letter."""
    with transaction(ACTOR):
        return [
            list(model.objects.order_by("pk").values_list())
            for model in (Case, CaseLoan, CaseEvent, BucketSpan, LoanHold)
        ]
