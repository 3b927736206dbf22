"""Killed half way, or left alone by the database: nothing is lost, nothing counts twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from diary import ACTOR, everything
from lender import DUE_MINOR, Lender, day

from arrears.daily.actions import run_day
from arrears.daily.steps import STEPS
from arrears.loans.actions import take_in
from arrears.site.config import Config
from arrears.store.embedded.place import Place
from arrears.store.logins import Logins
from arrears.store.setup import running

WORK = Path(__file__).with_name("interrupted_work.py")
STOPS = ("take_in", *(step.__name__ for step in STEPS))


@pytest.fixture
def home(fresh_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    return fresh_home


@pytest.fixture
def config(home: Path) -> Config:
    return Config.from_environ({"ARREARS_HOME": str(home)})


@pytest.fixture
def server(config: Config) -> Iterator[None]:
    """The server is up throughout: each process only joins it."""
    with running(config):
        yield


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    lender = Lender(tmp_path)
    for number in range(20):
        lender.lend(f"L{number}", f"p{number % 15}", [10, 40], payoff_minor=1)
        if number % 3 == 0:
            lender.pay(f"L{number}", 12, 2 * DUE_MINOR)
    return lender.full(60)


def begun(home: Path, tape: Path, *stop: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(WORK), str(tape), day(60).isoformat(), *stop],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "ARREARS_HOME": str(home)},
    )


def finished(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    outcome: dict[str, Any] = json.loads(out.splitlines()[-1])
    return outcome


def counted(config: Config, sql: str) -> list[Any]:
    """The first column of a query over all rows."""
    parameters = Logins.of(config).parameters("app")
    with psycopg.connect(**parameters) as connection:
        connection.execute("SELECT set_config('arrears.scope', 'lender', true)")
        return [row[0] for row in connection.execute(sql).fetchall()]


@pytest.mark.long
def test_killed_at_every_point_in_turn_it_ends_as_if_nothing_had_happened(
    home, config, server, tape, tmp_path
):
    for number, at in enumerate(STOPS):
        process = begun(home, tape, "kill", at)
        _, err = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, err
        tapes = counted(config, "SELECT tape_ref FROM loans_tape")
        loans = counted(config, "SELECT count(*) FROM loans_loan")
        if at == "take_in":
            assert (tapes, loans) == ([], [0])  # nothing half there
        else:
            assert (tapes, loans) == (["T1"], [20])
            done = counted(config, "SELECT name FROM daily_run_step ORDER BY ordinal")
            assert done == list(STOPS[1:number])
        assert counted(config, "SELECT count(*) FROM cases_case") == [
            10 if number > STOPS.index("cases") else 0
        ]
    outcome = finished(begun(home, tape))
    again = finished(begun(home, tape))
    assert again == outcome
    assert outcome["run"][2]["cases"]["opened"] == 10
    assert counted(config, "SELECT count(*) FROM cases_event WHERE kind = 'opened'") == [10]
    assert counted(config, "SELECT state FROM daily_run") == ["finished"]


def stopped_server(config: Config) -> None:
    """Stop the server as an administrator in a hurry would."""
    place = Place.locate(config.home, config.database_port)
    file = place.data / "postmaster.pid"
    os.kill(int(file.read_text().splitlines()[0]), signal.SIGINT)
    for _ in range(300):
        if not file.exists():
            return
        time.sleep(0.1)
    raise AssertionError("the server did not stop")


@pytest.mark.parametrize("at", ["take_in", "cases"])
def test_a_database_that_goes_away_and_comes_back_is_waited_for(
    home, config, tape, at, committed_db
):
    take_in(ACTOR, tape)
    run_day(ACTOR, day(60))
    undisturbed = json.loads(json.dumps(everything(), default=str))
    with running(config):
        process = begun(home, tape, "wait", at)
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "waiting\n"
        stopped_server(config)
        process.stdin.write("go on\n")
        process.stdin.flush()
        time.sleep(1)
        assert process.poll() is None  # it waits
        with running(config):
            assert finished(process)["rows"] == undisturbed
