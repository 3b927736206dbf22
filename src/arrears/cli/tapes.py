"""What ``age`` and ``due`` do with a tape: read, check, compute, write. No Django here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from arrears.book.age import BUCKETS, age_whole
from arrears.book.canonical import replaced, write_parquet
from arrears.book.check import Checked, check
from arrears.book.due import due
from arrears.book.engine import connect
from arrears.book.mapping import load_mapping
from arrears.book.read import open_tape
from arrears.cli import show

Sums = dict[str, int]


@dataclass(frozen=True)
class AgeSummary:
    """What ``arrears age`` found and wrote."""

    as_of: date
    engine: str
    totals: dict[str, Any]
    buckets: dict[str, tuple[int, Sums]]  # loans and overdue money per currency
    overpaid: int
    unknown_columns: dict[str, tuple[str, ...]]
    unknown_codes: dict[str, dict[str, int]]
    outcome: dict[str, Any]
    files: dict[str, Path]

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {
            "as_of": self.as_of.isoformat(),
            "engine": self.engine,
            "tables": self.totals,
            "overdue": {
                "loans": sum(loans for loans, _ in self.buckets.values()),
                "buckets": {
                    bucket: {"loans": loans, "overdue_minor": sums}
                    for bucket, (loans, sums) in self.buckets.items()
                },
            },
            "overpaid_loans": self.overpaid,
            "unknown_columns": {
                table: list(names) for table, names in self.unknown_columns.items()
            },
            "unknown_codes": self.unknown_codes,
            "outcome": self.outcome,
            "files": {kind: str(path) for kind, path in self.files.items()},
        }

    def print(self) -> None:
        """The same as tables."""
        print_totals(self.totals)
        show.table(
            f"Overdue on {self.as_of}",
            ["bucket", "loans", "overdue"],
            [(b, show.count(n), show.money(sums)) for b, (n, sums) in self.buckets.items()],
        )
        print_unknown(self.unknown_columns, self.unknown_codes)
        print_outcome(self.outcome)
        for kind, path in self.files.items():
            show.line(f"{kind}: {path}")


def print_totals(totals: dict[str, Any]) -> None:
    """Received = accepted + set aside, table by table."""
    rows = []
    for table, sides in totals.items():
        shown = [table]
        for side in ("received", "accepted", "set_aside"):
            money = show.money(sides[side]["money"])
            shown.append(show.count(sides[side]["rows"]) + (f" ({money})" if money else ""))
        rows.append(shown)
    show.table("Rows of the tape", ["table", "received", "accepted", "set aside"], rows)


def print_unknown(columns: dict[str, Any], codes: dict[str, dict[str, int]]) -> None:
    """What the contract has no name for: kept aside and said so."""
    for table, names in columns.items():
        show.say(f"columns of {table} kept aside: {', '.join(names)}")
    for column, found in codes.items():
        listed = ", ".join(f"{code} ({show.count(rows)} rows)" for code, rows in found.items())
        show.say(f"codes of {column} taken in as other: {listed}")


def print_outcome(outcome: dict[str, Any]) -> None:
    """What the mapping asked to count."""
    if outcome:
        show.table(
            "Counted as the mapping asks",
            ["what", "count"],
            list(outcome.items()),
        )


def age_tape(
    tape: str, as_of: date, engine: str, mapping: Path | None, out: Path, tell: show.Tell
) -> AgeSummary:
    """Write what is overdue, what is overpaid, what was set aside, and the totals."""
    stem = out.with_suffix("")
    files = {
        "overdue": out,
        "rejected": Path(f"{stem}.rejected.parquet"),
        "overpaid": Path(f"{stem}.overpaid.parquet"),
        "totals": Path(f"{stem}.totals.json"),
    }
    with _checked(tape, engine, mapping, out, tell) as (con, checked, opened):
        tell("ageing", 2, 4)
        aged = age_whole(con, checked.accepted, as_of)
        tell("writing", 3, 4)
        totals = checked.totals.as_json()
        write_parquet(
            con, checked.rejected, files["rejected"], ["table", "row_number", "key", "reason"]
        )
        overpaid = write_parquet(con, aged.overpaid, files["overpaid"], ["loan_id"])
        with replaced(files["totals"]) as unfinished:
            text = json.dumps(totals, ensure_ascii=False, indent=2, sort_keys=True)
            unfinished.write_text(text + "\n", encoding="utf-8")
        write_parquet(con, aged.overdue, out, ["loan_id"])
        return AgeSummary(
            as_of=as_of,
            engine=engine,
            totals=totals,
            buckets=_buckets(aged.overdue),
            overpaid=overpaid,
            unknown_columns=opened.unknown_columns,
            unknown_codes=opened.unknown_codes,
            outcome={},
            files=files,
        )


def due_in_tape(
    tape: str,
    as_of: date,
    within: int,
    engine: str,
    mapping: Path | None,
    out: Path,
    tell: show.Tell,
) -> dict[str, Any]:
    """Write the instalments that fall due soon."""
    with _checked(tape, engine, mapping, out, tell) as (con, checked, _):
        tell("looking ahead", 2, 4)
        coming = due(con, checked.accepted, as_of, within)
        tell("writing", 3, 4)
        rows = write_parquet(con, coming, out, ["due_on", "loan_id", "seq"])
        sums = coming.group_by("currency").agg(open_minor=coming.open_minor.sum())
        found = sums.to_pyarrow().to_pylist()
        aside = checked.rejected.filter(checked.rejected.table == "loans")
        return {
            "from": as_of.isoformat(),
            "to": (as_of + timedelta(days=within)).isoformat(),
            "instalments": rows,
            "loans": int(coming.loan_id.nunique().execute()),
            "open_minor": {r["currency"]: int(r["open_minor"]) for r in _by_currency(found)},
            "loans_set_aside": int(aside.count().execute()),
            "file": str(out),
        }


@contextmanager
def _checked(
    tape: str, engine: str, mapping: Path | None, out: Path, tell: show.Tell
) -> Iterator[tuple[Any, Checked, Any]]:
    tell("opening", 0, 4)
    con = connect(engine)
    chosen = load_mapping(mapping) if mapping else None
    # What is staged goes beside the result: that disk was chosen to hold it.
    with open_tape(con, tape, chosen) as opened:
        tell("checking", 1, 4)
        yield con, check(opened), opened


def _buckets(overdue: Any) -> dict[str, tuple[int, Sums]]:
    grouped = overdue.group_by("bucket", "currency").agg(
        loans=overdue.count(), overdue_minor=overdue.overdue_minor.sum()
    )
    found = _by_currency(grouped.to_pyarrow().to_pylist())
    buckets: dict[str, tuple[int, Sums]] = {}
    for bucket in BUCKETS:
        mine = [row for row in found if row["bucket"] == bucket]
        sums = {row["currency"]: int(row["overdue_minor"] or 0) for row in mine}
        buckets[bucket] = sum(int(row["loans"]) for row in mine), sums
    return buckets


def _by_currency(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["currency"]))
