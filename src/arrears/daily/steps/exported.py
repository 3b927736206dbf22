"""The stored book in the columns of the tape, as far as a run needs them."""

from __future__ import annotations

import pyarrow as pa

SCHEMAS = {
    "persons": pa.schema([("person_id", pa.string()), ("jurisdiction", pa.string())]),
    "loans": pa.schema(
        [
            ("loan_id", pa.string()),
            ("person_id", pa.string()),
            ("product", pa.string()),
            ("currency", pa.string()),
            ("overdue_rate_bps", pa.int32()),
            ("grace_days", pa.int32()),
            ("status", pa.string()),
            ("recalled_on", pa.date32()),
            ("accepted_book_on", pa.date32()),
            ("payoff_minor", pa.int64()),
            ("lender_late_interest_minor", pa.int64()),
        ]
    ),
    "instalments": pa.schema(
        [
            ("loan_id", pa.string()),
            ("seq", pa.int32()),
            ("due_on", pa.date32()),
            ("principal_minor", pa.int64()),
            ("interest_minor", pa.int64()),
            ("fee_minor", pa.int64()),
        ]
    ),
    "payments": pa.schema(
        [
            ("payment_id", pa.string()),
            ("loan_id", pa.string()),
            ("paid_on", pa.date32()),
            ("amount_minor", pa.int64()),
            ("reverses", pa.string()),
        ]
    ),
    "snapshots": pa.schema(
        [
            ("loan_id", pa.string()),
            ("as_of", pa.date32()),
            ("days_past_due", pa.int32()),
            ("months_past_due", pa.int32()),
            ("balance_minor", pa.int64()),
            ("overdue_minor", pa.int64()),
            ("paid_minor", pa.int64()),
        ]
    ),
    "holds": pa.schema(
        [
            ("loan_id", pa.string()),
            ("kind", pa.string()),
            ("from_on", pa.date32()),
            ("until_on", pa.date32()),
        ]
    ),
}
STATEMENTS = {
    "persons": "SELECT person_ref AS person_id, jurisdiction FROM people_person",
    "loans": """
        SELECT l.loan_ref AS loan_id, p.person_ref AS person_id, l.product, l.currency,
               l.overdue_rate_bps, l.grace_days, l.status, l.recalled_on, l.accepted_book_on,
               l.payoff_minor, l.lender_late_interest_minor
        FROM loans_loan l JOIN people_person p ON p.id = l.person_id""",
    "instalments": """
        SELECT l.loan_ref AS loan_id, i.seq, i.due_on, i.principal_minor, i.interest_minor,
               i.fee_minor
        FROM loans_instalment i JOIN loans_loan l ON l.id = i.loan_id""",
    "payments": """
        SELECT y.payment_ref AS payment_id, l.loan_ref AS loan_id, y.paid_on, y.amount_minor,
               y.reverses
        FROM loans_payment y JOIN loans_loan l ON l.id = y.loan_id""",
    "snapshots": """
        SELECT l.loan_ref AS loan_id, s.as_of, s.days_past_due, s.months_past_due,
               s.balance_minor, s.overdue_minor, s.paid_minor
        FROM loans_snapshot s JOIN loans_loan l ON l.id = s.loan_id""",
    "holds": "SELECT loan_ref AS loan_id, kind, from_on, until_on FROM loans_hold",
}
