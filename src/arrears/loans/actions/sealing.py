"""Batches of a tape, sealed on their way into the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pyarrow as pa

from arrears.loans.sealed import (
    ASIDE,
    CONTRACT,
    KEPT,
    aside_key,
    covered,
    kept_key,
    kept_row_key,
)
from arrears.people.sealed import FIELDS, HASHES, seal_person, sealed_json
from arrears.store.sealed.cells import seal_cells
from arrears.store.sealed.cipher import Sealer
from arrears.store.sealed.keyed import key

Batches = Callable[[pa.RecordBatch], pa.RecordBatch]


def seal_persons(sealer: Sealer) -> Batches:
    """What seals a batch of ``persons`` and adds its hashes."""
    chosen, names = key(), (*FIELDS, "extra")

    def sealed(batch: pa.RecordBatch) -> pa.RecordBatch:
        given = [batch.column(name).to_pylist() for name in names]
        rows = [
            seal_person(sealer, chosen, ref, jurisdiction, dict(zip(names, values, strict=True)))
            for ref, jurisdiction, *values in zip(
                batch.column("person_id").to_pylist(),
                batch.column("jurisdiction").to_pylist(),
                *given,
                strict=True,
            )
        ]
        return _with(batch, {name: [row[name] for row in rows] for name in (*names, *HASHES)})

    return sealed


def seal_loans(sealer: Sealer) -> Batches:
    """What seals a batch of ``loans`` and adds the hash of the contract's number."""
    chosen = key()

    def sealed(batch: pa.RecordBatch) -> pa.RecordBatch:
        refs = batch.column("loan_id").to_pylist()
        contracts = batch.column("contract_no").to_pylist()
        extras = batch.column("extra").to_pylist()
        return _with(
            batch,
            {
                "contract_no": [
                    None if contract is None else sealer.seal(CONTRACT, ref, contract)
                    for ref, contract in zip(refs, contracts, strict=True)
                ],
                "extra": [
                    None if extra is None else sealed_json(sealer, "loans_loan.extra", ref, extra)
                    for ref, extra in zip(refs, extras, strict=True)
                ],
                "contract_hmac": [
                    None if contract is None else chosen.of_account(contract)
                    for contract in contracts
                ],
            },
        )

    return sealed


class KeptCells:
    """Rows of optional tables as JSON, their cells sealed."""

    def __init__(self, sealer: Sealer, tape_id: UUID) -> None:
        self._sealer = sealer
        self._tape_id = tape_id

    def as_json(self, name: str, batch: pa.RecordBatch) -> pa.RecordBatch:
        """A batch of one table as ``table``, ``key`` and ``row``."""
        rows = [_plain(row) for row in batch.to_pylist()]
        keys = [kept_row_key(name, row) for row in rows]
        sealed = [
            seal_cells(self._sealer, KEPT, kept_key(self._tape_id, name, key), row)
            for key, row in zip(keys, rows, strict=True)
        ]
        return pa.record_batch(
            {
                "table": pa.array([name] * len(rows), pa.string()),
                "key": pa.array(keys, pa.string()),
                "row": pa.array([json.dumps(r, ensure_ascii=False) for r in sealed], pa.string()),
            }
        )


class AsideCells:
    """Rows set aside with their cells sealed, and gone from their key and sentence."""

    def __init__(self, sealer: Sealer, tape_id: UUID) -> None:
        self._sealer = sealer
        self._tape_id = tape_id

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        rows = [self._sealed(row) for row in batch.to_pylist()]
        names = ("key", "text", "row_json")
        return _with(batch, {name: [row[name] for row in rows] for name in names})

    def _sealed(self, row: dict[str, Any]) -> dict[str, Any]:
        file = row["file"] and row["file"].rpartition("/")[2]
        cells = json.loads(row["row_json"])
        known = aside_key(self._tape_id, row["table"], file, row["row_number"])
        for name in ("key", "text"):
            row[name] = covered(row[name], cells)
        row["row_json"] = json.dumps(
            seal_cells(self._sealer, ASIDE, known, cells), ensure_ascii=False
        )
        return row


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    extra = json.loads(row.pop("extra") or "{}")
    told = {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()}
    return {k: v for k, v in told.items() if v is not None} | ({"extra": extra} if extra else {})


def _with(batch: pa.RecordBatch, columns: dict[str, list[str | None]]) -> pa.RecordBatch:
    """The batch with these columns in place of its own, new ones at the end."""
    arrays = dict(zip(batch.schema.names, batch.columns, strict=True))
    for name, values in columns.items():
        arrays[name] = pa.array(values, pa.string())
    return pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))
