"""Loans: pushed with their schedules, recalled, and read with their figures."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from arrears.api.answers.loans import Figures, LoanAnswer
from arrears.api.answers.pushed import Pushed, Recalled
from arrears.api.commands import REPLAYABLE, IdempotencyKey, carry_out
from arrears.api.door import ClientToken, caller
from arrears.api.pushing import told
from arrears.api.rows import LoanBatch, Recall
from arrears.api.v1.parameters import LoanRef
from arrears.book.age.bucket import bucket_of
from arrears.book.explain import LoanTold
from arrears.loans.actions import push_loans
from arrears.loans.actions import recall as recall_loan
from arrears.loans.queries import loan, tell_loan
from arrears.store.transactions import transaction

router = Router(tags=["loans"])
AsOf = Annotated[
    date | None, Query(None, description="day of the figures; left out: the business day")
]


@router.post(
    "/loans",
    auth=ClientToken("loans.push"),
    response=Pushed,
    openapi_extra=REPLAYABLE,
    summary="Push loans with their schedules",
)
def post_loans(
    request: HttpRequest, response: HttpResponse, batch: LoanBatch, key: IdempotencyKey
) -> Pushed:
    """Add loans, or describe known ones anew, each with its whole schedule as it stands today.

    The schedule sent replaces the one on file; payments stay. A loan of which any row fails a
    check is set aside whole.
    """
    result = carry_out(
        push_loans, caller(request), key, response, rows=batch.loans, book_on=batch.book_on
    )
    return told(result, "loans", batch.loans, "loan_id")


@router.post(
    "/loans/{path:loan_ref}/recall",
    auth=ClientToken("loans.recall"),
    response=Recalled,
    openapi_extra={**REPLAYABLE, "x-refusals": [404]},
    summary="Recall a loan",
)
def post_recall(
    request: HttpRequest,
    response: HttpResponse,
    loan_ref: LoanRef,
    recall: Recall,
    key: IdempotencyKey,
) -> Recalled:
    """Withdraw a loan: it leaves its case at once and is collected no more."""
    result = carry_out(
        recall_loan,
        caller(request),
        key,
        response,
        loan_ref=loan_ref,
        recalled_on=recall.recalled_on,
        reason=recall.reason,
    )
    return Recalled.model_validate(result)


@router.get(
    "/loans/{path:loan_ref}",
    auth=ClientToken("cases.read"),
    response=LoanAnswer,
    openapi_extra={"x-refusals": [404]},
    summary="A loan with its figures",
)
def get_loan(
    request: HttpRequest,
    loan_ref: LoanRef,
    as_of: AsOf,
) -> LoanAnswer:
    """Terms, schedule and payments of a loan, and what is overdue of it on a day."""
    actor = caller(request)
    with transaction(actor) as at:
        detail = loan(actor, loan_ref)
        story = tell_loan(detail, as_of or at.today)
    return LoanAnswer.model_validate(
        {
            "loan": detail.loan,
            "parties": detail.parties,
            "figures": _figures(story) if story else None,
            "instalments": story.instalments if story else [],
            "payments": detail.payments,
            "cut_short": detail.cut_short,
        }
    )


def _figures(story: LoanTold) -> Figures:
    bucket = bucket_of(story.days_past_due) if story.days_past_due > 0 else None
    names = set(Figures.model_fields) - {"bucket"}
    return Figures(bucket=bucket, **{name: getattr(story, name) for name in names})
