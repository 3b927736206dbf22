"""The command line on a database of its own: take in, list, export, staff, clients, mode."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest

from arrears.site.config import Config
from arrears.store.setup import running
from arrears.town.auditor import sift
from arrears.town.tape import make_town

ROOT = Path(__file__).parents[2]
UNTIL = date(2026, 6, 30)
Call = Callable[..., subprocess.CompletedProcess[str]]


def caller(home: Path) -> Call:
    """``arrears …`` in a process of its own, on this home."""

    def call(*arguments: str, code: int = 0, given: str = "") -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "arrears.cli", *arguments],
            input=given,
            capture_output=True,
            text=True,
            env={**os.environ, "ARREARS_HOME": str(home)},
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    return call


@pytest.fixture
def arrears(fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Call]:
    """The command line on an empty home, whose server is up: each call only joins it."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with running(Config.from_environ({"ARREARS_HOME": str(fresh_home)})):
        yield caller(fresh_home)


def _json(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def test_a_tape_is_taken_in_once_and_what_was_set_aside_is_listed(
    arrears: Call, tmp_path: Path
) -> None:
    tape = make_town(4, 300, UNTIL, tmp_path / "tape")
    sifted = sift(tape)

    # Nothing yet.
    status = _json(arrears("status", "--json"))
    assert status["book"]["version"] == 0 and status["newest_run"] is None
    assert "arrears ingest" in arrears("status").stderr

    first = _json(arrears("ingest", str(tape), "--json"))
    assert first["effect"] is True and first["book_version"] == 1
    for table, sides in sifted.sides.items():
        counted = first["totals"]["tables"][table]["rows"]
        assert counted == {side: sums["rows"] for side, sums in sides.items()}

    again = _json(arrears("ingest", str(tape), "--json"))
    assert again == {**first, "effect": False}
    book = _json(arrears("status", "--json"))["book"]
    assert (book["persons"], book["loans"]) == tuple(
        len(sifted.good[table]) for table in ("persons", "loans")
    )
    aside = sum(sides["set_aside"]["rows"] for sides in sifted.sides.values())
    assert book["set_aside"] == aside

    listed = _json(arrears("rejected", "--json", "--limit", "200"))
    assert listed["total"] == aside and len(listed["rows"]) == min(aside, 200)
    export = tmp_path / "r.csv"
    arrears("rejected", "--export", str(export))
    with export.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == aside
    assert all(row["reason"] and row["text"] and json.loads(row["row"]) for row in rows)
    one = _json(arrears("rejected", "--json", "--reason", "reversal.unknown"))
    assert one["total"] == 1 and one["rows"][0]["table"] == "payments"
    arrears("rejected", "--tape", "no-such-tape", code=66)
    arrears("rejected", "--export", str(tmp_path / "r.xlsx"), code=2)

    _others_are_refused(arrears, tmp_path, first["tape_id"])
    assert _json(arrears("status", "--json"))["book"] == book


def _others_are_refused(arrears: Call, tmp_path: Path, tape_id: str) -> None:
    """Another tape under the same id, an older one after it, and one damaged inside."""
    other = make_town(5, 20, UNTIL, tmp_path / "other")
    envelope = json.loads((other / "tape.json").read_text())
    (other / "tape.json").write_text(json.dumps(envelope | {"tape_id": tape_id}))
    refused = arrears("ingest", str(other), "--json", code=75)
    assert refused.stdout == "" and tape_id in refused.stderr
    older = make_town(4, 20, date(2026, 6, 1), tmp_path / "older")
    assert "what to do" in arrears("ingest", str(older), code=75).stderr


def test_a_file_damaged_inside_is_refused_though_its_end_is_whole(
    arrears: Call, tmp_path: Path
) -> None:
    damaged = make_town(6, 20, date(2026, 7, 1), tmp_path / "damaged") / "payments.parquet"
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:500] + bytes(100) + whole[600:])
    refused = arrears("ingest", str(damaged.parent), "--json", code=65)
    assert refused.stdout == "" and f"{damaged}" in refused.stderr
    assert "damaged inside" in refused.stderr and "what to do" in refused.stderr
    assert _json(arrears("status", "--json"))["book"]["version"] == 0


def test_the_real_card_book_rolls_as_its_rows_say(
    arrears: Call, shared_card_book: Path, tmp_path: Path
) -> None:
    mapping = ("--mapping", str(ROOT / "mappings" / "uci350.yaml"))
    taken = _json(
        arrears("ingest", str(shared_card_book), *mapping, "--book-on", "2005-09-30", "--json")
    )
    assert taken["totals"]["outcomes"] == [
        {"name": "later_defaults", "rows": 6636, "of": 30000, "percent": "22.12"}
    ]
    rolls = _json(arrears("rolls", "--json"))
    months = sorted({(row["from_month"], row["to_month"]) for row in rolls})
    assert [month for month, _ in months] == [f"2005-{m:02}" for m in range(4, 9)]
    for month in months:
        mine = [r for r in rolls if (r["from_month"], r["to_month"]) == month]
        assert sum(row["loans"] for row in mine) == 30_000
    # Counted in the file with nothing of ours: August (PAY_2) 2 late, September (PAY_0) 2 late.
    with gzip.open(shared_card_book, "rt") as file:
        accounts = list(csv.DictReader(file))
    both = sum(row["PAY_2"] == "2" and row["PAY_0"] == "2" for row in accounts)
    found = [
        row["loans"]
        for row in rolls
        if (row["from_month"], row["from_bucket"], row["to_bucket"]) == ("2005-08", "M2", "M2")
    ]
    assert found == [both]
    arrears(
        "rolls", "--export", str(tmp_path / "rolls.parquet"), "--history", f"{tmp_path}/h.parquet"
    )
    history = pq.read_table(tmp_path / "h.parquet")
    assert history.num_rows == 180_000

    late = Counter(
        row["ID"] for row in accounts for n in (0, 2, 3, 4, 5, 6) if int(row[f"PAY_{n}"]) >= 2
    )
    buckets = zip(history["loan_ref"].to_pylist(), history["bucket"].to_pylist(), strict=True)
    assert Counter(ref for ref, bucket in buckets if bucket not in ("current", "M1")) == late
    assert len(late) == 8_380  # as published beside the data
    assert sum(balance < 0 for balance in history["balance_minor"].to_pylist()) > 1_930
    assert pq.read_table(tmp_path / "rolls.parquet").to_pylist() == rolls
    assert "2005-08 → 2005-09" in arrears("rolls").stdout
    _a_day_of_states_is_run(arrears, accounts)


def _a_day_of_states_is_run(arrears: Call, accounts: list[dict[str, str]]) -> None:
    """Long before this program: states say who is late, none says by how much."""
    counts = _json(arrears("run", "--as-of", "2005-09-30", "--json"))["counts"]
    late = sum(int(row["PAY_0"]) >= 1 for row in accounts)
    assert counts["cases"]["opened"] == sum(b["loans"] for b in counts["buckets"].values()) == late
    assert {tuple(b["overdue_minor"]) for b in counts["buckets"].values()} == {()}
    again = arrears("run", "--as-of", "2005-09-30").stdout
    assert "not known" in again and "NT$0" not in again


def test_staff_and_programs_come_and_go(arrears: Call) -> None:
    add = ("user", "add", "li.na", "--name", "李娜", "--role", "collector")
    arrears(*add, given="short\n", code=65)
    arrears(*add, given="Zhu-Que-7781\n")
    arrears(*add, given="Zhu-Que-7781\n", code=75)
    assert "Zhu-Que" not in arrears("user", "list").stdout
    assert _json(arrears("user", "list", "--json")) == [
        {
            "username": "li.na",
            "display_name": "李娜",
            "role": "collector",
            "language": "zh-hans",
            "is_active": True,
        }
    ]
    arrears("user", "password", "li.na", given="Xuan-Wu-9912\n")
    arrears("user", "password", "nobody", given="Xuan-Wu-9912\n", code=66)
    arrears("user", "role", "li.na", "supervisor")
    assert _json(arrears("user", "list", "--json"))[0]["role"] == "supervisor"
    arrears("user", "reset-factor", "li.na")
    arrears("user", "reset-factor", "nobody", code=66)
    arrears("user", "off", "li.na")
    assert _json(arrears("user", "list", "--json"))[0]["is_active"] is False

    made = _json(arrears("client", "add", "core", "--scope", "loans.push", "--json"))
    arrears("client", "add", "core", "--scope", "loans.push", code=75)
    listed = arrears("client", "list", "--json").stdout
    assert made["secret"] not in listed and json.loads(listed)[0]["id"] == made["id"]
    arrears("client", "revoke", made["id"])
    assert _json(arrears("client", "list", "--json"))[0]["revoked_at"]
    arrears("client", "revoke", "00000000-0000-8000-a000-000000000000", code=66)


def test_nothing_leaves_until_every_item_is_confirmed(arrears: Call) -> None:
    assert _json(arrears("mode", "--json")) == {"mode": "observe", "switches": []}
    items = ("holds", "opt_outs", "plans", "matters", "contacts")
    some = [part for item in items[:-1] for part in ("--confirm", item)]
    refused = arrears("mode", "live", "--reason", "confirmed by compliance", *some, code=65)
    assert "contacts" in refused.stderr
    every = [part for item in items for part in ("--confirm", item)]
    arrears("mode", "live", *every, code=65)  # no reason
    told = _json(arrears("mode", "live", "--reason", "confirmed by compliance", *every, "--json"))
    assert told["mode"] == "live" and told["switches"][0]["confirmed"] == sorted(items)
    arrears("mode", "observe", "--reason", "a wave of complaints")
    assert _json(arrears("mode", "--json"))["mode"] == "observe"


def test_a_call_starts_and_stops_the_server_unless_another_uses_it(
    fresh_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    arrears = caller(fresh_home)
    assert str(fresh_home) in arrears("setup").stdout
    with running(Config.from_environ({"ARREARS_HOME": str(fresh_home)})) as logins:
        assert _json(arrears("doctor", "--json"))["well"] is True
        psycopg.connect(**logins.parameters("app")).close()
    arrears("status")
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(**logins.parameters("app"))
