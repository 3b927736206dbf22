"""Rows that failed a check: lists, one row with its columns, and all of them for an export."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from arrears.book.contract import TABLES
from arrears.kernel.errors import NotFound
from arrears.kernel.ids import named
from arrears.loans.queries.cells import covered, row_seen, text_seen
from arrears.loans.sealed import ASIDE, MENDED, opened_aside
from arrears.people.access.sight import Sight, sight, unrevealed
from arrears.store.actor import Actor
from arrears.store.pages import Page, bounded, select, views
from arrears.store.transactions import transaction

# The reasons of rows that are sound themselves.
ALONG = ("loan.incomplete", "person.set_aside")


@dataclass(frozen=True, slots=True)
class SetAsideFilter:
    """Which rows; ``text`` is the start of a key, a loan's or a person's reference.

    With ``own_fault`` only those that are wrong themselves, not the sound ones that were set
    aside along with them.
    """

    tape_id: UUID | None = None
    table: str | None = None
    reason: str | None = None
    state: str | None = "open"  # open, mended, superseded; None: all
    text: str | None = None
    own_fault: bool = False


@dataclass(frozen=True, slots=True)
class SetAsideView:
    """A row set aside, with the sentence that says why; cells as the reader may see them."""

    id: UUID
    tape_id: UUID
    tape_ref: str
    tape_book_on: date | None
    table: str
    file: str | None
    row_number: int
    key: str | None
    loan_ref: str | None
    person_ref: str | None
    reason: str
    text: str
    currency: str | None
    amount_minor: int | None
    state: str
    row: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ColumnView:
    """A column of the contract, as a form needs it; ``masked``: the value is not what it is."""

    name: str
    type: str
    required: bool
    codes: tuple[str, ...]
    meaning: str
    value: str | None
    masked: bool = False


@dataclass(frozen=True, slots=True)
class SetAsideDetail:
    """A row set aside, its columns to edit, and what else of its loan is set aside (100 rows).

    Parameters
    ----------
    person_ids
        Whose data the row is, as far as it tells: its person, else those of its loan.
    """

    row: SetAsideView
    columns: tuple[ColumnView, ...]
    mended_row: dict[str, Any] | None
    mended_by: str | None
    mended_at: datetime | None
    others: tuple[SetAsideView, ...]
    person_ids: tuple[UUID, ...] = ()


_ROW = """
SELECT s.id, s.tape_id, t.tape_ref, t.book_on AS tape_book_on, s."table", s.file,
       s.row_number, s.key, s.loan_ref, s.person_ref, s.reason, s.text, s.currency,
       s.amount_minor::numeric AS amount_minor, s.state, s.row
FROM loans_set_aside s JOIN loans_tape t ON t.id = s.tape_id
"""


def set_aside(
    actor: Actor, which: SetAsideFilter | None = None, page: int = 1, size: int = 50
) -> Page[SetAsideView]:
    """A page of rows by tape, table and row number, the newest tape first; ``data.read``."""
    actor.require("data.read")
    limit, offset = bounded(page, size)
    where, given = _where(which or SetAsideFilter())
    sql = f"""{_ROW} WHERE {where}
        ORDER BY t.received_at DESC, s.tape_id, s."table", s.row_number, s.id
        LIMIT %(limit)s OFFSET %(offset)s"""
    given |= {"limit": limit, "offset": offset}
    with transaction(actor):
        total = select(f"SELECT count(*) AS total FROM loans_set_aside s WHERE {where}", given)
        rows = views(_seen_by(unrevealed(actor)), sql, given)
        return Page(rows, total[0]["total"], page, size)


def set_aside_row(actor: Actor, row_id: UUID) -> SetAsideDetail:
    """One row with the columns of its table, ready to be edited; needs ``data.read``.

    What identifies a person is masked, unless it was revealed to the reader.
    """
    actor.require("data.read")
    with transaction(actor) as at:
        about = select("SELECT person_ref, loan_ref FROM loans_set_aside WHERE id = %s", [row_id])
        if not about:
            raise NotFound("there is no such row", key=row_id)
        people = _people(**about[0])
        seen = sight(at, people[0]) if len(people) == 1 else unrevealed(actor)
        (row,) = views(_seen_by(seen), f"{_ROW} WHERE s.id = %s", [row_id])
        mended = select(
            "SELECT mended_row, mended_by, mended_at FROM loans_set_aside WHERE id = %s", [row_id]
        )[0]
        others = views(
            _seen_by(unrevealed(actor)),
            f"""{_ROW} WHERE s.loan_ref = %s AND s.state = 'open' AND s.id <> %s
                ORDER BY s.reason = 'loan.incomplete', s."table", s.row_number, s.id LIMIT 100""",
            [row.loan_ref, row_id],
        )
    edited = mended["mended_row"] and row_seen(
        seen, row.table, _opened(MENDED, row, mended["mended_row"])
    )
    return SetAsideDetail(
        row=row,
        columns=_columns(seen, row.table, edited or row.row),
        mended_row=edited,
        mended_by=mended["mended_by"],
        mended_at=mended["mended_at"],
        others=others,
        person_ids=people,
    )


def _people(person_ref: str | None, loan_ref: str | None) -> tuple[UUID, ...]:
    if person_ref is not None:
        return (named("person", person_ref),)
    found = select(
        "SELECT p.person_id FROM loans_party p JOIN loans_loan l ON l.id = p.loan_id"
        " WHERE l.loan_ref = %s ORDER BY p.person_id LIMIT 20",
        [loan_ref],
    )
    return tuple(dict.fromkeys(row["person_id"] for row in found))


def each_set_aside(
    actor: Actor, which: SetAsideFilter | None = None, chunk: int = 2000
) -> Iterator[SetAsideView]:
    """Every row, by id, for an export: read chunk by chunk; needs ``data.read``."""
    actor.require("data.read")
    where, given = _where(which or SetAsideFilter())
    sql = f"{_ROW} WHERE {where} AND s.id > %(after)s ORDER BY s.id LIMIT %(limit)s"
    given |= {"after": UUID(int=0), "limit": chunk}
    while True:
        with transaction(actor):
            rows = views(_seen_by(unrevealed(actor)), sql, given)
        yield from rows
        if len(rows) < chunk:
            return
        given["after"] = rows[-1].id


def _where(which: SetAsideFilter) -> tuple[str, dict[str, object]]:
    given: dict[str, object] = {
        name: value
        for name in ("tape_id", "table", "reason", "state")
        if (value := getattr(which, name)) is not None
    }
    parts = [f's."{name}" = %({name})s' for name in given]
    if which.text:
        given["text"] = which.text
        starts = (f"starts_with(s.{name}, %(text)s)" for name in ("key", "loan_ref", "person_ref"))
        parts.append(f"({' OR '.join(starts)})")
    if which.own_fault:
        given["along"] = list(ALONG)
        parts.append("s.reason <> ALL(%(along)s)")
    return " AND ".join(parts) or "true", given


def _seen_by(seen: Sight) -> Callable[..., SetAsideView]:
    def view(row: str, amount_minor: Any, **columns: Any) -> SetAsideView:
        amount = None if amount_minor is None else int(amount_minor)
        table, cells = columns["table"], _opened(ASIDE, SimpleNamespace(**columns), row)
        for name in ("key", "text"):
            columns[name] = text_seen(seen, table, cells, columns[name])
        return SetAsideView(row=row_seen(seen, table, cells), amount_minor=amount, **columns)

    return view


def _opened(place: str, known: Any, row: str) -> dict[str, Any]:
    return opened_aside(
        place, known.tape_id, known.table, known.file, known.row_number, json.loads(row)
    )


def _columns(seen: Sight, table: str, row: dict[str, Any]) -> tuple[ColumnView, ...]:
    known = [
        ColumnView(c.name, c.type, c.required, c.codes, c.meaning, value, masked=masked)
        for c in TABLES[table].columns
        for value in [_shown(row.get(c.name))]
        for masked in [bool(value) and covered(seen, table, c.name)]
    ]
    beside = [
        ColumnView(name, "text", False, (), "", _shown(value))
        for name, value in row.items()
        if name not in TABLES[table].names and not name.startswith("_")
    ]
    return (*known, *beside)


def _shown(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
