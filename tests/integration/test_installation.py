"""An installation as its own process: opened, served, diagnosed, on servers of both kinds."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest
from django.db import connections
from django.test import Client

from arrears.kernel.errors import ConfigError, Unavailable
from arrears.site.config import Config
from arrears.store import external
from arrears.store.embedded import cluster, remains
from arrears.store.embedded.place import Place
from arrears.store.embedded.server import Server
from arrears.store.logins import Logins
from arrears.store.setup import pending_migrations

OPEN = """
from arrears.site.installation import opened
with opened() as config:
    from django.db import connection
    from arrears.store.setup import pending_migrations
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        print(cursor.fetchone()[0], len(pending_migrations()), flush=True)
"""
SERVE = """
import signal
# Whoever starts the tests in the background has Ctrl-C ignored, by all that they start too.
signal.signal(signal.SIGINT, signal.default_int_handler)
from arrears.site.installation import opened
from arrears.site.serve import serve
with opened() as config:
    serve(config, ready=lambda address: print(address, flush=True))
    print("ended", flush=True)
"""
SERVE_AND_STOP_AT_ONCE = SERVE.replace(
    "print(address, flush=True)", "signal.raise_signal(signal.SIGINT)"
)
DIAGNOSE = """
import json
from arrears.site.config import Config
from arrears.site.diagnosis import diagnose
print(json.dumps([[f.about, f.state, f.found] for f in diagnose(Config.from_environ())]))
"""


def environment(home: Path, **settings: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ARREARS_", "DATABASE_URL"))}
    return {**kept, "ARREARS_HOME": str(home), **settings}


def command(script: str, home: Path, **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env=environment(home, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def diagnosis(home: Path, **settings: str) -> dict[str, tuple[str, str]]:
    said, errors = command(DIAGNOSE, home, **settings).communicate(timeout=120)
    assert said, errors
    return {about: (state, found) for about, state, found in json.loads(said)}


def test_two_first_starts_at_once_both_find_everything_ready(fresh_home):
    starts = [command(OPEN, fresh_home) for _ in range(2)]
    said = [start.communicate(timeout=120) for start in starts]
    assert [out for out, _ in said] == ["arrears_app 0\n"] * 2, said
    assert remains.server_pid(Place.locate(fresh_home)) is None


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_told_to_stop_and_takes_the_database_along(fresh_home, stop):
    with command(SERVE, fresh_home, ARREARS_BIND="127.0.0.1:0") as serving:
        try:
            serves_until(serving, stop, fresh_home)
        finally:
            serving.terminate()  # whatever failed, its database goes with it


def test_ctrl_c_ends_serving_in_order_even_before_the_first_request(fresh_home):
    stopping = command(SERVE_AND_STOP_AT_ONCE, fresh_home, ARREARS_BIND="127.0.0.1:0")
    said, errors = stopping.communicate(timeout=120)
    assert (said, stopping.returncode) == ("ended\n", 0), errors
    assert remains.server_pid(Place.locate(fresh_home)) is None


def serves_until(serving: subprocess.Popen[str], stop: signal.Signals, fresh_home: Path) -> None:
    address = serving.stdout.readline().strip()
    assert address, serving.communicate()
    for probe in ("healthz", "readyz"):
        with urllib.request.urlopen(address + probe) as response:
            assert json.load(response)["status"] == "ok"
            assert "Server" not in response.headers
    assert remains.server_pid(Place.locate(fresh_home)) is not None
    with pytest.raises(urllib.error.HTTPError) as missing:
        urllib.request.urlopen(address + "static/nothing.css")
    assert "default-src 'self'" in missing.value.headers["Content-Security-Policy"]
    assert status_of_a_body(address, 6 * 1024 * 1024 + 1) == 413
    serving.send_signal(stop)
    said, errors = serving.communicate(timeout=60)
    assert (said, serving.returncode) == ("ended\n", 0), errors
    assert remains.server_pid(Place.locate(fresh_home)) is None
    assert all(json.loads(line) for line in errors.splitlines() if line.startswith("{"))


def status_of_a_body(address: str, length: int) -> int:
    """What a body of that many bytes is answered before any of them is sent."""
    connection = http.client.HTTPConnection(address.split("//")[1].strip("/"), timeout=10)
    connection.putrequest("POST", "/api/v1/payments")
    connection.putheader("Content-Length", str(length))
    connection.endheaders()
    status = connection.getresponse().status
    connection.close()
    return status


def test_readiness_follows_the_database_and_liveness_does_not(committed_db):
    client, default = Client(), connections["default"]
    assert client.get("/readyz").json() == {"status": "ok", "database": "ok", "migrations": "ok"}
    host = default.settings_dict["HOST"]
    default.close()
    default.settings_dict["HOST"] = "/nonexistent"
    try:
        answer = client.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["database"] == "away"
        assert "nonexistent" not in answer.content.decode()
        assert client.get("/healthz").status_code == 200
    finally:
        default.settings_dict["HOST"] = host
    assert client.get("/readyz").status_code == 200


def test_a_database_of_a_newer_release_is_refused(committed_db):
    with committed_db.owner() as connection:
        connection.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('loans', '9999_future', '2026-01-01Z')"
        )
    try:
        with pytest.raises(ConfigError, match="newer release") as caught:
            pending_migrations()
        assert "loans.9999_future" in caught.value.found
    finally:
        with committed_db.owner() as connection:
            connection.execute("DELETE FROM django_migrations WHERE name = '9999_future'")


def test_the_application_may_change_rows_but_neither_tables_nor_migrations(committed_db):
    with psycopg.connect(**committed_db.logins.parameters("app"), autocommit=True) as app:
        for refused in (
            "CREATE TABLE mine (n int)",
            "ALTER TABLE people_person DISABLE ROW LEVEL SECURITY",
            "TRUNCATE loans_loan",
            "DELETE FROM django_migrations",
            "DROP TABLE loans_loan",
            "SET ROLE arrears_owner",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(refused)
    with psycopg.connect(**committed_db.logins.parameters("read"), autocommit=True) as reader:
        reader.execute("SELECT count(*) FROM loans_book")
        for refused in (
            "DELETE FROM loans_book",
            "SELECT * FROM django_session",
            "SELECT password FROM people_user",
            "SELECT secret_sha256 FROM people_machine_client",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(refused)


def test_a_diagnosis_finds_what_is_wrong_and_nothing_in_a_sound_installation(fresh_home):
    before = diagnosis(fresh_home)
    assert before["database"][0] == "ok"
    assert not Place.locate(fresh_home).data.exists()
    command(OPEN, fresh_home).communicate(timeout=120)
    sound = diagnosis(fresh_home)
    assert {about: found for about, (state, found) in sound.items() if state == "fail"} == {}
    assert sound["tables"] == ("ok", "up to date")
    with Server(fresh_home) as server, cluster.superuser(server.place, "arrears") as connection:
        connection.execute("ALTER ROLE arrears_app BYPASSRLS")
        connection.execute("ALTER TABLE people_person NO FORCE ROW LEVEL SECURITY")
        connection.execute("REVOKE SELECT ON loans_loan FROM arrears_app")
    (fresh_home / "secrets" / "django").chmod(0o644)
    broken = diagnosis(fresh_home)
    for about, word in (
        ("role", "BYPASSRLS"),
        ("row security", "people_person"),
        ("rights", "1 with too few"),
        ("home", "secrets/django"),
    ):
        state, found = broken[about]
        assert state == "fail"
        assert word in found
    assert remains.server_pid(Place.locate(fresh_home)) is None


class TestOwnServer:
    """DATABASE_URL: another embedded server plays the one that the user brings."""

    @pytest.fixture
    def theirs(self, fresh_home):
        with Server(fresh_home / "theirs", settings={"fsync": "off"}) as server:
            with cluster.superuser(server.place) as connection:
                for statement in (
                    "DROP DATABASE arrears",
                    "DROP ROLE arrears_owner, arrears_app, arrears_read",
                    "CREATE ROLE weak LOGIN PASSWORD 'w'",
                    "CREATE ROLE strong LOGIN CREATEROLE PASSWORD 's'",
                    "CREATE DATABASE lender OWNER strong",
                    "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0"
                    " OWNER strong",
                ):
                    connection.execute(statement)
            yield server

    @staticmethod
    def config(server: Server, login: str, database: str = "lender", **more) -> Config:
        where = f"host={server.place.sockets}&port={server.place.port}"
        url = f"postgresql://{login}@/{database}?{where}"
        return Config(home=server.place.home, database_url=url, **more)

    def test_a_login_that_may_makes_the_roles_and_works_as_them(self, theirs):
        config = self.config(theirs, "strong:s")
        external.prepare(config)
        external.prepare(config)
        logins = Logins.of(config)
        for role, user in (("app", "arrears_app"), ("owner", "arrears_owner")):
            with psycopg.connect(**logins.parameters(role)) as connection:
                row = connection.execute("SELECT current_user").fetchone()
                assert row == (user,)

    def test_one_that_may_not_gets_the_statements_for_an_administrator(self, theirs):
        config = self.config(theirs, "weak:w")
        with pytest.raises(ConfigError, match="may not make the roles") as caught:
            external.prepare(config)
        script = caught.value.remedy.split(":\n", 1)[1]
        assert "CREATE ROLE arrears_app" in script
        with cluster.superuser(theirs.place, "lender") as administrator:
            administrator.execute(script)
        external.prepare(config)
        out, errors = command(
            OPEN, theirs.place.home / "ours", DATABASE_URL=config.database_url
        ).communicate(timeout=120)
        assert out == "arrears_app 0\n", errors

    def test_an_application_login_must_be_a_member_without_powers(self, theirs):
        external.prepare(self.config(theirs, "strong:s"))
        app = self.config(theirs, "weak:w").database_url
        with pytest.raises(ConfigError, match="does not fit") as caught:
            external.prepare(self.config(theirs, "strong:s", app_database_url=app))
        assert "GRANT arrears_app TO weak" in caught.value.remedy
        with cluster.superuser(theirs.place) as administrator:
            administrator.execute("GRANT arrears_app TO weak")
            external.prepare(self.config(theirs, "strong:s", app_database_url=app))
            administrator.execute("ALTER ROLE weak BYPASSRLS")
        with pytest.raises(ConfigError, match="does not fit"):
            external.prepare(self.config(theirs, "strong:s", app_database_url=app))

    def test_a_wrong_encoding_is_refused(self, theirs):
        with pytest.raises(ConfigError, match="every name"):
            external.prepare(self.config(theirs, "strong:s", "latin"))

    @pytest.mark.parametrize("login", ["strong:wrong", "nobody:x"])
    def test_what_cannot_be_reached_is_said_without_the_password(self, theirs, login):
        with pytest.raises(Unavailable, match="DATABASE_URL") as caught:
            external.prepare(self.config(theirs, login))
        assert "wrong" not in str(caught.value)

    @pytest.mark.parametrize("url", ["postgresql://u:hunter2@h/%zz", "postgresql://u:hunter2@h"])
    def test_a_malformed_address_is_refused_without_the_password(self, tmp_path, url):
        with pytest.raises(ConfigError) as caught:
            Logins.of(Config(home=tmp_path, database_url=url))
        assert "hunter2" not in str(caught.value)
