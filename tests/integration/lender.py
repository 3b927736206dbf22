"""A small lender for tests: a book kept in Python, and the tapes that it hands in as CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

PERSONS = ("person_id", "name", "jurisdiction")
LOANS = (
    "loan_id", "person_id", "product", "creditor_type", "currency", "principal_minor",
    "annual_rate_bps", "overdue_rate_bps", "disbursed_on", "grace_days", "status",
    "payoff_minor", "lender_late_interest_minor",
)  # fmt: skip
INSTALMENTS = ("loan_id", "seq", "due_on", "principal_minor", "interest_minor", "fee_minor")
PAYMENTS = ("payment_id", "loan_id", "paid_on", "amount_minor", "reverses")
RECALLS = ("loan_id", "recalled_on", "reason")
START = date(2026, 1, 1)
DUE_MINOR = 10_000  # each instalment: 9,000 principal, 900 interest, 100 fee


def day(number: int) -> date:
    """Day 0 is 1 January 2026."""
    return START + timedelta(days=number)


@dataclass
class Lender:
    """The lender's core: what it holds is what a full tape shows."""

    folder: Path
    sequence: int = 0
    persons: dict[str, dict[str, Any]] = field(default_factory=dict)
    loans: dict[str, dict[str, Any]] = field(default_factory=dict)
    instalments: list[dict[str, Any]] = field(default_factory=list)
    payments: list[dict[str, Any]] = field(default_factory=list)

    def lend(self, loan: str, person: str, due_days: Iterable[int], **terms: Any) -> None:
        """A loan with an instalment of 100.00 on each of the days."""
        self.persons.setdefault(
            person, {"person_id": person, "name": f"姓名 {person}", "jurisdiction": "CN"}
        )
        days = list(due_days)
        self.loans[loan] = {
            "loan_id": loan,
            "person_id": person,
            "product": "online_consumer",
            "creditor_type": "bank",
            "currency": "CNY",
            "principal_minor": 9_000 * len(days),
            "annual_rate_bps": 1200,
            "overdue_rate_bps": 1800,
            "disbursed_on": START - timedelta(days=30),
            "grace_days": 0,
            **terms,
        }
        for seq, number in enumerate(days, start=1):
            self.instalments.append(
                {
                    "loan_id": loan,
                    "seq": seq,
                    "due_on": day(number),
                    "principal_minor": 9_000,
                    "interest_minor": 900,
                    "fee_minor": 100,
                }
            )

    def pay(
        self, loan: str, on: int, amount_minor: int = DUE_MINOR, reverses: str | None = None
    ) -> str:
        """Money received on a day; returns the payment's id."""
        payment_id = f"P{len(self.payments) + 1:05}"
        self.payments.append(
            {
                "payment_id": payment_id,
                "loan_id": loan,
                "paid_on": day(on),
                "amount_minor": amount_minor,
                "reverses": reverses,
            }
        )
        return payment_id

    def full(self, on: int, **envelope: Any) -> Path:
        """A full tape as of the close of a day."""
        return self.tape("full", on, self.persons.values(), self.loans.values(),
                         self.instalments, self.payments, **envelope)  # fmt: skip

    def delta(
        self,
        on: int,
        *,
        persons: Iterable[dict[str, Any]] = (),
        loans: Iterable[dict[str, Any]] = (),
        instalments: Iterable[dict[str, Any]] = (),
        payments: Iterable[dict[str, Any]] = (),
        recalls: Iterable[dict[str, Any]] = (),
        **envelope: Any,
    ) -> Path:
        """A delta with the rows given."""
        return self.tape("delta", on, persons, loans, instalments, payments, recalls, **envelope)

    def tape(
        self,
        kind: str,
        on: int,
        persons: Iterable[dict[str, Any]],
        loans: Iterable[dict[str, Any]],
        instalments: Iterable[dict[str, Any]],
        payments: Iterable[dict[str, Any]],
        recalls: Iterable[dict[str, Any]] = (),
        **envelope: Any,
    ) -> Path:
        """Write a tape and return its folder; ``envelope`` overrides its members."""
        self.sequence += 1
        folder = self.folder / f"tape-{self.sequence}"
        folder.mkdir()
        tables = {
            "persons": (PERSONS, persons),
            "loans": (LOANS, loans),
            "instalments": (INSTALMENTS, instalments),
            "payments": (PAYMENTS, payments),
            "recalls": (RECALLS, recalls),
        }
        for name, (columns, rows) in tables.items():
            listed = list(rows)
            if not listed and (kind == "delta" or name == "recalls"):
                continue
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.DictWriter(file, columns, extrasaction="raise")
                writer.writeheader()
                writer.writerows(listed)
        told = {
            "tape_id": f"T{self.sequence}",
            "kind": kind,
            "book_on": day(on).isoformat(),
            "sequence": self.sequence,
            **envelope,
        }
        (folder / "tape.json").write_text(json.dumps(told))
        return folder
