"""Evidence at the command line: listed, read, checked, held, and a damaged file said."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from arrears.site.config import Config
from arrears.store.setup import running

CASE = "case:0190a5c4-0000-7000-8000-000000000001"
KEEP = f"""
import io
from datetime import UTC, date, datetime
from arrears.cli.work import ACTOR, at_work
with at_work():
    from arrears.journal.evidence.actions import keep
    from arrears.journal.streams import named
    from arrears.store.transactions import transaction
    with transaction(ACTOR) as at:
        print(keep(at, io.BytesIO(b"a recorded call"), about=named("{CASE}"),
                   kind="call_recording", media_type="audio/ogg", jurisdiction="cn",
                   recorded_at=datetime(2026, 3, 1, tzinfo=UTC),
                   marks={{"last_act": date(2026, 3, 1)}}))
"""


@pytest.fixture
def home(fresh_home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with running(Config.from_environ({"ARREARS_HOME": str(fresh_home)})):
        yield fresh_home


def python(home: Path, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "ARREARS_HOME": str(home)},
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


def arrears(home: Path, *arguments: str, code: int = 0) -> str:
    return python(home, "-m", "arrears.cli", "evidence", *arguments, code=code).stdout


def listed(home: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(arrears(home, "list", CASE, "--json"))
    return found


def test_a_piece_is_listed_read_held_and_found_damaged(home: Path, tmp_path: Path) -> None:
    python(home, "-m", "arrears.cli", "setup")
    item = python(home, "-c", KEEP).stdout.strip()
    (piece,) = listed(home)
    assert (piece["id"], piece["keep_until"], piece["state"]) == (item, "2031-03-02", "kept")

    out = tmp_path / "call.ogg"
    arrears(home, "read", item, "--out", str(out))
    assert out.read_bytes() == b"a recorded call"
    assert stat.S_IMODE(out.stat().st_mode) == 0o600

    arrears(home, "hold", item, "--reason", "suit 2026/17")
    assert listed(home)[0]["hold_reason"] == "suit 2026/17"
    arrears(home, "release", item)
    arrears(home, "release", item, code=75)
    arrears(home, "hold", str(uuid4()), "--reason", "x", code=66)

    arrears(home, "rotate-key")
    assert json.loads(arrears(home, "check", "--json")) == {"files": 1, "damaged": []}
    (file,) = (home / "evidence").glob("??/*.evidence")
    file.write_bytes(file.read_bytes()[:-1])
    told = json.loads(arrears(home, "check", "--json", code=65))
    assert [each["file"] in file.name for each in told["damaged"]] == [True]
    arrears(home, "read", item, "--out", str(tmp_path / "again"), code=65)
    assert not (tmp_path / "again").exists()
    assert "entries" in python(home, "-m", "arrears.cli", "journal", "verify").stdout
