"""Logs carry ids only: an installation works at the loudest level, then all it wrote is read."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Page, sync_playwright

from arrears.store.embedded.place import Place
from arrears.store.logins import Logins

TOWN = ["--seed", "5", "--borrowers", "80", "--days", "1", "--until", "2026-06-30"]
# What is personal by its purpose: the database, the tape that the town hands in, keys.
MEANT = ("postgres", "town", "keys", "secrets", "evidence", "static")
SIGNED = re.compile(r"^\s+(\w+)\s+(\S+)\s*$")


@dataclass
class Installation:
    """An installation at work, and the files into which everything that it says goes."""

    home: Path
    said: Path
    port: int
    environ: dict[str, str]
    passwords: dict[str, str] = field(default_factory=dict)
    persons: list[dict[str, Any]] = field(default_factory=list)

    def at(self, address: str) -> str:
        return f"http://127.0.0.1:{self.port}{address}"

    def arrears(self, *arguments: str) -> str:
        """Call the command line; its log goes with the other logs, its answer to the caller."""
        done = subprocess.run(
            [sys.executable, "-m", "arrears.cli", *arguments],
            capture_output=True, text=True, env=self.environ, timeout=120,
        )  # fmt: skip
        with (self.said / "commands.log").open("a") as log:
            log.write(done.stderr)
        return done.stdout

    def call(self, token: str, method: str, address: str, body: Any = None) -> tuple[int, str]:
        sent = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.at(address), sent, method=method)
        request.add_header("Authorization", f"Bearer {token}")
        request.add_header("Content-Type", "application/json")
        request.add_header("Idempotency-Key", f"k-{time.monotonic_ns()}")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def database(self, role: str) -> psycopg.Connection:
        logins = Logins.embedded(Place.locate(self.home, None))
        return psycopg.connect(autocommit=True, **getattr(logins, role))


@pytest.fixture(scope="module")
def at_work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """A town served at the level DEBUG; stopped afterwards."""
    place = tmp_path_factory.mktemp("loud")
    for folder in (place, *place.parents[:2]):
        folder.chmod(0o755)  # as root, the server's user passes through it
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environ = {k: v for k, v in os.environ.items() if k != "DATABASE_URL"} | {
        "ARREARS_HOME": str(place / "home"), "ARREARS_LOG_LEVEL": "DEBUG",
        "ARREARS_BIND": f"127.0.0.1:{port}", "ARREARS_HOSTS": "127.0.0.1",
    }  # fmt: skip
    (place / "said").mkdir()
    here = Installation(place / "home", place / "said", port, environ)
    with (place / "said" / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "arrears.cli", "demo", *TOWN, "--json"],
            stdout=log, stderr=log, env=environ,
        )  # fmt: skip
    try:
        here.passwords = _ready(server, place / "said" / "server.log")
        (tape,) = (here.home / "town").glob("*/persons.parquet")
        here.persons = pq.read_table(tape).to_pylist()
        yield here
    finally:
        server.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(60)
        server.kill()
        shutil.rmtree(here.home, ignore_errors=True)


def _ready(server: subprocess.Popen[bytes], log: Path) -> dict[str, str]:
    deadline = time.monotonic() + 280
    while "serving http" not in (text := log.read_text()):
        assert server.poll() is None and time.monotonic() < deadline, text[-2000:]
        time.sleep(0.3)
    told = text[text.index("sign-ins of the demo:") :].splitlines()[1:]
    return {m[1]: m[2] for line in told if (m := SIGNED.match(line))}


@pytest.mark.timeout(900)  # two starts, a browser and six calls of the command line
def test_nothing_that_was_logged_names_anybody(at_work: Installation) -> None:
    one = next(p for p in at_work.persons if p["phone"] and p["national_id"] and p["email"])
    _in_the_browser(at_work, one)
    token = _client(at_work)
    _by_the_api(at_work, token, one)
    _by_the_command_line(at_work, one)
    _in_trouble(at_work, token, one)
    time.sleep(0.5)
    written = dict(_written(at_work))
    assert any("request" in text for text in written.values())
    names = ("name", "phone", "national_id", "email", "address")
    needles = {
        str(person[name]): f"{name} of {person['person_id']}"
        for person in at_work.persons
        for name in names
        if person[name]
    }
    needles |= {
        value.removeprefix("+86"): told
        for value, told in needles.items()
        if value.startswith("+86")
    }
    assert len(needles) > 250
    found = [
        f"{told} in {file}: …{text[max(0, text.index(value) - 60) : text.index(value) + 60]}…"
        for file, text in written.items()
        for value, told in needles.items()
        if value in text
    ]
    assert found == [], "\n".join(found)


def _in_the_browser(at_work: Installation, one: dict[str, Any]) -> None:
    chromium = os.environ.get("ARREARS_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(at_work.at("/sign-in/"))
        for name, password in (
            (one["name"], one["phone"]),  # somebody types a name where a user name belongs
            ("supervisor", at_work.passwords["supervisor"]),
        ):
            page.fill("#id_username", name)
            page.fill("#id_password", password)
            page.click("button.btn-primary")
            page.wait_for_load_state()
        page.goto(at_work.at("/cases/?state=all"))
        assert page.locator("#list tbody tr").count() > 5
        for text in (one["phone"], one["phone"][3:], one["national_id"], one["name"]):
            page.fill("#f-text", text)
            page.press("#f-text", "Enter")
            page.wait_for_url(re.compile("text=" + re.escape(urllib.parse.quote(text, safe=""))))
        page.goto(at_work.at("/cases/?state=all"))
        page.locator("#list tbody tr a").first.click()
        page.wait_for_load_state()
        page.locator("main a[href*='/people/']").first.click()
        page.wait_for_load_state()
        _reveal(page, one)
        for address in ("/today/", "/data/set-aside/", "/journal/", "/cases/?least=" + one["phone"],
                        f"/cases/{one['phone']}/", f"/people/{one['name']}/",
                        "/nowhere/?q=" + one["phone"]):  # fmt: skip
            page.goto(at_work.at(address))
        browser.close()


def _reveal(page: Page, one: dict[str, Any]) -> None:
    """Ask for what is masked, with a reason that names somebody."""
    summary = page.locator("summary", has_text=re.compile("Reveal|Show|查看|显示"))
    if summary.count():
        summary.first.click()
    reason = page.locator("input[name=reason], textarea[name=reason]")
    if reason.count() and reason.first.is_visible():
        reason.first.fill(f"{one['name']} called from {one['phone']}")
        reason.first.press("Enter")
        page.wait_for_load_state()


def _client(at_work: Installation) -> str:
    scopes = [f"--scope={scope}" for scope in ("people.read", "people.push", "cases.read")]
    (token,) = re.findall(r"arr_\S+", at_work.arrears("client", "add", "core", *scopes))
    return token


def _by_the_api(at_work: Installation, token: str, one: dict[str, Any]) -> None:
    status, answer = at_work.call(
        token, "POST", "/api/v1/persons/find", {"phone": one["phone"][3:]}
    )
    assert status == 200 and one["person_id"] in answer and one["phone"] not in answer
    at_work.call(token, "GET", "/api/v1/cases?text=" + urllib.parse.quote(one["phone"]))
    for name in ("phone", "name", "national_id", "email"):
        at_work.call(token, "GET", "/api/v1/persons/" + urllib.parse.quote(one[name]))
    row = {"person_id": "N-1", "jurisdiction": "CN", "name": one["name"], "phone": one["phone"]}
    for wrong in ({"birth_on": "2199-01-01"}, {"unknown": one["email"]}, {"jurisdiction": "x"}):
        at_work.call(token, "POST", "/api/v1/persons", {"persons": [row | wrong]})
    at_work.call(token, "POST", f"/api/v1/{one['phone']}", {"phone": one["phone"]})


def _by_the_command_line(at_work: Installation, one: dict[str, Any]) -> None:
    at_work.arrears("rejected", "--limit", "50")
    # The key changes while the server serves, and reads what both keys sealed.
    assert "rows sealed anew" in at_work.arrears("keys", "rotate")
    first, second = sorted(
        json.loads(at_work.arrears("keys", "list", "--json")), key=lambda key: key["values"]
    )
    assert (first["state"], first["values"], second["state"]) == ("old", 0, "current")
    assert second["values"] > 150
    tape = at_work.said.parent / "tape"
    tape.mkdir()
    (tape / "persons.csv").write_text(f"person_id,name,phone\nX,{one['name']},{one['phone']}\n")
    at_work.arrears("ingest", str(tape), "--book-on", "2026-07-02")


def _in_trouble(at_work: Installation, token: str, one: dict[str, Any]) -> None:
    """Errors of the server and of the database, whose texts quote rows."""
    with at_work.database("owner") as owner:
        owner.execute("SELECT set_config('arrears.scope', 'lender', false)")
        for refused in (
            "UPDATE people_person SET phone = %s",  # the failing row stands in the detail
            "INSERT INTO people_person (id, person_ref, name) VALUES (gen_random_uuid(), 'x', %s)",
            "SELECT %s::int",
        ):
            with pytest.raises(psycopg.Error):
                owner.execute(refused, [one["phone"]])
        owner.execute(
            "UPDATE people_person SET phone = 's1.damaged' WHERE person_ref = %s",
            [one["person_id"]],
        )
    status, answer = at_work.call(token, "GET", f"/api/v1/persons/{one['person_id']}")
    assert status == 500 and one["name"] not in answer


def _written(at_work: Installation) -> Iterator[tuple[str, str]]:
    """Every file that was written to but for those that are meant to hold persons."""
    for file in at_work.said.glob("*.log"):
        yield file.name, file.read_text()
    place = Place.locate(at_work.home, None)
    for log in (place.log, place.log.with_suffix(".log.1")):
        if log.exists():
            text = log.read_text(errors="replace")
            assert "database system is ready" in text
            yield f"postgres {log.name}", text
    for file in sorted(at_work.home.rglob("*")):
        kept = file.relative_to(at_work.home)
        if not file.is_file() or kept.parts[0] in MEANT:
            continue
        if file.suffix == ".parquet":
            yield (
                str(kept),
                json.dumps(pq.read_table(file).to_pylist(), default=_plain, ensure_ascii=False),
            )
        else:
            yield str(kept), file.read_bytes().decode("utf-8", "replace")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
