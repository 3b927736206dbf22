"""The embedded PostgreSQL through its whole life, on real directories and processes."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest

from arrears.kernel.errors import ArrearsError, ConfigError, Unavailable
from arrears.store.embedded import cluster, remains
from arrears.store.embedded.account import Account
from arrears.store.embedded.binaries import Binaries
from arrears.store.embedded.locks import alone
from arrears.store.embedded.place import SYSTEM_BASE, Place
from arrears.store.embedded.server import Server
from arrears.store.embedded.upgrade import upgrade

QUICK = {"fsync": "off"}


def server(home: Path, **options) -> Server:
    return Server(home, settings=QUICK, patience_s=60, **options)


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
    return row[0] if row else None


def write(running: Server) -> None:
    with psycopg.connect(running.url("owner"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        connection.execute("GRANT SELECT ON kept TO arrears_app")
        connection.execute("INSERT INTO kept VALUES (42)")


def wait_for(true: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def up(home: Path) -> bool:
    return remains.server_pid(Place.locate(home)) is not None


def as_child(work: Callable[[], str]) -> str:
    """What a function returns in a forked process, which may give up rights or limit itself."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = work()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(writing, said.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode()
    os.waitpid(child, 0)
    return said


def test_the_first_start_makes_everything_and_the_second_keeps_it(fresh_home):
    home = fresh_home / "not" / "there" / "yet"
    with server(home) as first:
        write(first)
        assert ask(first.url("app"), "SELECT current_user") == "arrears_app"
        assert ask(first.url("read"), "SELECT current_user") == "arrears_read"
    assert not up(home)
    began = time.monotonic()
    with server(home) as second:
        assert time.monotonic() - began < 5
        assert ask(second.url("app"), "SELECT n FROM kept") == 42
    assert not up(home)
    _remove_extra(home)


def _remove_extra(home: Path) -> None:
    base = Place.locate(home).base
    if SYSTEM_BASE in base.parents:
        shutil.rmtree(base)


def test_nobody_else_gets_at_secrets_socket_and_data(fresh_home):
    with server(fresh_home) as running:
        place = running.place
        for path, mode in (
            (place.passwords, 0o600),
            (place.home / "secrets", 0o700),
            (place.sockets, 0o700),
            (place.data, 0o700),
            (place.log, 0o600),
        ):
            assert stat.S_IMODE(path.stat().st_mode) == mode, path
        pid = remains.server_pid(place)
        connections = psutil.Process(pid).net_connections("inet")
        assert connections == []
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(
                host=str(place.sockets), port=place.port, user="arrears_app", dbname="arrears",
                password="guess", passfile="/dev/null",
            )  # fmt: skip


def test_roles_have_no_powers_beyond_their_work(fresh_home):
    held = "rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole"
    powers = f"SELECT bool_or({held}) FROM pg_roles"
    with server(fresh_home) as running:
        assert ask(running.url("owner"), f"{powers} WHERE rolname LIKE 'arrears%'") is False
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(running.url("app"), "CREATE TABLE mine (n int)")
        with psycopg.connect(running.url("app")) as connection:
            connection.execute("CREATE TEMPORARY TABLE passing (n int)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(running.url("read"), "CREATE TEMPORARY TABLE passing (n int)")


def test_the_locale_is_builtin_and_orders_by_code_point(fresh_home):
    with server(fresh_home) as running:
        query = "SELECT datlocprovider::text || datlocale FROM pg_database WHERE datname='arrears'"
        assert ask(running.url("app"), query) == "bC.UTF-8"
        assert ask(running.url("app"), "SELECT upper('éß') || ('Z' < 'a')") == "Éßtrue"


def test_two_commands_share_one_server_and_the_last_one_stops_it(fresh_home):
    first, second = server(fresh_home).start(), server(fresh_home).start()
    pid = remains.server_pid(first.place)
    first.stop()
    assert remains.server_pid(second.place) == pid
    assert ask(second.url("app"), "SELECT 1") == 1
    second.stop()
    assert not up(fresh_home)
    second.stop()


STARTER = """
import sys, pathlib, time
from arrears.store.embedded.server import Server
server = Server(pathlib.Path(sys.argv[1]), settings={"fsync": "off"}).start()
print("up", flush=True)
sys.stdin.read()
server.stop()
"""


def starter(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", STARTER, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_commands_started_at_the_same_moment_do_not_disturb_each_other(fresh_home):
    commands = [starter(fresh_home) for _ in range(3)]
    assert [command.stdout.readline() for command in commands] == ["up\n"] * 3
    for command in commands[:2]:
        command.communicate("")
    assert up(fresh_home)
    commands[2].communicate("")
    assert [command.returncode for command in commands] == [0, 0, 0]
    assert not up(fresh_home)


def test_a_killed_command_leaves_a_server_that_the_next_one_stops(fresh_home):
    command = starter(fresh_home)
    assert command.stdout.readline() == "up\n"
    command.kill()
    command.communicate()
    assert up(fresh_home)
    with server(fresh_home) as running:
        assert ask(running.url("app"), "SELECT 1") == 1
    assert not up(fresh_home)


def test_a_killed_server_recovers_what_was_committed(fresh_home):
    running = server(fresh_home).start()
    write(running)
    os.kill(remains.server_pid(running.place), signal.SIGKILL)
    running.stop()
    with server(fresh_home) as again:
        assert ask(again.url("app"), "SELECT n FROM kept") == 42
    assert "was not properly shut down" in running.place.log.read_text()


def test_lock_files_whose_number_another_process_has_do_not_block_the_start(fresh_home):
    with server(fresh_home) as running:
        place, account = running.place, running.account
    # A process of the server's own user: PostgreSQL itself would take it for its predecessor.
    other = subprocess.Popen(["sleep", "100"], **(account.spawn if account else {}))
    try:
        for left in (place.data / "postmaster.pid", place.sockets / ".s.PGSQL.5432.lock"):
            left.write_text(f"{other.pid}\n{place.data}\n1\n5432\n\n\n\n\n")
        with server(fresh_home) as running:
            assert remains.server_pid(place) not in {None, other.pid}
            assert ask(running.url("app"), "SELECT 1") == 1
    finally:
        other.kill()
        other.wait()


def test_a_start_killed_while_making_the_database_is_made_good(fresh_home):
    place = Place.locate(fresh_home)
    (place.base / "data.new" / "base").mkdir(parents=True)
    place.base.chmod(0o700)
    with server(fresh_home) as running:
        assert ask(running.url("app"), "SELECT 1") == 1
    assert not (place.base / "data.new").exists()


def test_lost_passwords_are_set_anew(fresh_home):
    with server(fresh_home) as running:
        before = running.place.passwords.read_text()
    running.place.passwords.unlink()
    with server(fresh_home) as running:
        assert ask(running.url("app"), "SELECT current_user") == "arrears_app"
        assert running.place.passwords.read_text() != before


def test_data_of_another_major_version_is_left_alone(fresh_home):
    with server(fresh_home) as running:
        place = running.place
    (place.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(ConfigError, match="another version") as caught:
        server(fresh_home).start()
    assert "17" in caught.value.found
    assert "upgrade" in caught.value.remedy
    assert (place.data / "PG_VERSION").read_text() == "17\n"
    assert not up(fresh_home)


def test_an_upgrade_carries_rows_roles_and_rights_and_keeps_the_old(fresh_home):
    with server(fresh_home) as running:
        write(running)
        place = running.place
        with pytest.raises(ConfigError, match="in use"):
            upgrade(fresh_home, Binaries.for_account(Account.existing()).directory)
    kept = upgrade(fresh_home, Binaries.for_account(Account.existing()).directory)
    assert kept == place.base / "data.18"
    assert cluster.version_of(kept) == 18
    with server(fresh_home) as running:
        assert ask(running.url("app"), "SELECT n FROM kept") == 42
        extensions = "SELECT count(*) FROM pg_extension WHERE extname = 'btree_gist'"
        assert ask(running.url("app"), extensions) == 1
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(running.url("read"), "CREATE TEMPORARY TABLE passing (n int)")
    with pytest.raises(ConfigError, match="earlier upgrade"):
        upgrade(fresh_home, Binaries.for_account(Account.existing()).directory)


def test_a_home_behind_a_closed_door_works_and_the_door_stays_closed(fresh_home):
    door = fresh_home / "door"
    door.mkdir(mode=0o700)
    home = door / "home"
    with server(home) as running:
        write(running)
        base = running.place.base
    assert (SYSTEM_BASE in base.parents) == (os.geteuid() == 0)
    with server(home) as running:
        assert running.place.base == base
        assert ask(running.url("app"), "SELECT n FROM kept") == 42
    assert stat.S_IMODE(door.stat().st_mode) == 0o700
    _remove_extra(home)


def test_programs_behind_a_closed_door_are_copied_for_their_user(fresh_home, monkeypatch):
    package = Binaries.for_account(None).directory.parent.parent
    door = fresh_home / "door"
    door.mkdir(mode=0o700)
    (door / package.name).symlink_to(package)
    copies = fresh_home / "system"
    monkeypatch.setattr("arrears.store.embedded.binaries.SYSTEM_BASE", copies)
    monkeypatch.setattr("arrears.store.embedded.binaries.reachable", lambda path, account: False)
    stranger = Account("stranger", os.getuid() + 1, os.getgid() + 1)
    copied = Binaries.for_account(stranger)
    assert copies in copied.directory.parents
    assert copied.version == Binaries.for_account(None).version
    assert Binaries.for_account(stranger) == copied
    assert len(list((copies / "binaries").iterdir())) == 1


def test_an_ordinary_user_runs_it_as_themselves(fresh_home):
    home = fresh_home / "theirs"
    home.mkdir()

    def work() -> str:
        if os.geteuid() == 0:
            os.chown(home, 65534, 65534)
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        with server(home) as running:
            owner = psutil.Process(remains.server_pid(running.place)).uids().real
            return f"{ask(running.url('app'), 'SELECT 1')} {owner == os.getuid()}"

    assert as_child(work) == "1 True"


def test_a_home_of_somebody_else_is_refused(fresh_home):
    home = fresh_home / "theirs"
    home.mkdir(mode=0o555)

    def work() -> str:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
        server(home).start()
        return "started"

    said = as_child(work)
    assert said.startswith("ConfigError")
    assert "ARREARS_HOME" in said


@pytest.mark.parametrize("name", ["x" * 150, "with space", 'it\'s "quoted"', "a,b", "案件"])
def test_unusual_homes_work(fresh_home, name):
    with server(fresh_home / name) as running:
        assert ask(running.url("app"), "SELECT current_database()") == "arrears"
        sockets = running.place.sockets
    if fresh_home not in sockets.parents and SYSTEM_BASE not in sockets.parents:
        shutil.rmtree(sockets)


def test_a_socket_directory_laid_out_by_somebody_else_is_refused(fresh_home):
    place = Place.locate(fresh_home / ("x" * 150))
    place.sockets.mkdir(mode=0o777)
    place.sockets.chmod(0o777)
    try:
        with pytest.raises(ConfigError, match="not the database's own"):
            server(fresh_home / ("x" * 150)).start()
    finally:
        place.sockets.rmdir()


def test_a_disk_that_fills_up_is_said_and_leaves_nothing_half_made(fresh_home):
    def work() -> str:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4 * 1024 * 1024,) * 2)
        server(fresh_home).start()
        return "started"

    said = as_child(work)
    assert said.startswith("Unavailable: the disk is full")
    place = Place.locate(fresh_home)
    assert not place.data.exists()
    assert not (place.base / "data.new").exists()
    with server(fresh_home) as running:
        assert ask(running.url("app"), "SELECT 1") == 1


def test_a_port_in_use_is_said(fresh_home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match="port") as caught:
            server(fresh_home, port=port).start()
    assert "ARREARS_DATABASE_PORT" in caught.value.remedy
    with server(fresh_home, port=port) as running:
        file = running.place.passwords
        over_tcp = f"postgresql://arrears_app@127.0.0.1:{port}/arrears?passfile={file}"
        assert ask(over_tcp, "SELECT 1") == 1


def test_a_broken_configuration_is_explained_by_the_log(fresh_home):
    with pytest.raises(ArrearsError, match="starting the database failed") as caught:
        Server(fresh_home, settings={"shared_buffers": "rubbish"}).start()
    assert "shared_buffers" in caught.value.found
    assert caught.value.where["log"]
    with server(fresh_home) as running:
        assert ask(running.url("app"), "SELECT 1") == 1


def test_waiting_for_another_start_ends_with_the_patience(fresh_home):
    said: list[str] = []
    lock = fresh_home / "postgres.lock"
    with alone(lock, 1, said.append), pytest.raises(Unavailable, match="busy"):
        Server(fresh_home, patience_s=1.5, say=said.append).start()
    assert said == ["another command is starting or stopping the database; waiting …"]
