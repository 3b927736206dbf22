"""The share of rows that are wrong, as in every real tape: material for setting aside and mending.

Each fault goes to loans drawn by lot, so that each kind is there, however small the town (from
some 400 loans on).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrears.town.draws import Draws, Ints

# One loan in so many gets each kind of fault; never more than one in RARE of all loans.
EACH = 4_000
RARE = 20

Tables = dict[str, pa.Table]
Row = dict[str, Any]


@dataclass(frozen=True)
class Fault:
    """A way for a row to be wrong.

    ``change`` gives the columns that are overwritten in the loan's first row of the table;
    with ``added`` the row stays and a changed copy of it is added to the table's end.
    """

    name: str
    table: str
    change: Callable[[Row, date], Row]
    added: bool = False


FAULTS = (
    Fault("currency that is no code", "loans", lambda row, day: {"currency": "RMB"}),
    Fault("grace below zero", "loans", lambda row, day: {"grace_days": -1}),
    Fault("unknown status", "loans", lambda row, day: {"status": "frozen"}),
    Fault("borrower not on the tape", "loans", lambda row, day: {"person_id": "P-GONE"}),
    Fault("rate missing", "loans", lambda row, day: {"annual_rate_bps": None}),
    Fault("unknown product, goes in as other", "loans", lambda row, day: {"product": "car_loan"}),
    Fault("due day missing", "instalments", lambda row, day: {"due_on": None}),
    Fault("fee below zero", "instalments", lambda row, day: {"fee_minor": -500}),
    Fault(
        "instalment twice, not the same",
        "instalments",
        lambda row, day: {"principal_minor": row["principal_minor"] + 100},
        added=True,
    ),
    Fault("instalment twice, the same", "instalments", lambda row, day: {}, added=True),
    Fault("payment of nothing", "payments", lambda row, day: {"amount_minor": 0}),
    Fault(
        "payment in the future",
        "payments",
        lambda row, day: {"paid_on": day + timedelta(days=30)},
    ),
    Fault(
        "payment for an unknown loan",
        "payments",
        lambda row, day: {
            "payment_id": row["payment_id"] + "-x",
            "loan_id": row["loan_id"].replace("HT", "XT"),
            "reverses": None,
        },
        added=True,
    ),
    Fault(
        "payment twice, not the same",
        "payments",
        lambda row, day: {"amount_minor": row["amount_minor"] + 1},
        added=True,
    ),
    Fault("payment twice, the same", "payments", lambda row, day: {}, added=True),
    Fault(
        "reversal of a payment that is not there",
        "payments",
        lambda row, day: {"payment_id": row["payment_id"] + "-y", "reverses": "NOT-THERE"},
        added=True,
    ),
    Fault(
        "reversal of another amount",
        "payments",
        lambda row, day: {
            "payment_id": row["payment_id"] + "-z",
            "amount_minor": row["amount_minor"] + 100,
            "reverses": row["payment_id"],
        },
        added=True,
    ),
    Fault("jurisdiction missing", "persons", lambda row, day: {"jurisdiction": None}),
    Fault("latitude off the earth", "persons", lambda row, day: {"latitude": 131.0}),
)


def spoil(draws: Draws, tables: Tables, until: date) -> Tables:
    """The same tables with some rows spoilt."""
    loan_ids = tables["loans"]["loan_id"].to_pylist()
    keys = np.arange(len(loan_ids), dtype=np.int64)
    each = max(1, len(loan_ids) // EACH)
    lot = draws.first("faults", keys, min(each * len(FAULTS), len(loan_ids) // RARE))
    victims = [(FAULTS[n % len(FAULTS)], int(loan)) for n, loan in enumerate(lot)]
    spoilt = dict(tables)
    for table in ("persons", "loans", "instalments", "payments"):
        mine = [(fault, loan) for fault, loan in victims if fault.table == table]
        spoilt[table] = _spoil(tables[table], _first_rows(tables, table, mine), until)
    return spoilt


def _first_rows(
    tables: Tables, table: str, victims: list[tuple[Fault, int]]
) -> list[tuple[Fault, int]]:
    """Each fault with the position of the row that it befalls; loans without a row are spared."""
    key = "person_id" if table == "persons" else "loan_id"
    wanted = tables["loans"][key].take(pa.array([loan for _, loan in victims], pa.int64()))
    found: Ints = pc.index_in(tables[table][key], wanted.combine_chunks()).to_numpy(
        zero_copy_only=False
    )
    first: dict[int, int] = {}
    for position in np.flatnonzero(~np.isnan(found.astype(float))).tolist():
        first.setdefault(int(found[position]), position)
    return [(fault, first[n]) for n, (fault, _) in enumerate(victims) if n in first]


def _spoil(table: pa.Table, rows: list[tuple[Fault, int]], until: date) -> pa.Table:
    added: list[Row] = []
    changed: dict[str, dict[int, Any]] = {}
    for fault, position in rows:
        row = table.slice(position, 1).to_pylist()[0]
        change = fault.change(row, until)
        if fault.added:
            added.append(row | change)
        else:
            for column, value in change.items():
                changed.setdefault(column, {})[position] = value
    for column, values in changed.items():
        index = table.schema.get_field_index(column)
        field = table.schema.field(index)
        mask = np.zeros(table.num_rows, dtype=bool)
        mask[list(values)] = True
        new = pa.array([values[position] for position in sorted(values)], field.type)
        whole = table[column].combine_chunks()
        table = table.set_column(index, field, pc.replace_with_mask(whole, pa.array(mask), new))
    return pa.concat_tables([table, pa.Table.from_pylist(added, schema=table.schema)])
