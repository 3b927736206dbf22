"""What a delta may refer to: the stored persons, loans and payments that its rows name."""

from __future__ import annotations

from typing import Any

import ibis
import pyarrow as pa

from arrears.book.contract import TABLES
from arrears.book.engine import stream
from arrears.book.functions import character
from arrears.book.read.tape import Tape
from arrears.store.staging import BATCH_ROWS, fetch_arrow, stage

_TEXT = 'text COLLATE "C"'
_PERSONS = """
SELECT person_ref FROM people_person WHERE person_ref IN (SELECT ref FROM t_named_persons)
"""
_LOANS = """
SELECT loan_ref, currency, principal_minor FROM loans_loan
WHERE loan_ref IN (SELECT ref FROM t_named_loans)
"""
# Of the loans named all payments; of others those whose id comes again or is reversed.
_PAYMENTS = """
SELECT p.payment_ref, l.loan_ref, p.paid_on, p.amount_minor, p.reverses, p.channel, p.provider_ref
FROM loans_payment p JOIN loans_loan l ON l.id = p.loan_id
WHERE l.loan_ref IN (SELECT ref FROM t_named_loans)
   OR p.payment_ref IN (SELECT ref FROM t_named_payments)
"""
_SCHEMAS = {
    "persons": (_PERSONS, pa.schema([("person_id", pa.string())])),
    "loans": (
        _LOANS,
        pa.schema(
            [("loan_id", pa.string()), ("currency", pa.string()), ("principal_minor", pa.int64())]
        ),
    ),
    "payments": (
        _PAYMENTS,
        pa.schema(
            [
                ("payment_id", pa.string()),
                ("loan_id", pa.string()),
                ("paid_on", pa.date32()),
                ("amount_minor", pa.int64()),
                ("reverses", pa.string()),
                ("channel", pa.string()),
                ("provider_ref", pa.string()),
            ]
        ),
    ),
}


def known(con: Any, tape: Tape) -> dict[str, Any]:
    """The stored rows that rows of the tape may refer to, as tables of the engine."""
    _stage_named(con, tape, "t_named_persons", ("person_id",))
    _stage_named(con, tape, "t_named_loans", ("loan_id",))
    _stage_named(con, tape, "t_named_payments", ("payment_id", "reverses"))
    return {
        name: con.create_table(
            ibis.util.gen_name(f"known_{name}"), fetch_arrow(sql, schema), temp=True
        )
        for name, (sql, schema) in _SCHEMAS.items()
    }


def _stage_named(con: Any, tape: Tape, staged: str, columns: tuple[str, ...]) -> None:
    parts = [
        rows.select(ref=rows[column]).filter(rows[column].notnull())
        for name, rows in tape.tables.items()
        for column in columns
        if column in TABLES[name].names
    ]
    if not parts:
        stage(staged, {"ref": _TEXT}, ())
        return
    every = (parts[0] if len(parts) == 1 else ibis.union(*parts)).distinct()
    # NUL cannot stand in PostgreSQL; a row with such a key is set aside by its check.
    sound = every.filter(~every.ref.contains(character(0)))
    stage(staged, {"ref": _TEXT}, stream(con, sound, BATCH_ROWS))
