"""Work queues: read, taken up, finished and handed over; the allotment of the day."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from arrears.api.answers import Listed
from arrears.api.answers.queues import (
    AllotmentAnswer,
    HandedOver,
    KeptBy,
    LetGo,
    QueueAnswer,
    TakenUp,
    UnkeptCase,
)
from arrears.api.commands import REPLAYABLE, IdempotencyKey, carry_out
from arrears.api.door import ClientToken, caller
from arrears.api.placing import CaseHandedOver, CasePutBack, CaseTaken
from arrears.api.v1.parameters import PageNumber, PageSize
from arrears.daily.queries import newest_run
from arrears.people.organisations import agency_of
from arrears.placements.allotment import actions, queries
from arrears.placements.allotment.badges import of_badge
from arrears.store.pages import Page

router = Router(tags=["work queues"])
BadgeNo = Annotated[
    str,
    Query(..., min_length=1, max_length=80, pattern=r"^[^\u0000-\u001f]+$",
          description="whose queue: somebody of the client's own house who is at work"),
]  # fmt: skip
OfTeam = Annotated[bool, Query(False, description="with the cases of team mates")]
_POSTED: dict[str, Any] = {**REPLAYABLE, "x-refusals": [404]}


@router.get(
    "/queue",
    auth=ClientToken("queues.read"),
    response=QueueAnswer,
    openapi_extra={"x-refusals": [404]},
    summary="Somebody's queue of the day",
)
def get_queue(
    request: HttpRequest, badge_no: BadgeNo, team: OfTeam, page: PageNumber, size: PageSize
) -> QueueAnswer:
    """What somebody works on today: what they have taken up, then what waits, in order."""
    found = queries.queue(caller(request), team=team, page=page, size=size, badge_no=badge_no)
    return QueueAnswer.model_validate(
        {
            "badge_no": badge_no,
            "in_hand": found.in_hand,
            "waiting": found.lines,
            "carried": found.carried,
        }
    )


@router.post(
    "/queue/take-up",
    auth=ClientToken("queues.take"),
    response=TakenUp,
    openapi_extra=_POSTED,
    summary="Take up a case",
)
def post_take_up(
    request: HttpRequest, response: HttpResponse, taken: CaseTaken, key: IdempotencyKey
) -> TakenUp:
    """Take up a case for today: of one's own queue, or a team mate's. Of two at once, one wins."""
    given = taken.model_dump()
    result = carry_out(actions.take_up, caller(request), key, response, **given)
    return TakenUp.model_validate({"case_id": result["case"], "staff_id": result["staff"]})


@router.post(
    "/queue/finish",
    auth=ClientToken("queues.take"),
    response=LetGo,
    openapi_extra=_POSTED,
    summary="Be done with a case",
)
def post_finish(
    request: HttpRequest, response: HttpResponse, taken: CaseTaken, key: IdempotencyKey
) -> LetGo:
    """Be done with a case that was taken up today; it comes again as its treatment says."""
    given = taken.model_dump()
    result = carry_out(actions.finish, caller(request), key, response, **given)
    return LetGo.model_validate({"case_id": result["case"], "due_on": result["due_on"]})


@router.post(
    "/queue/put-back",
    auth=ClientToken("queues.take"),
    response=LetGo,
    openapi_extra=_POSTED,
    summary="Put a case back",
)
def post_put_back(
    request: HttpRequest, response: HttpResponse, put_back: CasePutBack, key: IdempotencyKey
) -> LetGo:
    """Put back a case that was taken up today, to be seen again at once or on a later day."""
    given = put_back.model_dump()
    result = carry_out(actions.put_back, caller(request), key, response, **given)
    return LetGo.model_validate({"case_id": result["case"], "due_on": result["due_on"]})


@router.post(
    "/queue/hand-over",
    auth=ClientToken("queues.manage"),
    response=HandedOver,
    openapi_extra=_POSTED,
    summary="Hand a case over",
)
def post_hand_over(
    request: HttpRequest, response: HttpResponse, handed: CaseHandedOver, key: IdempotencyKey
) -> HandedOver:
    """Give a case to another keeper, who must be at work and fit it; what is due goes with it."""
    actor = caller(request)
    given = {
        "case_id": handed.case_id,
        "to_staff": of_badge(actor, handed.to),
        "reason": handed.reason,
    }
    result = carry_out(actions.hand_over, actor, key, response, **given)
    told = {"case_id": result["case"], "staff_id": result["staff"]}
    return HandedOver.model_validate({**told, "over_capacity": result["over_capacity"]})


@router.get(
    "/allotment",
    auth=ClientToken("queues.manage"),
    response=AllotmentAnswer,
    summary="The allotment of the day",
)
def get_allotment(request: HttpRequest) -> AllotmentAnswer:
    """What the newest run allotted, who keeps how much of it now, and what nobody keeps."""
    actor = caller(request)
    run = newest_run(actor) if agency_of(actor.scope) is None else None
    return AllotmentAnswer.model_validate(
        {
            "as_of": run.as_of if run else None,
            "counts": run.counts.get("allotment") if run else None,
            "unkept": queries.unkept(actor, 1, 1).total,
            "keepers": [asdict(each) for each in queries.members(actor)],
        }
    )


@router.get(
    "/allotment/unkept",
    auth=ClientToken("queues.manage"),
    response=Listed[UnkeptCase],
    summary="Cases that nobody keeps",
)
def get_unkept(request: HttpRequest, page: PageNumber, size: PageSize) -> Page[queries.UnkeptView]:
    """Open cases, not on hold, that nobody at work keeps, and why nobody fits."""
    return queries.unkept(caller(request), page, size)


@router.get(
    "/cases/{uuid:case_id}/keepers",
    auth=ClientToken("cases.read"),
    response=KeptBy,
    openapi_extra={"x-refusals": [404]},
    summary="Who kept a case",
)
def get_keepers(request: HttpRequest, case_id: UUID) -> KeptBy:
    """Who kept a case when, and why it went from one to the next."""
    return KeptBy.model_validate({"rows": queries.history(caller(request), case_id)})
