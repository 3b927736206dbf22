"""Who is calling, what they may do, and how the book stands."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from arrears.api.answers.status import BookState, Status
from arrears.api.door import ClientToken, caller
from arrears.daily.queries import newest_run, outbound_mode
from arrears.loans.queries import book_status
from arrears.store.transactions import transaction

router = Router(tags=["status"])


@router.get("/status", auth=ClientToken(None), response=Status, summary="How things stand")
def status(request: HttpRequest) -> Status:
    """The client's own name and scopes, the outbound mode and the state of the book.

    Any client may ask: a good first call, to see that the token works.
    """
    actor = caller(request)
    with transaction(actor) as at:
        newest = newest_run(actor)
        return Status(
            client=actor.ref,
            scopes=sorted(actor.permissions),
            business_day=at.today,
            mode=outbound_mode(),
            newest_run_on=newest.as_of if newest else None,
            book=BookState.model_validate(book_status(actor)),
        )
