"""Checking a tape: what is accepted, what is set aside and why, and totals that add up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa

from arrears.book.check.accept import accepted_rows, finished
from arrears.book.check.count import counted, outcomes
from arrears.book.check.reasons import REASONS
from arrears.book.check.rejected import MONEY, REJECTED, none_of, rejected_rows
from arrears.book.check.rows import row_faults
from arrears.book.check.set_aside import Found, SetAside, set_aside
from arrears.book.check.survey import UNKNOWN, Survey, missing, survey
from arrears.book.contract import TABLES
from arrears.book.read.stage import EXTRA
from arrears.book.read.tape import Tape
from arrears.book.staged import Stage
from arrears.book.totals import Totals

_INCOMPLETE = pa.schema([("loan_id", pa.string()), ("cause", pa.string())])

__all__ = ["REASONS", "REJECTED", "Checked", "check"]


@dataclass(frozen=True)
class Checked:
    """A tape after its checks; valid while the tape is open.

    Parameters
    ----------
    accepted
        Each table with exactly the contract's columns: defaults filled in, unknown products and
        creditor types as ``other``, coordinates in WGS-84.
    rejected
        The rows set aside, of all tables: :data:`REJECTED`.
    incomplete
        Loans that were set aside whole: loan_id, and the cause in words.
    extra
        The lender's own columns of accepted rows by table: the key, and ``extra`` as JSON.
    """

    accepted: dict[str, Any]
    rejected: Any
    totals: Totals
    incomplete: Any
    extra: dict[str, Any] = field(default_factory=dict)


def check(
    tape: Tape,
    book_on: date | None = None,
    known: Mapping[str, Any] | None = None,
) -> Checked:
    """Check every row of a tape.

    Parameters
    ----------
    book_on
        The day the tape speaks of; days after it are in the future. None: not checked.
    known
        What is known from earlier tapes and may be referred to by a delta, as tables of the
        same backend: ``persons`` (person_id), ``loans`` (loan_id, currency, principal_minor),
        ``payments`` (payment_id, loan_id, amount_minor, paid_on, reverses, channel,
        provider_ref).

    Raises
    ------
    TapeError
        If rows of loans come with no loans to belong to.
    ArrearsError
        If the totals do not add up, which would be a defect here.
    """
    known = known or {}
    if any(TABLES[name].of_loan for name in tape.tables) and "loans" not in known:
        tape.require("loans")
    with Stage(tape.con) as stage:
        found = _found(stage, tape, book_on, known)
        aside: dict[str, SetAside] = {name: SetAside() for name in tape.tables}
        incomplete = None
        again = "payments" in known and "payments" in tape.tables
        if again or any(not each.sound or each.reversals for each in found.surveys.values()):
            aside, incomplete = set_aside(tape.con, stage, found)
        # What is given out must outlive the stage.
        for each in aside.values():
            each.keep(stage)
        return _checked(stage, tape, found, aside, incomplete)


def _found(stage: Stage, tape: Tape, book_on: date | None, known: Mapping[str, Any]) -> Found:
    """What one pass over each table tells."""
    tables = tape.tables
    names = frozenset(tables)
    faults = {
        name: row_faults(name, rows, tape.columns[name], book_on, names)
        for name, rows in tables.items()
    }
    surveys = _surveys(tape.con, stage, tape, faults, known)
    return Found(
        tables=tables,
        faults=faults,
        surveys=surveys,
        loans=_all_loans(tables.get("loans"), surveys, known),
        persons=_all_persons(tables.get("persons"), known),
        known_payments=known.get("payments"),
    )


def _checked(
    stage: Stage, tape: Tape, found: Found, aside: dict[str, SetAside], incomplete: Any
) -> Checked:
    """The tape without what was set aside, and the totals of both."""
    con, tables = tape.con, tape.tables
    kept = {name: accepted_rows(rows, aside[name]) for name, rows in tables.items()}
    rejected = rejected_rows(stage, tables, aside, found.loans)
    totals = Totals(
        tables=counted(con, tables, found.surveys, kept, aside, rejected, found.loans),
        unknown_columns=tape.unknown_columns,
        unknown_codes=tape.unknown_codes,
        unread=tape.unread,
        outcomes=outcomes(con, kept, tape.mapping),
    )
    totals.require_balance()
    return Checked(
        accepted={
            name: finished(name, rows, found.surveys[name], tape.unknown_codes)
            for name, rows in kept.items()
        },
        rejected=none_of(tables, REJECTED) if rejected is None else rejected.drop(MONEY),
        totals=totals,
        incomplete=incomplete if incomplete is not None else none_of(tables, _INCOMPLETE),
        extra={name: _extra(name, rows) for name, rows in kept.items() if EXTRA in rows.columns},
    )


def _surveys(
    con: Any, stage: Stage, tape: Tape, faults: dict[str, Any], known: Mapping[str, Any]
) -> dict[str, Survey]:
    surveys: dict[str, Survey] = {}
    loans = None
    persons = _all_persons(tape.tables.get("persons"), known)
    for name in TABLES:
        rows = tape.tables.get(name)
        if rows is None:
            continue
        if loans is None and name not in ("persons", "loans"):
            loans = _all_loans(tape.tables.get("loans"), surveys, known)
        currency = _one_currency(surveys, known)
        surveys[name] = survey(con, name, rows, faults[name], loans, currency)
        if name != "persons" and "person_id" in rows.columns and persons is not None:
            surveys[name].without_person = missing(con, rows, persons, "person_id")
        refers = name in ("contact_events", "flags") or (name == "recalls" and "loans" in known)
        if refers and loans is not None:
            surveys[name].without_loan = missing(con, rows, loans, "loan_id")
    return surveys


def _one_currency(surveys: Mapping[str, Survey], known: Mapping[str, Any]) -> str | None:
    found = list(surveys["loans"].rows) if "loans" in surveys and "loans" not in known else []
    return found[0] if len(found) == 1 and found[0] != UNKNOWN else None


def _all_loans(rows: Any, surveys: Mapping[str, Survey], known: Mapping[str, Any]) -> Any:
    """Every loan that a row may belong to, once: loan_id, currency, principal_minor."""
    names = ("loan_id", "currency", "principal_minor")
    earlier = known["loans"].select(*names) if "loans" in known else None
    if rows is None:
        return earlier
    loans = rows.filter(rows.loan_id.notnull()).select(*names)
    if surveys["loans"].repeated:
        loans = loans.group_by("loan_id").agg(
            currency=lambda t: t.currency.min(), principal_minor=lambda t: t.principal_minor.max()
        )
    if earlier is None:
        return loans
    return loans.union(earlier.anti_join(loans, "loan_id"))


def _all_persons(rows: Any, known: Mapping[str, Any]) -> Any:
    """Every person that a row may belong to; None if persons are not delivered at all."""
    parts = [] if rows is None else [rows.filter(rows.person_id.notnull()).select("person_id")]
    if "persons" in known:
        parts.append(known["persons"].select("person_id"))
    return None if not parts else parts[0] if len(parts) == 1 else parts[0].union(parts[1])


def _extra(name: str, rows: Any) -> Any:
    return rows.select(*TABLES[name].key, extra=rows[EXTRA])
