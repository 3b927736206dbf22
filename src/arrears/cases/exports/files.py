"""A list as a file that says whose it is: CSV that no spreadsheet runs, or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

Cell = str | int | None
MEDIA_TYPES: Final = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
# What a spreadsheet takes for the beginning of a formula, full-width forms included.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
_COLUMN: Final = "export_id"


@dataclass(frozen=True)
class Watermark:
    """Whose copy a file is: it stands in its first line, and in every row."""

    export_id: str
    asked_by: str
    role: str
    at: str  # an instant in UTC, ISO 8601
    rows: int

    @property
    def line(self) -> str:
        """The watermark as people read it."""
        return (
            f"Arrears export {self.export_id}, {self.rows} rows, for {self.asked_by}"
            f" ({self.role}), {self.at}. Confidential: personal data. 机密：含个人信息。"
        )


def safe(cell: Cell) -> Cell:
    """A cell as a spreadsheet shows it and never runs it; numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\0", "")
    return f"'{text}" if text.lstrip(" \u00a0\u3000\ufeff").startswith(_FORMULA) else text


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[Cell]], mark: Watermark) -> bytes:
    """The watermark's line, the head, the rows; UTF-8 with a byte order mark, for spreadsheets."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([mark.line])
    writer.writerow([*columns, _COLUMN])
    for row in rows:
        writer.writerow(["" if cell is None else safe(cell) for cell in (*row, mark.export_id)])
    return out.getvalue().encode("utf-8-sig")


def as_parquet(columns: Sequence[str], rows: Sequence[Sequence[Cell]], mark: Watermark) -> bytes:
    """The rows with the watermark in the file's metadata and as a column."""
    kinds = [
        pa.int64() if any(isinstance(row[n], int) for row in rows) else pa.string()
        for n in range(len(columns))
    ]
    arrays = [pa.array([row[n] for row in rows], kind) for n, kind in enumerate(kinds)]
    arrays.append(pa.array([mark.export_id] * len(rows), pa.string()))
    kept = {"arrears.watermark": mark.line, "arrears.export_id": mark.export_id}
    schema = pa.schema(
        [pa.field(name, kind) for name, kind in zip(columns, kinds, strict=True)]
        + [pa.field(_COLUMN, pa.string())],
        metadata=kept,
    )
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), out)
    return out.getvalue()
