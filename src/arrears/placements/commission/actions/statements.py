"""An agency's statement of a month, from draft to settled."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any, Final
from uuid import UUID

from arrears.journal.actions import of_house, record
from arrears.kernel.dates import add_months
from arrears.kernel.errors import Conflict, NotFound
from arrears.kernel.ids import uuid7
from arrears.people.actions.checks import text
from arrears.people.models import Organisation
from arrears.placements.commission.actions.months import (
    first_of_month,
    locked_agency,
    scheme_in_force,
    terms_of,
)
from arrears.placements.commission.heads import head_of
from arrears.placements.commission.models import Scheme, Statement, StatementLine
from arrears.placements.commission.queries.facts import Facts, facts
from arrears.placements.commission.queries.measures import scores
from arrears.placements.commission.rules.bounds import MONEY
from arrears.placements.commission.rules.document import COLUMNS, digest
from arrears.placements.commission.rules.reckon import Credit, Line, reckon, totals
from arrears.placements.commission.rules.scheme import CURRENT, Terms
from arrears.placements.commission.states import STATEMENT
from arrears.store.commands import Result, command
from arrears.store.transactions import At

MANAGE: Final = "statements.manage"
APPROVE: Final = "statements.approve"
_AT_ONCE: Final = 2_000


@command("statement.draw_up", permission=MANAGE)
def draw_up(at: At, *, organisation: str, month: date) -> Result:
    """Draw up a month's statement as a draft; a draft of the same month makes way for it.

    Once the month has a regular statement, what is drawn up brings only what changed since. It
    also brings what was paid in earlier months and became known later.

    Parameters
    ----------
    month
        Its first day; the month must be over.

    Raises
    ------
    Conflict
        If the month is not over, no scheme is in force, a score is not known, a later month
        was stated already, another month's draft stands, or nothing changed.
    """
    first_of_month("month", month)
    agency = locked_agency(at, organisation)
    end = add_months(month, 1)
    if end > at.today:
        raise Conflict("the month is not over yet", expected=f"{end} or later",
                       found=f"{at.today}", key=f"{month:%Y-%m}")  # fmt: skip
    _make_way(at, agency, month)
    stood = Statement.objects.filter(organisation=agency).exclude(state="dropped")
    regular = not stood.filter(month=month, regular=True).exists()
    _require_in_order(stood.filter(month__gt=month, regular=True).exists() and regular, month)
    scheme = scheme_in_force(agency, month)
    terms = terms_of(scheme, agency)
    told = _scores(agency, terms, month)
    points = {name: each["score_bps"] for name, each in told.items()}
    found = facts(agency.id, end, regular=regular)
    lines = reckon(
        terms,
        points,
        _credits(agency, scheme, terms, found),
        found.stated,
        found.book_minor,
        found.complaints,
        found.adjustments,
    )
    if not lines and not regular:
        raise Conflict("nothing changed since the month was stated", key=f"{month:%Y-%m}")
    made = _save(at, agency, scheme, month, regular, told, lines)
    _tell(at, made, organisation, "drawn")
    return _result(made)


@command("statement.drop", permission=MANAGE)
def drop_draft(at: At, *, statement: UUID) -> Result:
    """Drop a draft; its lines are free for the next."""
    found = _locked(statement)
    _drop(at, found)
    return _result(found)


@command("statement.issue", permission=MANAGE)
def issue(at: At, *, statement: UUID) -> Result:
    """Issue a draft: from now on the agency sees it and nothing of it is rewritten."""
    found = _locked(statement)
    return _step(at, found, "issue", issued_by=at.actor.name, issued_at=at.now)


@command("statement.dispute", permission="statements.dispute")
def dispute(at: At, *, statement: UUID, reason: str) -> Result:
    """Put down that the agency finds a statement wrong, and why."""
    found = _locked(statement)
    said = text("reason", reason, 4000)
    return _step(at, found, "dispute", disputed_by=at.actor.name, disputed_at=at.now,
                 dispute_reason=said)  # fmt: skip


@command("statement.uphold", permission=APPROVE)
def uphold(at: At, *, statement: UUID, answer: str) -> Result:
    """Answer a dispute: the statement stands as it was issued.

    Where the agency is right, an adjustment or a statement of what changed puts it right.
    """
    found = _locked(statement)
    said = text("answer", answer, 4000)
    return _step(at, found, "uphold", answered_by=at.actor.name, answered_at=at.now, answer=said)


@command("statement.settle", permission=APPROVE)
def settle(at: At, *, statement: UUID, note: str) -> Result:
    """Settle a statement: it is agreed and can be paid. Never by who drew it up.

    Raises
    ------
    Conflict
        If the same person drew it up.
    """
    found = _locked(statement)
    said = text("note", note, 4000)
    if found.drawn_by == at.actor.name:
        raise Conflict(
            "a statement is settled by a second person",
            expected=f"anybody but {found.drawn_by}",
            found=at.actor.name,
            key=str(found.id),
        )
    return _step(at, found, "settle", settled_by=at.actor.name, settled_at=at.now,
                 settled_note=said)  # fmt: skip


def _make_way(at: At, agency: Organisation, month: date) -> None:
    draft = Statement.objects.select_for_update().filter(organisation=agency, state="draft").first()
    if draft is None:
        return
    if draft.month != month:
        raise Conflict(
            "a draft of another month stands",
            expected="one draft at a time",
            found=f"{draft.month:%Y-%m}",
            remedy="issue it or drop it first",
            key=str(draft.id),
        )
    _drop(at, draft)


def _require_in_order(late: bool, month: date) -> None:
    if late:
        raise Conflict(
            "a later month was stated already",
            expected="months in their order",
            found=f"{month:%Y-%m}",
            remedy="what belongs here stands in the later statement, as paid before its month",
        )


def _scores(agency: Organisation, terms: Terms, month: date) -> dict[str, Any]:
    known = scores(agency.id, month)
    wanted = [name for name, weight in terms.weights_bps.items() if weight and name != MONEY]
    missing = [name for name in wanted if name not in known]
    if missing:
        raise Conflict(
            "a score of the month is not known yet",
            expected=f"a score for each of {', '.join(wanted)}",
            found=f"none for {', '.join(missing)}",
            remedy="enter it, with how it was found",
            key=agency.ref,
        )
    told = {name: {**known[name].as_json(), "weight_bps": terms.weights_bps[name]}
            for name in wanted}  # fmt: skip
    unweighted = [n for n, w in terms.weights_bps.items() if not w and n != MONEY]
    return told | {
        name: {"score_bps": 0, "source": "unweighted", "basis": {}, "weight_bps": 0}
        for name in unweighted
    }


def _credits(agency: Organisation, scheme: Scheme, terms: Terms, found: Facts) -> list[Credit]:
    """Each row with the rate of the scheme that was in force on the day it was paid."""
    rates = {(scheme.from_on, scheme.until_on): terms.rates_bps}
    credits = []
    for due in found.due:
        held = next(
            (each for (start, end), each in rates.items()
             if start <= due.paid_on and (end is None or due.paid_on < end)),
            None,
        )  # fmt: skip
        if held is None:
            earlier = scheme_in_force(agency, due.paid_on)
            held = terms_of(earlier, agency).rates_bps
            rates[earlier.from_on, earlier.until_on] = held
        bucket = due.bucket or CURRENT
        credits.append(
            Credit(
                payment_ref=due.payment_ref,
                loan_ref=due.loan_ref,
                currency=due.currency,
                paid_on=due.paid_on,
                amount_minor=due.amount_minor,
                bucket=bucket,
                rate_bps=held[bucket],
                placement=due.placement,
                reverses=due.reverses,
            )
        )
    return credits


def _save(
    at: At,
    agency: Organisation,
    scheme: Scheme,
    month: date,
    regular: bool,
    told: dict[str, Any],
    lines: tuple[Line, ...],
) -> Statement:
    number = Statement.objects.filter(organisation=agency, month=month).count() + 1
    sums = [asdict(each) for each in totals(lines)]
    cells = [
        [index if name == "number" else getattr(line, name) for name in COLUMNS]
        for index, line in enumerate(lines, start=1)
    ]
    made = Statement(
        id=uuid7(at.now),
        organisation=agency,
        month=month,
        number=number,
        regular=regular,
        state=STATEMENT.initial,
        scheme=scheme,
        scores=told,
        totals=sums,
        lines_count=len(lines),
        drawn_by=at.actor.name,
        drawn_at=at.now,
    )
    made.sha256 = digest(head_of(made, agency.ref), cells)
    made.save(force_insert=True)
    StatementLine.objects.bulk_create(
        (_row(made, index, line) for index, line in enumerate(lines, start=1)),
        batch_size=_AT_ONCE,
    )
    return made


def _row(statement: Statement, number: int, line: Line) -> StatementLine:
    told = asdict(line)
    placement = told.pop("placement")
    return StatementLine(statement=statement, number=number, placement_id=placement, **told)


def _locked(statement: UUID) -> Statement:
    found = (
        Statement.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(id=statement)
        .first()
    )
    if found is None:
        raise NotFound("there is no such statement", key=statement)
    return found


def _drop(at: At, draft: Statement) -> None:
    following = STATEMENT.step(draft.state, "drop")
    StatementLine.objects.filter(statement=draft).delete()
    draft.state = following
    draft.save(update_fields=["state"])
    _tell(at, draft, draft.organisation.ref, "dropped")


def _step(at: At, found: Statement, event: str, **told: object) -> Result:
    found.state = STATEMENT.step(found.state, event)
    for name, value in told.items():
        setattr(found, name, value)
    found.save(update_fields=["state", *told])
    said = {name: value for name, value in told.items() if isinstance(value, str)}
    _tell(at, found, found.organisation.ref, found.state if event != "uphold" else "upheld", **said)
    return _result(found)


def _tell(at: At, statement: Statement, ref: str, what: str, **told: object) -> None:
    record(
        at,
        of_house(f"agency {ref}"),
        f"placements.statement_{what}",
        {
            "statement": str(statement.id),
            "ref": ref,
            "month": f"{statement.month:%Y-%m}",
            "number": statement.number,
            "state": statement.state,
            "lines": statement.lines_count,
            "totals": statement.totals,
            "sha256": statement.sha256,
            **told,
        },
    )


def _result(statement: Statement) -> Result:
    return {
        "statement": str(statement.id),
        "number": statement.number,
        "state": statement.state,
        "sha256": statement.sha256,
    }
