"""The accepted rows of a tape as temporary tables, ``t_<table>``, in the contract's columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from arrears.book.check import Checked
from arrears.book.contract import TABLES
from arrears.book.engine import stream
from arrears.loans.actions.sealing import AsideCells, KeptCells, seal_loans, seal_persons
from arrears.people.sealed import HASHES
from arrears.store.sealed.place import sealer
from arrears.store.staging import BATCH_ROWS, stage

STORED = ("persons", "loans", "loan_parties", "instalments", "payments", "snapshots")
KEPT = ("contact_points", "contact_events", "flags", "recalls")
_TYPES = {
    # Refs compare by bytes, as the contract sorts them.
    "text": 'text COLLATE "C"',
    "date": "date",
    "int64": "bigint",
    "int32": "integer",
    "float": "double precision",
    "bool": "boolean",
}
_JSON = ("extra", "row_json")
_REJECTED = {
    "table": "text",
    "file": "text",
    "row_number": "bigint",
    "key": "text",
    "loan_id": 'text COLLATE "C"',
    "person_id": 'text COLLATE "C"',
    "reason": "text",
    "text": "text",
    "currency": "text",
    "amount_minor": "bigint",
    "row_json": "text",
}
# Columns beside the contract's, and what seals a batch and adds them.
_BESIDE = {
    "persons": dict.fromkeys(HASHES, "text"),
    "loans": {"contract_hmac": "text"},
}
_SEALING = {"persons": seal_persons, "loans": seal_loans}


def stage_accepted(con: Any, checked: Checked) -> dict[str, int]:
    """Stage what is accepted of the stored tables; empty ones too. Rows by table.

    What is sealed at rest is sealed on its way: in the database it is never anything else.
    """
    counts = {}
    for name in STORED:
        spec = TABLES[name]
        columns = {c.name: _TYPES[c.type] for c in spec.columns} | {"extra": "jsonb"}
        columns |= _BESIDE.get(name, {})
        frame = checked.accepted.get(name)
        batches: Iterable[pa.RecordBatch] = ()
        if frame is not None:
            batches = _batches(con, _with_extra(checked, name, frame))
        if name in _SEALING:
            batches = map(_SEALING[name](sealer()), batches)
        counts[name] = stage(f"t_{name}", columns, batches)
    return counts


def stage_kept(con: Any, checked: Checked, tape_id: UUID) -> int:
    """Stage the rows of optional tables, each as its key and one JSON text, in ``t_kept``."""
    columns = {"table": "text", "key": "text", "row": "jsonb"}
    return stage("t_kept", columns, _kept(con, checked, KeptCells(sealer(), tape_id)))


def stage_rejected(con: Any, checked: Checked | None, tape_id: UUID) -> int:
    """Stage the rows set aside, in ``t_rejected``, and the loans set aside whole; or none."""
    incomplete: Iterable[pa.RecordBatch] = ()
    rejected: Iterable[pa.RecordBatch] = ()
    if checked is not None:
        incomplete = _batches(con, checked.incomplete.select("loan_id").distinct())
        rejected = map(
            AsideCells(sealer(), tape_id), _batches(con, checked.rejected.select(*_REJECTED))
        )
    stage("t_incomplete", {"loan_id": 'text COLLATE "C"'}, incomplete)
    return stage("t_rejected", _REJECTED, rejected)


def _with_extra(checked: Checked, name: str, frame: Any) -> Any:
    extra = checked.extra.get(name)
    if extra is None:
        return frame.mutate(extra=ibis.null("string"))
    key = list(TABLES[name].key)
    # Only whole rows are accepted, so that their key is there and stands once.
    return frame.left_join(extra.distinct(on=key, keep="first"), key, rname="extra_{name}").select(
        *frame.columns, "extra"
    )


def _batches(con: Any, frame: Any) -> Iterator[pa.RecordBatch]:
    for batch in stream(con, frame, BATCH_ROWS):
        yield _without_nul(batch)


def _without_nul(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The character NUL as its picture ␀: PostgreSQL cannot hold it, and rows are kept whole."""
    columns = []
    for field, column in zip(batch.schema, batch.columns, strict=True):
        if pa.types.is_string(field.type):
            nul, picture = (r"\u0000", r"\u2400") if field.name in _JSON else ("\0", "\u2400")
            column = pc.replace_substring(column, nul, picture)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _kept(con: Any, checked: Checked, cells: KeptCells) -> Iterator[pa.RecordBatch]:
    for name in KEPT:
        frame = checked.accepted.get(name)
        if frame is None:
            continue
        for batch in _batches(con, _with_extra(checked, name, frame)):
            yield cells.as_json(name, batch)
