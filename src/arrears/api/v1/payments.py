"""Payments: pushed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from arrears.api.answers.pushed import Pushed
from arrears.api.commands import REPLAYABLE, IdempotencyKey, carry_out
from arrears.api.door import ClientToken, caller
from arrears.api.pushing import told
from arrears.api.rows import PaymentBatch
from arrears.loans.actions import push_payments

router = Router(tags=["payments"])


@router.post(
    "/payments",
    auth=ClientToken("loans.push"),
    response=Pushed,
    openapi_extra=REPLAYABLE,
    summary="Push payments",
)
def post_payments(
    request: HttpRequest, response: HttpResponse, batch: PaymentBatch, key: IdempotencyKey
) -> Pushed:
    """Add payments, or take some back whole (`reverses`), by the checks that a tape passes.

    A payment that is known already with the same content counts once; with another content it is
    set aside.
    """
    result = carry_out(
        push_payments, caller(request), key, response, rows=batch.payments, book_on=batch.book_on
    )
    return told(result, "payments", batch.payments, "payment_id")
