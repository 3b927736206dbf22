"""``arrears age`` and ``arrears due``: what they write, print and refuse; no database."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arrears.cli import app as cli
from arrears.town.auditor import sift, standing
from arrears.town.tape import make_town

UNTIL = date(2026, 6, 30)
AS_OF = ["--as-of", "2026-06-30"]
Aged = tuple[Path, dict[str, Any]]
MAPPINGS = Path(__file__).parents[3] / "mappings"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_town(2, 300, UNTIL, tmp_path_factory.mktemp("town") / "tape")


@pytest.fixture(scope="module")
def aged(town: Path, tmp_path_factory: pytest.TempPathFactory) -> Aged:
    """The folder that ``arrears age`` wrote to, and the JSON that it printed."""
    folder, printed = tmp_path_factory.mktemp("aged"), io.StringIO()
    with contextlib.redirect_stdout(printed):
        call = ["age", str(town), *AS_OF, "--out", str(folder / "o.parquet"), "--json"]
        assert cli.run(call) == 0
    return folder, json.loads(printed.getvalue())


def _json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


def test_age_writes_the_contracts_columns_and_what_the_auditor_finds(
    town: Path, aged: Aged
) -> None:
    out, told = aged[0] / "o.parquet", aged[1]
    texts, days = pa.string(), pa.date32()
    assert pq.read_schema(out).remove_metadata() == pa.schema(
        [("loan_id", texts), ("person_id", texts), ("as_of", days), ("currency", texts)]
        + [(f"{part}_overdue_minor", pa.int64()) for part in ("principal", "interest", "fee")]
        + [("overdue_minor", pa.int64()), ("late_interest_minor", pa.int64())]
        + [("oldest_due_on", days), ("days_past_due", pa.int32())]
        + [("days_past_due_after_grace", pa.int32()), ("bucket", texts), ("last_paid_on", days)]
        + [("max_days_past_due_ever", pa.int32()), ("times_over_30", pa.int32())]
    )
    rows = pq.read_table(out).to_pylist()
    assert [row["loan_id"] for row in rows] == sorted({row["loan_id"] for row in rows})
    sifted = sift(town)
    expected = standing(sifted, [UNTIL])[UNTIL]
    assert {r["loan_id"]: (r["overdue_minor"], r["days_past_due"]) for r in rows} == {
        loan: (state.overdue_minor, state.days_past_due) for loan, state in expected.items()
    }
    assert told["overdue_loans"] == len(expected)
    for table, sides in sifted.sides.items():
        counted = told["totals"]["tables"][table]
        assert counted["rows"] == {side: sums["rows"] for side, sums in sides.items()}
        if table in ("loans", "instalments", "payments"):
            for side, sums in sides.items():
                money = counted["money_minor"].values()
                assert sum(currency[side] for currency in money) == sums["minor"]


def test_age_writes_rejected_overpaid_and_totals_beside_it_and_again_the_same_bytes(
    town: Path, aged: Aged, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["age", str(town), *AS_OF, "--out", str(tmp_path / "o.parquet")]) == 0
    printed = capsys.readouterr().out
    # Twice the same bytes.
    first, second = ({p.name: p.read_bytes() for p in x.iterdir()} for x in (aged[0], tmp_path))
    assert first == second
    rejected = pq.read_table(tmp_path / "o.rejected.parquet")
    totals = json.loads((tmp_path / "o.totals.json").read_text())
    by_table = Counter(rejected["table"].to_pylist())
    for table, counted in totals["tables"].items():
        rows = counted["rows"]
        assert rows["received"] == rows["accepted"] + rows["set_aside"]
        assert rows["set_aside"] == by_table[table]
        assert sum(counted["reasons"].values()) == by_table[table]
    overpaid = pq.read_table(tmp_path / "o.overpaid.parquet")
    assert overpaid.schema.names == ["loan_id", "currency", "overpaid_minor", "last_paid_on"]
    assert overpaid.schema.field("overpaid_minor").type == pa.int64() and overpaid.num_rows
    assert {p.name for p in tmp_path.iterdir()} == {
        "o.parquet", "o.rejected.parquet", "o.totals.json", "o.overpaid.parquet",
    }  # fmt: skip
    for told in ("reference.person", "duplicate.conflict", "M7+", "o.rejected.parquet"):
        assert told in printed


def test_due_counts_early_payments_and_both_ends(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "d.parquet"
    call = ["due", str(town), *AS_OF, "--within", "7", "--out", str(out), "--json"]
    assert cli.run(call) == 0
    told = _json(capsys)
    rows = pq.read_table(out).to_pylist()
    good = sift(town).good
    paid: Counter[str] = Counter()
    undone = {p["reverses"] for p in good["payments"] if p["reverses"]}
    for payment in good["payments"]:
        if payment["reverses"] is None and payment["payment_id"] not in undone:
            paid[payment["loan_id"]] += payment["amount_minor"]
    expected = {}
    for row in good["instalments"]:
        owed = row["principal_minor"] + row["interest_minor"] + row["fee_minor"]
        covered = min(owed, paid[row["loan_id"]])
        paid[row["loan_id"]] -= covered
        if 0 <= (row["due_on"] - UNTIL).days <= 7 and covered < owed:
            expected[row["loan_id"], row["seq"]] = owed - covered
    assert {(r["loan_id"], r["seq"]): r["open_minor"] for r in rows} == expected
    assert told["instalments"] == len(rows) > 0
    assert told["open_minor"] == {"CNY": sum(expected.values())}


def test_neither_loads_django_nor_needs_a_home(town: Path, tmp_path: Path) -> None:
    probe = (
        "import sys; from arrears.cli.app import run\n"
        "code = run(sys.argv[1:])\n"
        "sys.exit('django was loaded' if 'django' in sys.modules else code)"
    )
    home = tmp_path / "home"
    for call in (["age"], ["due", "--within", "3"]):
        out = ["--out", str(tmp_path / "o.parquet"), "--json"]
        done = subprocess.run(
            [sys.executable, "-c", probe, *call, str(town), *AS_OF, *out],
            capture_output=True,
            text=True,
            env={**os.environ, "ARREARS_HOME": str(home), "DJANGO_SETTINGS_MODULE": ""},
        )
        assert done.returncode == 0, done.stderr
        json.loads(done.stdout)
        assert done.stderr == ""
    assert not home.exists()


def _csv(directory: Path, **tables: str) -> Path:
    directory.mkdir(parents=True)
    for name, text in tables.items():
        (directory / f"{name}.csv").write_text(text, encoding="utf-8")
    return directory


LOANS = (
    "loan_id,person_id,product,creditor_type,currency,principal_minor,annual_rate_bps,"
    "disbursed_on,grace_days\n"
    "L1,P1,microfinance,bank,CNY,1000,0,2026-01-01,3\n"
)
INSTALMENTS = (
    "loan_id,seq,due_on,principal_minor,interest_minor,fee_minor\nL1,1,2026-06-01,1000,0,0\n"
)


def test_loans_and_instalments_are_enough(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = _csv(tmp_path / "tape", loans=LOANS, instalments=INSTALMENTS)
    out = tmp_path / "o.parquet"
    assert cli.run(["age", str(tape), *AS_OF, "--out", str(out), "--json"]) == 0
    assert _json(capsys)["buckets"]["M1"] == {"loans": 1, "overdue_minor": {"CNY": 1000}}
    row = pq.read_table(out).to_pylist()[0]
    assert (row["days_past_due"], row["days_past_due_after_grace"], row["last_paid_on"]) == (
        29,
        26,
        None,
    )


def _truncated(tape: Path) -> None:
    whole = (tape / "loans.parquet").read_bytes()
    (tape / "loans.parquet").write_bytes(whole[: len(whole) // 2])


def _damaged_page(tape: Path) -> None:
    whole = bytearray((tape / "payments.parquet").read_bytes())
    whole[500:600] = bytes(100)
    (tape / "payments.parquet").write_bytes(whole)


def _empty(tape: Path) -> None:
    (tape / "payments.parquet").write_bytes(b"")


def _without_column(tape: Path) -> None:
    table = pq.read_table(tape / "instalments.parquet")
    pq.write_table(table.drop_columns(["due_on"]), tape / "instalments.parquet")


def _without_loans(tape: Path) -> None:
    (tape / "loans.parquet").unlink()


def _cut_gzip(tape: Path) -> None:
    (tape / "payments.parquet").unlink()
    whole = gzip.compress(
        b"payment_id,loan_id,paid_on,amount_minor\n" + b"P,L,2026-01-01,1\n" * 999
    )
    (tape / "payments.csv.gz").write_bytes(whole[:-20])


def _other_delimiter(tape: Path) -> None:
    (tape / "payments.parquet").unlink()
    (tape / "payments.csv").write_text(
        "payment_id;loan_id;paid_on;amount_minor\nP;L;2026-01-01;1\n"
    )


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_truncated, "loans.parquet"),
        (_damaged_page, "payments.parquet"),
        (_empty, "payments.parquet"),
        (_without_column, "due_on"),
        (_without_loans, "loans"),
        (_cut_gzip, "payments.csv.gz"),
        (_other_delimiter, "payments.csv"),
    ],
)
def test_a_tape_that_cannot_be_read_is_refused_whole(
    spoil: object, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = make_town(1, 3, UNTIL, tmp_path / "tape")
    (tape / "tape.json").unlink()
    spoil(tape)  # type: ignore[operator]
    out = tmp_path / "out" / "o.parquet"
    assert cli.run(["age", str(tape), *AS_OF, "--out", str(out), "--json"]) == 65
    printed = capsys.readouterr()
    assert printed.out == "" and told in printed.err and "Traceback" not in printed.err
    assert not out.parent.exists() or list(out.parent.iterdir()) == []


def test_a_tape_that_is_not_what_its_envelope_says_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = make_town(1, 3, UNTIL, tmp_path / "tape")
    table = pq.read_table(tape / "payments.parquet")
    pq.write_table(table.slice(1), tape / "payments.parquet")
    assert cli.run(["age", str(tape), *AS_OF, "--out", str(tmp_path / "o.parquet")]) == 65
    assert "envelope" in capsys.readouterr().err


def test_a_path_that_is_not_there_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["age", str(tmp_path / "no"), *AS_OF, "--out", str(tmp_path / "o.parquet")]) in (
        65,
        66,
    )
    assert "Traceback" not in capsys.readouterr().err
    mapping = ["--mapping", str(tmp_path / "no.yaml")]
    call = ["age", str(tmp_path), *AS_OF, "--out", str(tmp_path / "o.parquet"), *mapping]
    assert cli.run(call) == 65
    assert "no.yaml" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_said(
    town: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    call = ["age", str(town), *AS_OF, "--out", str(tmp_path / "file" / "o.parquet")]
    assert cli.run(call) == 69
    assert "cannot be written" in capsys.readouterr().err


def test_the_real_card_book_prints_its_published_facts(
    shared_card_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["age", str(shared_card_book), "--mapping", str(MAPPINGS / "uci350.yaml")]
    call += ["--as-of", "2005-09-30", "--out", str(tmp_path / "o.parquet"), "--json"]
    assert cli.run(call) == 0
    told = _json(capsys)
    assert told["totals"]["outcomes"] == [
        {"name": "later_defaults", "rows": 6636, "of": 30000, "percent": "22.12"}
    ]
    # PAY_0 ≥ 1 in September: 30,000 less 2,759 (-2), 5,686 (-1) and 14,737 (0).
    assert told["overdue_loans"] == 30_000 - 2_759 - 5_686 - 14_737


def test_due_refuses_a_book_of_monthly_states(
    shared_card_book: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = ["due", str(shared_card_book), "--mapping", str(MAPPINGS / "uci350.yaml")]
    call += ["--as-of", "2005-09-30", "--within", "7", "--out", str(tmp_path / "d.parquet")]
    assert cli.run(call) == 65
    told = capsys.readouterr().err
    assert "nothing in the tape says what falls due" in told and "what to do" in told
    assert list(tmp_path.iterdir()) == []
