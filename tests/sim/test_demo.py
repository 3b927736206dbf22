"""The whole demo on a small town: against the auditor, twice, killed half way, and again."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from arrears.town.auditor import follow, sift, standing

UNTIL = date(2026, 6, 30)
TOWN = ["--seed", "3", "--borrowers", "300", "--days", "10", "--until", UNTIL.isoformat()]


@pytest.fixture(autouse=True)
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)


def _start(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "arrears.cli", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "ARREARS_HOME": str(home)},
    )


def _call(home: Path, *arguments: str, code: int = 0) -> tuple[str, str]:
    process = _start(home, *arguments)
    out, err = process.communicate(timeout=280)
    assert process.returncode == code, out + err
    assert "Traceback" not in err
    return out, err


def _demo(home: Path, *arguments: str, code: int = 0) -> str:
    return _call(home, "demo", *arguments, "--no-serve", "--json", code=code)[0]


@pytest.fixture(scope="module")
def played() -> Iterator[Path]:
    """The JSON that a demo prints that nothing interrupts, and its home beside it."""
    place = Path(tempfile.mkdtemp(prefix="arrears-sim-"))
    place.chmod(0o755)  # as root, the server's user passes through it
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        (place / "printed.json").write_text(_demo(place / "home", *TOWN))
    yield place
    shutil.rmtree(place)


def test_the_demo_comes_to_what_the_auditor_says(played: Path) -> None:
    told: dict[str, Any] = json.loads((played / "printed.json").read_text())
    sifted = sift(played / "home" / "town" / told["tape"]["tape_id"])
    tables = told["tape"]["totals"]["tables"]
    for table, sides in sifted.sides.items():
        rows = tables[table]["rows"]
        assert rows == {side: sums["rows"] for side, sums in sides.items()}
        assert rows["received"] == rows["accepted"] + rows["set_aside"]
        for side, sums in sides.items():
            money = tables[table]["money_minor"].values()
            assert sum(currency[side] for currency in money) == sums["minor"]

    days = standing(sifted, [UNTIL - timedelta(days=back) for back in range(10)])
    buckets = {f"M{rank}" if rank < 7 else "M7+": [0, 0] for rank in range(1, 8)}
    for state in days[UNTIL].values():
        bucket = buckets[f"M{state.rank}" if state.rank < 7 else "M7+"]
        bucket[0] += 1
        bucket[1] += state.overdue_minor
    assert {
        name: [found["loans"], found["overdue_minor"].get("CNY", 0)]
        for name, found in told["overdue"].items()
    } == buckets
    counts = follow(sifted, days)
    assert told["cases"] == {
        "opened": counts.opened,
        "escalated": counts.escalated,
        "eased": counts.eased,
        "cured": counts.cured,
        "withdrawn": 0,
        "open": counts.open_at_end,
    }
    assert min(counts.opened, counts.escalated, counts.cured) > 0
    assert sum(told["treatments"].values()) == counts.open_at_end
    assert told["parked"] == 0


@pytest.mark.long
def test_killed_half_way_and_started_again_it_prints_the_same_bytes(
    played: Path, fresh_home: Path
) -> None:
    process = _start(fresh_home, "demo", *TOWN, "--no-serve", "--json")
    runs, deadline = fresh_home / "runs", time.monotonic() + 240
    while not (runs.exists() and len(list(runs.iterdir())) >= 3):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    assert process.communicate()[0] == ""
    assert _demo(fresh_home, *TOWN) == (played / "printed.json").read_text()


def test_a_second_start_keeps_the_town_and_another_town_is_refused(played: Path) -> None:
    home, printed = played / "home", (played / "printed.json").read_text()
    before = sorted(path.name for path in (home / "runs").iterdir())
    assert _demo(home) == printed
    assert sorted(path.name for path in (home / "runs").iterdir()) == before
    for other in (
        ["--seed", "4"],
        ["--borrowers", "301"],
        ["--days", "11"],
        ["--until", "2026-07-01"],
    ):
        out, err = _call(home, "demo", *other, "--no-serve", "--json", code=75)
        assert out == "" and "another town lives here" in err and "300 borrowers" in err
    assert json.loads(_call(home, "status", "--json")[0])["book"]["simulated"] is True


def test_a_day_run_again_has_no_effect_and_an_earlier_one_is_refused(played: Path) -> None:
    home = played / "home"
    told = json.loads(_call(home, "run", "--as-of", "2026-06-30", "--json")[0])
    printed = json.loads((played / "printed.json").read_text())
    assert told["effect"] is False and told["aged_sha256"] == printed["aged_sha256"]
    assert "arrears age" in _call(home, "run", "--as-of", "2026-06-01", code=75)[1]


def test_real_people_are_never_mixed_with_a_town(fresh_home: Path, tmp_path: Path) -> None:
    tape = tmp_path / "tape"
    tape.mkdir()
    (tape / "persons.csv").write_text("person_id,jurisdiction\nP1,CN\n")
    (tape / "loans.csv").write_text(
        "loan_id,person_id,product,creditor_type,currency,principal_minor,annual_rate_bps,"
        "disbursed_on,grace_days\nL1,P1,microfinance,bank,CNY,1000,0,2026-01-01,0\n"
    )
    (tape / "instalments.csv").write_text(
        "loan_id,seq,due_on,principal_minor,interest_minor,fee_minor\nL1,1,2026-06-01,1000,0,0\n"
    )
    _call(fresh_home, "ingest", str(tape), "--book-on", "2026-06-30")
    out, err = _call(fresh_home, "demo", *TOWN, "--no-serve", "--json", code=75)
    assert out == "" and "real people" in err and not (fresh_home / "town").exists()
    day = json.loads(_call(fresh_home, "run", "--as-of", "2026-06-30", "--json")[0])
    assert day["counts"]["cases"]["opened"] == 1


# Whoever starts the tests in the background has Ctrl-C ignored, by all that they start too.
WITH_CTRL_C = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from arrears.cli.app import main
main()
"""


def test_ctrl_c_ends_serving_and_database_in_order(played: Path) -> None:
    home = played / "home"
    process = subprocess.Popen(
        [sys.executable, "-c", WITH_CTRL_C, "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "ARREARS_HOME": str(home), "ARREARS_BIND": "127.0.0.1:0"},
    )
    assert process.stdout is not None
    lines: list[str] = []
    while not (lines and lines[-1].startswith("serving http://127.0.0.1:")):
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        lines.append(line)
    text = "".join(lines)
    assert "sign-ins of the demo" in text
    for role in ("collector", "administrator"):
        assert any(line.split()[:1] == [role] for line in lines)
    process.send_signal(signal.SIGINT)
    err = process.communicate(timeout=60)[1]
    assert process.returncode == 0 and "Traceback" not in err  # it is how serving ends
    pid_files = list(home.rglob("postmaster.pid"))
    assert pid_files == []
