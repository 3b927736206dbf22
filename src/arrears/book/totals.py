"""What was received, accepted and set aside, in rows and in money (V10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from arrears.kernel.errors import ArrearsError


@dataclass(frozen=True)
class Count:
    """One measure, rows or minor units of one currency.

    Parameters
    ----------
    received
        What the tape brought, identical duplicates counted once.
    accepted, set_aside
        What became of it: the two sum to ``received``.
    duplicates
        What identical duplicates brought beyond the first; in none of the others.
    """

    received: int = 0
    accepted: int = 0
    set_aside: int = 0
    duplicates: int = 0

    def as_json(self) -> dict[str, int]:
        """The four numbers by name."""
        return {
            "received": self.received,
            "accepted": self.accepted,
            "set_aside": self.set_aside,
            "duplicates": self.duplicates,
        }


@dataclass(frozen=True)
class TableTotals:
    """The totals of one table: rows, money by currency, and rows set aside by reason."""

    rows: Count
    money: Mapping[str, Count] = field(default_factory=dict)
    reasons: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class OutcomeCount:
    """How many accepted rows have an outcome that the mapping names."""

    name: str
    rows: int
    of: int

    @property
    def percent(self) -> str:
        """The share with two decimals, rounded half up: ``22.12``."""
        hundredths = (20_000 * self.rows + self.of) // (2 * self.of) if self.of else 0
        return f"{hundredths // 100}.{hundredths % 100:02}"


@dataclass(frozen=True)
class Totals:
    """The totals of a tape, by table."""

    tables: Mapping[str, TableTotals]
    unknown_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown_codes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    outcomes: tuple[OutcomeCount, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Plain data in a fixed order, for files and for machines."""
        return {
            "tables": {
                name: {
                    "rows": table.rows.as_json(),
                    "money_minor": {
                        currency: count.as_json() for currency, count in sorted(table.money.items())
                    },
                    "reasons": dict(sorted(table.reasons.items())),
                }
                for name, table in self.tables.items()
            },
            "unknown_columns": {name: list(c) for name, c in sorted(self.unknown_columns.items())},
            "unknown_codes": {
                name: dict(sorted(codes.items())) for name, codes in self.unknown_codes.items()
            },
            "unread": list(self.unread),
            "outcomes": [
                {"name": o.name, "rows": o.rows, "of": o.of, "percent": o.percent}
                for o in self.outcomes
            ],
        }

    def require_balance(self) -> None:
        """Stop if anything was lost or counted twice.

        Raises
        ------
        ArrearsError
            With the table and the measure: a defect of ours, never of the tape.
        """
        for name, table in self.tables.items():
            for measure, count in [("rows", table.rows), *table.money.items()]:
                if count.received != count.accepted + count.set_aside:
                    raise ArrearsError(
                        "the totals of the tape do not add up; nothing may be taken in",
                        expected=f"{count.received} received = accepted + set aside",
                        found=f"{count.accepted} + {count.set_aside}",
                        remedy="report this with the tape's totals: it is a defect of arrears",
                        table=name,
                        measure=measure,
                    )
