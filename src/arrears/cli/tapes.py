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
from arrears.book.envelope import load_envelope, verify
from arrears.book.exact import total
from arrears.book.fetch import count, fetch
from arrears.book.mapping import load_mapping
from arrears.book.read import open_tape
from arrears.cli import show
from arrears.cli.counts import overdue_money
from arrears.cli.totals import print_totals

Sums = dict[str, int]
STEPS = 4


@dataclass(frozen=True)
class AgeSummary:
    """What ``arrears age`` found and wrote."""

    as_of: date
    engine: str
    totals: dict[str, Any]
    buckets: dict[str, tuple[int, Sums]]  # loans, and money where it is known
    overpaid: int
    files: dict[str, Path]

    def as_json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {
            "as_of": self.as_of.isoformat(),
            "engine": self.engine,
            "totals": self.totals,
            "overdue_loans": sum(loans for loans, _ in self.buckets.values()),
            "buckets": {
                bucket: {"loans": loans, "overdue_minor": sums}
                for bucket, (loans, sums) in self.buckets.items()
            },
            "overpaid_loans": self.overpaid,
            "files": {kind: str(path) for kind, path in self.files.items()},
        }

    def print(self) -> None:
        """The same as tables."""
        print_totals(self.totals)
        show.table(
            f"Overdue on {self.as_of}",
            ["bucket", "loans", "overdue"],
            [
                (bucket, show.count(loans), overdue_money(loans, sums))
                for bucket, (loans, sums) in self.buckets.items()
            ],
        )
        for kind, path in self.files.items():
            show.line(f"{kind}: {path}")


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
    with _checked(tape, engine, mapping, tell) as (con, checked):
        tell("ageing", 2, STEPS)
        aged = age_whole(con, checked.accepted, as_of)
        tell("writing", 3, STEPS)
        totals = checked.totals.as_json()
        order = ["table", "file", "row_number", "reason"]
        write_parquet(con, checked.rejected, files["rejected"], order)
        overpaid = write_parquet(con, aged.overpaid, files["overpaid"], ["loan_id"])
        with replaced(files["totals"]) as unfinished:
            text = json.dumps(totals, ensure_ascii=False, indent=2)
            unfinished.write_text(text + "\n", encoding="utf-8")
        # Last: who waits for this file finds the others beside it.
        write_parquet(con, aged.overdue, out, ["loan_id"])
        return AgeSummary(as_of, engine, totals, _buckets(con, aged.overdue), overpaid, files)


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
    with _checked(tape, engine, mapping, tell) as (con, checked):
        tell("looking ahead", 2, STEPS)
        coming = due(con, checked.accepted, as_of, within)
        tell("writing", 3, STEPS)
        rows = write_parquet(con, coming, out, ["due_on", "loan_id", "seq"])
        sums = coming.group_by("currency").agg(open_minor=total(coming.open_minor))
        found = sorted(fetch(con, sums), key=_currency)
        return {
            "from": as_of.isoformat(),
            "to": (as_of + timedelta(days=within)).isoformat(),
            "instalments": rows,
            "loans": count(con, coming.select("loan_id").distinct()),
            "open_minor": {row["currency"]: int(row["open_minor"]) for row in found},
            "loans_set_aside": count(con, checked.incomplete.select("loan_id").distinct()),
            "file": str(out),
        }


@contextmanager
def _checked(
    tape: str, engine: str, mapping: Path | None, tell: show.Tell
) -> Iterator[tuple[Any, Checked]]:
    tell("opening", 0, STEPS)
    chosen = load_mapping(mapping) if mapping else None
    # An envelope is not needed; one that lies there must be right.
    envelope = None if "://" in tape else load_envelope(tape)
    con = connect(engine)
    with open_tape(con, tape, chosen) as opened:
        tell("checking", 1, STEPS)
        checked = check(opened, envelope.book_on if envelope else None)
        if envelope:
            verify(envelope, opened, checked.totals)
        yield con, checked


def _buckets(con: Any, overdue: Any) -> dict[str, tuple[int, Sums]]:
    grouped = overdue.group_by("bucket", "currency").agg(
        loans=overdue.count(), overdue_minor=total(overdue.overdue_minor)
    )
    found = sorted(fetch(con, grouped), key=_currency)
    buckets: dict[str, tuple[int, Sums]] = {}
    for bucket in BUCKETS:
        mine = [row for row in found if row["bucket"] == bucket]
        known = [row for row in mine if row["overdue_minor"] is not None]
        sums = {row["currency"]: int(row["overdue_minor"]) for row in known}
        buckets[bucket] = sum(int(row["loans"]) for row in mine), sums
    return buckets


def _currency(row: dict[str, Any]) -> str:
    return str(row["currency"])
