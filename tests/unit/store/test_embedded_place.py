"""Where the embedded server lives, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from arrears.kernel.errors import ConfigError, Unavailable
from arrears.store.embedded import cluster
from arrears.store.embedded import place as places
from arrears.store.embedded.account import Account
from arrears.store.embedded.place import Place, digest, reachable
from arrears.store.embedded.tuning import configuration
from arrears.store.logins import Logins

STRANGER = Account("stranger", 54321, 54321)


@pytest.fixture
def ordinary(monkeypatch):
    """As an ordinary user, whoever runs the tests."""
    monkeypatch.setattr(places.os, "geteuid", lambda: 1000)


def test_locating_a_home_writes_nothing(tmp_path):
    Place.locate(tmp_path / "none" / "yet")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_reachable_only_through_open_parents(tmp_path, monkeypatch):
    door = tmp_path / "door"
    (door / "room").mkdir(parents=True)
    monkeypatch.setattr(places.Path, "parents", property(lambda self: [door]))
    door.chmod(0o711)
    assert reachable(door / "room", STRANGER)
    door.chmod(0o700)
    assert not reachable(door / "room", STRANGER)
    assert reachable(door / "room", Account("owner", os.geteuid(), os.getegid()))


def test_root_behind_a_closed_door_keeps_its_data_under_the_system(tmp_path, monkeypatch):
    monkeypatch.setattr(places.os, "geteuid", lambda: 0)
    monkeypatch.setattr(places, "reachable", lambda path, account: False)
    home = tmp_path / "home"
    assert Place.locate(home).base == places.SYSTEM_BASE / digest(home)


def test_data_that_is_there_is_never_left_behind_when_a_door_closes(tmp_path, monkeypatch):
    (tmp_path / "postgres" / "data").mkdir(parents=True)
    monkeypatch.setattr(places.os, "geteuid", lambda: 0)
    monkeypatch.setattr(places, "reachable", lambda path, account: False)
    assert Place.locate(tmp_path).base == tmp_path / "postgres"


def test_a_copied_home_does_not_share_the_database(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    told = {"home": str(first), "base": str(tmp_path / "base")}
    (first / "postgres.json").write_text(json.dumps(told))
    assert Place.locate(first).base == tmp_path / "base"
    shutil.copytree(first, second)
    with pytest.raises(ConfigError, match="is a copy of"):
        Place.locate(second)


def test_a_moved_home_keeps_its_database(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    told = {"home": str(first), "base": str(tmp_path / "base")}
    (first / "postgres.json").write_text(json.dumps(told))
    first.rename(second)
    assert Place.locate(second).base == tmp_path / "base"


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"home": 1, "base": 2}'])
def test_a_broken_pointer_is_refused(tmp_path, text):
    (tmp_path / "postgres.json").write_text(text)
    with pytest.raises(ConfigError, match="pointer"):
        Place.locate(tmp_path)


@pytest.mark.parametrize("name", ["x" * 120, "a,b"])
def test_a_socket_that_libpq_could_not_name_lies_elsewhere(tmp_path, ordinary, name):
    place = Place.locate(tmp_path / name)
    assert len(os.fsencode(place.sockets / ".s.PGSQL.65535")) <= 103
    assert "," not in str(place.sockets)
    assert place.base == tmp_path / name / "postgres"


def test_addresses_hold_no_password(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "pgpass").write_text("*:*:*:arrears_app:hunter2\n")
    logins = Logins.embedded(Place.locate(tmp_path))
    assert "hunter2" not in logins.url("app") + str(logins) + str(logins.django("app"))
    assert "passfile=" in logins.url("app")


def test_the_database_logs_no_statements_and_no_values(tmp_path, ordinary):
    (tmp_path / "postgres").mkdir()
    text = configuration(Place.locate(tmp_path), 2**33, {})
    for line in (
        "log_min_error_statement = 'panic'",
        "log_error_verbosity = 'terse'",
        "log_parameter_max_length_on_error = '0'",
        "listen_addresses = ''",
    ):
        assert line in text.splitlines()


def test_quotes_in_a_path_cannot_end_a_setting(tmp_path):
    place = Place(home=tmp_path, base=tmp_path, sockets=Path('/srv/it\'s "here"/run'))
    lines = configuration(place, 2**33, {}).splitlines()
    assert r"""unix_socket_directories = '"/srv/it''s ""here""/run"'""" in lines


def test_a_disk_too_full_for_a_database_is_said_before_anything_is_made(
    tmp_path, ordinary, monkeypatch
):
    (tmp_path / "postgres").mkdir()
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=10_000_000))
    with pytest.raises(Unavailable, match="too full") as caught:
        cluster.initialise(Place.locate(tmp_path), None, None)
    assert caught.value.found == "9 MiB free"
    assert list((tmp_path / "postgres").iterdir()) == []


def test_a_half_written_password_file_is_refused(tmp_path):
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "pgpass").write_text("*:*:*:arrears_owner:abc\nrubbish\n")
    with pytest.raises(ConfigError, match="incomplete") as caught:
        cluster._passwords(Place.locate(tmp_path))
    assert "arrears_app" in str(caught.value.found)
