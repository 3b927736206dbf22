"""Hand over: one case to somebody, or all that somebody has to their colleagues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from arrears.journal.actions import of_case, of_house, record
from arrears.kernel.errors import BadInput, Conflict, NotFound
from arrears.people.actions.checks import text
from arrears.people.models import Staff
from arrears.placements.allotment.actions.changes import change, lock
from arrears.placements.allotment.actions.reach import led, locked, myself, require_reach
from arrears.placements.allotment.facts import conflicts, keepers, open_cases
from arrears.placements.allotment.models import Allotment
from arrears.placements.allotment.rules import Keeper, allot
from arrears.store.commands import Result, command
from arrears.store.transactions import At

_REASON: Final = 500
MOST_AT_ONCE: Final = 1_000


@command("queue.hand_over", permission="queues.manage")
def hand_over(at: At, *, case_id: UUID, to_staff: UUID, reason: str) -> Result:
    """Give one case to another keeper, with what is due of it.

    They may be above their capacity; they must fit otherwise.

    Raises
    ------
    NotFound
        If nobody keeps such a case, or there is no such member of staff.
    NotAllowed
        For a team lead, unless both keepers are of their teams.
    Conflict
        If they do not fit, are away, or have the case already.
    """
    because = text("reason", reason, _REASON)
    lock(alone=False)
    allotment = locked(at, case_id)
    require_reach(at, allotment.staff_id, to_staff)
    _require_known(to_staff)
    if allotment.staff_id == to_staff:
        raise Conflict("they keep this case already", key=case_id)
    taker = [keeper for keeper in keepers(at.today, []) if keeper.id == str(to_staff)]
    free = _without_keeper(open_cases(at.now, [case_id]))
    decided = allot(free, taker, conflicts())
    if decided.changed.num_rows == 0:
        reasons = decided.rows["reason"].to_pylist() or ["closed"]
        raise Conflict(
            "this case cannot be handed over to them",
            expected="somebody of the organisation in charge who is at work, ready to act, and"
            " fits the case",
            found=reasons[0],
            key=case_id,
        )
    change(at, decided.changed, begun="handed_over", because="handed_over")
    told = {"from": str(allotment.staff_id), "to": str(to_staff)}
    record(at, of_case(case_id), "placements.handed_over", told, personal={"reason": because})
    return {"case": str(case_id), "staff": str(to_staff), "over_capacity": decided.over_capacity}


@command("queue.hand_over_some", permission="queues.manage")
def hand_over_some(
    at: At, *, case_ids: Sequence[UUID], reason: str, to_staff: UUID | None = None
) -> Result:
    """Give several cases to one colleague, or (None) to whoever of the colleagues has most room.

    Those that do not fit stay where they are. Returns how many went to whom (``to``), how many
    stay (``stay``) and why (``because``).

    Raises
    ------
    BadInput
        If there are none, or more than 1,000.
    NotFound
        If nobody keeps one of them.
    NotAllowed
        For a team lead, unless all keepers are of their teams.
    """
    said = text("reason", reason, _REASON)
    ids = sorted(set(case_ids))
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise BadInput("these are no cases to hand over", expected=f"1 to {MOST_AT_ONCE}",
                       found=str(len(ids)))  # fmt: skip
    lock(alone=True)
    kept = dict(
        Allotment.objects.filter(case_id__in=ids, until_at__isnull=True).values_list(
            "case_id", "staff_id"
        )
    )
    if len(kept) != len(ids):
        raise NotFound("nobody keeps one of these cases", expected="open cases that are allotted",
                       remedy="look at the list again")  # fmt: skip
    require_reach(at, *kept.values(), *([] if to_staff is None else [to_staff]))
    among, cases = _colleagues(at, ids), open_cases(at.now, ids)
    if to_staff is None:
        givers = set(map(str, kept.values()))
        among = [keeper for keeper in among if keeper.id not in givers]
    else:
        _require_known(to_staff)
        among = [keeper for keeper in among if keeper.id == str(to_staff)]
        theirs = pc.fill_null(pc.equal(cases["keeper"], str(to_staff)), False)
        cases = cases.filter(pc.invert(theirs))
    found = allot(_without_keeper(cases), among, conflicts())
    change(at, found.changed, begun="handed_over", because="handed_over")
    to = dict(sorted(Counter(found.changed["keeper"].to_pylist()).items()))
    reasons = dict(sorted(Counter(found.rows["reason"].drop_null().to_pylist()).items()))
    told = {"cases": [str(each) for each in ids], "to": to, "because": reasons}
    record(at, of_house("allotment"), "placements.handed_over_some", told,
           personal={"reason": said})  # fmt: skip
    moved = sum(to.values())
    return {"cases": moved, "to": to, "stay": len(ids) - moved, "because": reasons}


@command("queue.hand_over_all", permission="queues.manage")
def hand_over_all(at: At, *, from_staff: UUID, reason: str) -> Result:
    """Give all cases of somebody to colleagues: of a lead's teams, else of the organisation.

    Returns how many went to whom (``to``), and how many stay because nobody fits (``stay``).

    Raises
    ------
    NotFound
        If there is no such member of staff.
    NotAllowed
        For a team lead, if they are not of the lead's teams.
    """
    because = text("reason", reason, _REASON)
    lock(alone=True)
    require_reach(at, from_staff)
    _require_known(from_staff)
    cases = list(
        Allotment.objects.filter(staff_id=from_staff, until_at__isnull=True)
        .order_by("case_id")
        .values_list("case_id", flat=True)
    )
    decided = allot(
        _without_keeper(open_cases(at.now, cases)),
        [keeper for keeper in _colleagues(at, cases) if keeper.id != str(from_staff)],
        conflicts(),
    )
    change(at, decided.changed, begun="handed_over", because="handed_over")
    to = dict(sorted(Counter(decided.changed["keeper"].to_pylist()).items()))
    stay = decided.rows.num_rows - decided.changed.num_rows
    told = {"staff": str(from_staff), "to": to, "stay": stay}
    record(
        at, of_house(f"staff {from_staff}"), "placements.handed_over_all", told,
        personal={"reason": because},
    )  # fmt: skip
    return {"cases": sum(to.values()), "to": to, "stay": stay}


def _colleagues(at: At, cases: list[UUID]) -> list[Keeper]:
    found = keepers(at.today, cases)
    if at.actor.role != "team_lead":
        return found
    team = {str(staff) for staff in led(myself(at.actor), at.today)}
    return [keeper for keeper in found if keeper.id in team]


def _without_keeper(cases: pa.Table) -> pa.Table:
    """The same cases as if they were nobody's, so that they go to whoever is offered."""
    place = cases.schema.get_field_index("keeper")
    return cases.set_column(place, "keeper", pa.nulls(cases.num_rows, pa.string()))


def _require_known(staff: UUID) -> None:
    if not Staff.objects.filter(id=staff).exists():
        raise NotFound("there is no such member of staff", key=staff)
