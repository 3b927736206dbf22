"""Statements as frozen views; a whole statement for export, its digest checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from arrears.kernel.errors import Conflict, NotFound
from arrears.placements.commission.heads import head_of
from arrears.placements.commission.models import Statement, StatementLine
from arrears.placements.commission.rules.document import COLUMNS, digest
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select
from arrears.store.transactions import transaction

READ: Final = "statements.read"
MOST_LINES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class StatementView:
    """A statement without its lines; ``totals`` has an object for each currency."""

    id: UUID
    organisation: str
    organisation_name: str
    month: date
    number: int
    regular: bool
    state: str
    scores: Mapping[str, Any]
    totals: Sequence[Mapping[str, Any]]
    lines_count: int
    sha256: str
    drawn_by: str
    drawn_at: datetime
    issued_by: str | None
    issued_at: datetime | None
    disputed_by: str | None
    disputed_at: datetime | None
    dispute_reason: str | None
    answered_by: str | None
    answered_at: datetime | None
    answer: str | None
    settled_by: str | None
    settled_at: datetime | None
    settled_note: str | None


@dataclass(frozen=True, slots=True)
class LineView:
    """A line of a statement: the cells of its file."""

    number: int
    kind: str
    payment_ref: str | None
    loan_ref: str | None
    paid_on: date | None
    bucket: str | None
    rate_bps: int | None
    currency: str
    amount_minor: int
    fee_minor: int
    commission_minor: int
    severity: str | None
    charge: UUID | None


@dataclass(frozen=True, slots=True)
class Document:
    """A whole statement: what the digest covers, and its lines in order."""

    statement: StatementView
    head: Mapping[str, Any]
    lines: tuple[LineView, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON; days as ISO 8601, ids as text."""
        return {
            **self.head,
            "state": self.statement.state,
            "sha256": self.statement.sha256,
            "entries": [
                {
                    name: None if cell is None else cell if isinstance(cell, int) else str(cell)
                    for name, cell in asdict(line).items()
                }
                for line in self.lines
            ],
        }


_OWN: Final = [name for name in StatementView.__dataclass_fields__ if "organisation" not in name]


def statements(
    actor: Actor, organisation: str | None = None, number: int = 1, size: int = 50
) -> Page[StatementView]:
    """Statements, the newest month first; an agency sees its own once they are issued."""
    actor.require(READ)
    limit, offset = bounded(number, size)
    with transaction(actor):
        found = Statement.objects.select_related("organisation")
        if organisation is not None:
            found = found.filter(organisation__ref=organisation)
        total = found.count()
        ordered = found.order_by("-month", "organisation__ref", "-number", "id")
        rows = tuple(_view(each) for each in ordered[offset : offset + limit])
    return Page(rows, total, number, size)


def statement(actor: Actor, statement: UUID) -> StatementView:
    """One statement; raises :class:`NotFound` where there is none that the actor may see."""
    actor.require(READ)
    with transaction(actor):
        return _view(_one(statement))


def statement_of(actor: Actor, organisation: str, month: date) -> StatementView:
    """The newest statement of a month; dropped ones do not count."""
    actor.require(READ)
    with transaction(actor):
        found = Statement.objects.select_related("organisation").exclude(state="dropped")
        one = found.filter(organisation__ref=organisation, month=month).order_by("-number").first()
        if one is None:
            raise NotFound(
                "this month has no statement",
                remedy="draw it up first",
                key=f"{organisation} {month:%Y-%m}",
            )
        return _view(one)


def statement_lines(
    actor: Actor, statement: UUID, number: int = 1, size: int = 100
) -> Page[LineView]:
    """Lines of a statement, in order."""
    actor.require(READ)
    limit, offset = bounded(number, size)
    with transaction(actor):
        one = _one(statement)
        rows = StatementLine.objects.filter(
            statement=one, number__gt=offset, number__lte=offset + limit
        ).order_by("number")
        lines = tuple(LineView(**row) for row in rows.values(*COLUMNS))
    return Page(lines, one.lines_count, number, size)


def statement_document(actor: Actor, statement: UUID) -> Document:
    """A whole statement for export.

    Raises
    ------
    Conflict
        If the rows are not those that were issued: their digest is another.
    """
    actor.require(READ)
    with transaction(actor):
        one = _one(statement)
        rows = StatementLine.objects.filter(statement=one).order_by("number")[:MOST_LINES]
        lines = tuple(LineView(**row) for row in rows.values(*COLUMNS))
    head = head_of(one, one.organisation.ref)
    found = digest(head, ([getattr(line, name) for name in COLUMNS] for line in lines))
    if found != one.sha256 and one.state != "dropped":
        raise Conflict(
            "this statement is not as it was drawn up",
            expected=one.sha256,
            found=found,
            remedy="compare it with the journal and a backup; hand nothing out",
            key=one.id,
        )
    return Document(_view(one), head, lines)


def unstated(actor: Actor, organisation: str) -> Mapping[str, int]:
    """How many complaints and adjustments wait for the agency's next statement."""
    actor.require(READ)
    with transaction(actor):
        (row,) = select(
            "SELECT (SELECT count(*) FROM commission_complaint k WHERE k.organisation_id = o.id"
            " AND NOT EXISTS (SELECT FROM commission_line c WHERE c.charge = k.id)) AS complaints,"
            " (SELECT count(*) FROM commission_adjustment a WHERE a.organisation_id = o.id"
            " AND NOT EXISTS (SELECT FROM commission_line c WHERE c.charge = a.id)) AS adjustments"
            " FROM people_organisation o WHERE o.ref = %s",
            [organisation],
        ) or [{"complaints": 0, "adjustments": 0}]
    return row


def _one(statement: UUID) -> Statement:
    found = Statement.objects.select_related("organisation").filter(id=statement).first()
    if found is None:
        raise NotFound("there is no such statement", key=statement)
    return found


def _view(found: Statement) -> StatementView:
    return StatementView(
        organisation=found.organisation.ref,
        organisation_name=found.organisation.name,
        **{name: getattr(found, name) for name in _OWN},
    )
