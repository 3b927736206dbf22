"""What every test may ask for: a real PostgreSQL, private to the test run.

One embedded server (or the one of ``DATABASE_URL``) serves all worker processes; each worker has
its own database, a copy of one migrated template. Tests connect as ``arrears_app``, which may
neither define tables nor pass row security; the owner's login only prepares and cleans.

- ``@pytest.mark.django_db``: the test runs in a transaction that is rolled back.
- ``committed_db`` (or ``live_server``): commits are real; the owner empties all tables afterwards.
- ``fresh_home``: a home directory for a test that starts a server or a command of its own.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django.test
import psycopg
import pytest
from django.conf import settings
from django.db import connections
from psycopg import sql

from arrears.kernel.errors import ConfigError
from arrears.kernel.ids import uuid7
from arrears.store import external
from arrears.store.embedded import cluster
from arrears.store.embedded.locks import alone
from arrears.store.embedded.place import SYSTEM_BASE, Place
from arrears.store.embedded.server import Server
from arrears.store.logins import Logins, Role, address
from arrears.store.setup import ensure_database

# Nothing that a test writes needs to outlive the machine's power.
QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
# Rows that migrations make; emptying the tables leaves them.
KEPT = ("django_migrations", "django_content_type", "auth_permission")
HOME_KEY = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    given = getattr(config, "workerinput", None)
    config.stash[HOME_KEY] = Path(given["arrears_home"]) if given else _home("arrears-tests-")
    # Each worker has its own database, hence its own keys and files of the book.
    own = config.stash[HOME_KEY] / (given["workerid"] if given else "main")
    own.mkdir(exist_ok=True)
    settings.ARREARS = dataclasses.replace(settings.ARREARS, home=own)
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    django.test.Client._login = _through_the_door(django.test.Client._login)


def _through_the_door(login):
    """Let ``force_login`` open a session as the door does, second factor and all.

    The door ends every session that it did not open itself.
    """

    def opened(client, user, backend=None):
        from arrears.people.sign_in.models import Session  # tidy: lazy (needs Django set up)
        from arrears.store import clock  # tidy: lazy (needs Django set up)

        login(client, user, backend)
        now = clock.now()
        row = Session.objects.create(
            id=uuid7(now), user=user, role=user.role, method="test", enrolling=False,
            address="127.0.0.1", browser="", began_at=now, seen_at=now,
        )  # fmt: skip
        session = client.session
        session["arrears_session"] = str(row.id)
        session.save()

    return opened


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:  # a hook of pytest-xdist
    node.workerinput["arrears_home"] = str(node.config.stash[HOME_KEY])


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or HOME_KEY not in config.stash:
        return
    home = config.stash[HOME_KEY]
    if url := os.environ.get("DATABASE_URL"):
        _External(url).drop(_template(home))
    _remove(home)


def _template(home: Path) -> str:
    return f"arrears_test_template_{home.name[-8:]}"


def _home(prefix: str) -> Path:
    home = Path(tempfile.mkdtemp(prefix=prefix))
    home.chmod(0o755)  # as root, the server's user passes through it
    return home


def _remove(home: Path) -> None:
    place = Place.locate(home)
    assert not (place.data / "postmaster.pid").exists(), f"a test left a server running in {home}"
    for directory in {home, place.sockets, place.base}:
        if directory == home or SYSTEM_BASE in directory.parents or "arrears-" in directory.name:
            shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def fresh_home() -> Iterator[Path]:
    """An empty home for an installation of the test's own; gone afterwards, with its database."""
    home = _home("arrears-home-")
    yield home
    _remove(home)


@pytest.fixture
def shared_card_book() -> Path:
    """The 30,000 real card accounts: under ``ARREARS_SHARED_DATA``, or beside the repository."""
    beside = Path(__file__).parents[2] / "shared" / "data"
    place = Path(os.environ.get("ARREARS_SHARED_DATA", beside))
    book = place / "uci350" / "UCI_Credit_Card.csv.gz"
    if not book.exists():
        pytest.skip(f"the real data is not at {place}; set ARREARS_SHARED_DATA")
    return book


@dataclasses.dataclass(frozen=True)
class TestDatabase:
    """The database of this worker."""

    __test__ = False
    logins: Logins

    def owner(self) -> psycopg.Connection:
        """An autocommitting connection that may define and empty tables."""
        return psycopg.connect(autocommit=True, **self.logins.parameters("owner"))

    def empty(self) -> None:
        """Delete all rows but those that migrations made."""
        with self.owner() as connection:
            # A thread of the test that still holds a lock is its error, not a reason to wait.
            connection.execute("SET lock_timeout = '10s'")
            tables = [name for name in _tables(connection) if name not in KEPT]
            if tables:
                names = sql.SQL(", ").join(map(sql.Identifier, tables))
                empty = sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(names)
                with connection.transaction(), _untriggered(connection):
                    connection.execute(empty)


@contextmanager
def _untriggered(connection: psycopg.Connection) -> Iterator[None]:
    """The journal's tables refuse to be emptied; the owner can switch that off."""
    found = connection.execute(
        "SELECT DISTINCT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE NOT t.tgisinternal AND t.tgtype & 32 > 0 ORDER BY c.relname"  # TRUNCATE
    ).fetchall()
    for verb in ("DISABLE", "ENABLE"):
        for (table,) in found:
            switch = sql.SQL("ALTER TABLE ONLY {} " + verb + " TRIGGER USER")
            connection.execute(switch.format(sql.Identifier(table)))
        if verb == "DISABLE":
            yield


def _tables(connection: psycopg.Connection) -> list[str]:
    found = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    )
    return [str(row[0]) for row in found]


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, django_db_blocker) -> Iterator[TestDatabase]:
    """This worker's database, migrated; Django's connections lead there."""
    config = request.config
    home = config.stash[HOME_KEY]
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    url = os.environ.get("DATABASE_URL")
    makers = _External(url) if url else _Embedded(home)
    with makers as maker, django_db_blocker.unblock():
        with alone(home / "template.lock", 300, lambda sentence: None):
            if not maker.exists(_template(home)):
                _migrated_template(maker, _template(home))
            name = f"arrears_test_{worker}_{home.name[-8:]}"
            maker.make(name, _template(home))
        database = TestDatabase(_lead_to(maker, name))
        _refuse_powers()
        yield database
        connections.close_all()
        maker.drop(name)


def _migrated_template(maker: _Embedded | _External, template: str) -> None:
    maker.make(template, None)
    try:
        database = TestDatabase(_lead_to(maker, template))
        ensure_database()
        with database.owner() as connection:
            for table in set(_tables(connection)) - set(KEPT):
                name = sql.Identifier(table)
                found = connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(name))
                assert found.fetchone() is None, f"migrations fill {table}: name it in KEPT"
    except BaseException:
        connections.close_all()
        maker.drop(template)
        raise
    connections.close_all()


def _lead_to(maker: _Embedded | _External, name: str) -> Logins:
    logins = maker.logins(name)
    aliases: dict[str, Role] = {"default": "app", "owner": "owner"}
    for alias, role in aliases.items():
        connections[alias].close()
        connections[alias].settings_dict.update(logins.django(role))
    return logins


def _refuse_powers() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles"
            " WHERE rolname = current_user"
        )
        user, powers = cursor.fetchone()
    if user != "arrears_app" or powers:
        raise ConfigError(
            "tests must see row security at work",
            expected="a connection as arrears_app without SUPERUSER and BYPASSRLS",
            found=f"{user}{' with such powers' if powers else ''}",
        )


class _Embedded:
    """Makes databases on a server of the test run's own, shared by all workers."""

    def __init__(self, home: Path) -> None:
        self._server = Server(home, settings=QUICK)

    def __enter__(self) -> _Embedded:
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.stop()

    def logins(self, name: str) -> Logins:
        return Logins.embedded(self._server.place, name)

    def exists(self, name: str) -> bool:
        with cluster.superuser(self._server.place) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            return found.fetchone() is not None

    def make(self, name: str, template: str | None) -> None:
        cluster.ensure_database(self._server.place, name, template)

    def drop(self, name: str) -> None:
        with cluster.superuser(self._server.place) as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))


class _External:
    """Makes databases on the server of ``DATABASE_URL``, whose login must be allowed to."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __enter__(self) -> _External:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def logins(self, name: str) -> Logins:
        return Logins.of(dataclasses.replace(settings.ARREARS, database_url=self._named(name)))

    def exists(self, name: str) -> bool:
        with self._connected() as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            return found.fetchone() is not None

    def make(self, name: str, template: str | None) -> None:
        copied = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template or "template0"))
        with self._connected() as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + copied)
        external.prepare(
            dataclasses.replace(
                settings.ARREARS, database_url=self._named(name), app_database_url=None
            )
        )

    def drop(self, name: str) -> None:
        with self._connected() as connection:
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(drop.format(sql.Identifier(name)))

    def _named(self, name: str) -> str:
        given = psycopg.conninfo.conninfo_to_dict(self._url)
        return address({k: str(v) for k, v in given.items() if v is not None} | {"dbname": name})

    def _connected(self) -> psycopg.Connection:
        return psycopg.connect(self._url, autocommit=True)


@pytest.fixture(scope="session")
def django_db_setup(database: TestDatabase) -> None:
    """Replaces pytest-django's: our database is made with the owner's login."""


@pytest.fixture(scope="session", autouse=True)
def _empty_by_owner(request: pytest.FixtureRequest) -> None:
    def teardown(case: django.test.TransactionTestCase) -> None:
        request.getfixturevalue("database").empty()

    # Django would flush with the application's login, which may not TRUNCATE.
    django.test.TransactionTestCase._fixture_teardown = teardown


@pytest.fixture
def committed_db(transactional_db, database: TestDatabase) -> TestDatabase:
    """The database with real commits, for concurrency, other processes and other drivers."""
    return database


@pytest.fixture(scope="session")
def spark() -> Iterator[object]:
    """One small Spark session for all tests marked ``spark``."""
    from arrears.book.engine import connect

    backend = connect("spark", memory_limit="1GB", threads=2)
    yield backend
    backend.disconnect()
