"""Making the data directory, its roles and its database."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from arrears.kernel.errors import ConfigError, Unavailable
from arrears.store.embedded.account import Account
from arrears.store.embedded.binaries import Binaries, environment
from arrears.store.embedded.place import Place
from arrears.store.embedded.trouble import explain
from arrears.store.private import write_private

SUPERUSER = "postgres"
_ROLES = ("arrears_owner", "arrears_app", "arrears_read")
_FREE_BYTES_AT_LEAST = 256 * 1024 * 1024
_EXTENSIONS = ("btree_gist",)


def version_of(data: Path) -> int | None:
    """The major version that made a data directory; none if there is no such directory."""
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as unreadable:
        raise ConfigError(
            "the database's directory cannot be read",
            found=str(unreadable),
            remedy="run as the user that made this home, or set ARREARS_HOME to another one",
        ) from unreadable


def initialise(place: Place, binaries: Binaries, account: Account | None) -> None:
    """Make a new data directory, whole or not at all: a start killed here leaves no trace.

    Raises
    ------
    Unavailable
        If the disk is too full.
    ConfigError
        If the server's user may not write there.
    """
    free = shutil.disk_usage(place.base).free
    if free < _FREE_BYTES_AT_LEAST:
        raise Unavailable(
            "the disk is too full for a database",
            expected="256 MiB free or more",
            found=f"{free // 1024 // 1024} MiB free",
            remedy=f"free some space, or set ARREARS_HOME to another disk than {place.base}",
        )
    fresh = place.base / "data.new"
    shutil.rmtree(fresh, ignore_errors=True)
    command = [str(binaries.directory / "initdb"), "-D", str(fresh), "-U", SUPERUSER]
    command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin"]
    command += ["--builtin-locale=C.UTF-8", "--auth-local=peer", "--auth-host=reject"]
    done = run(command, account, timeout_s=300)
    if done.returncode != 0:
        shutil.rmtree(fresh, ignore_errors=True)
        raise explain(done.stdout, "making the database")
    with (fresh / "postgresql.conf").open("a") as file:
        file.write("\ninclude 'arrears.conf'\n")
    fresh.rename(place.data)


def run(
    command: list[str], account: Account | None, timeout_s: float
) -> subprocess.CompletedProcess[str]:
    """Run one of PostgreSQL's programs as the server's user; both outputs come in ``stdout``."""
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=timeout_s,
            check=False,
            cwd="/",
            env=environment(),
            start_new_session=True,
            **(account.spawn if account else {}),
        )
    except subprocess.TimeoutExpired as slow:
        raise Unavailable(
            f"{Path(command[0]).name} did not end in {timeout_s:.0f} seconds",
            remedy="the machine may be overloaded or its disk slow: try again",
        ) from slow


def admit(place: Place, account: Account | None) -> None:
    """Say who may sign in: ourselves as superuser by the socket's peer, all others by password."""
    ours = {pwd.getpwuid(os.geteuid()).pw_name, *([account.name] if account else [])}
    ident = "".join(f'arrears "{name}" {SUPERUSER}\n' for name in sorted(ours))
    rules = f"local all {SUPERUSER} peer map=arrears\nlocal all all scram-sha-256\n"
    if place.listens:
        rules += "host all all 127.0.0.1/32 scram-sha-256\n"
    for name, text in (("pg_ident.conf", ident), ("pg_hba.conf", rules)):
        hand_over(place.data / name, text, account)


def hand_over(path: Path, text: str, account: Account | None) -> None:
    """Write a file of mode 0600 that belongs to the server's user, if it differs."""
    if path.exists() and path.read_text() == text:
        return
    write_private(path, text)
    if account:
        os.chown(path, account.uid, account.gid)


def superuser(place: Place, database: str = "postgres") -> psycopg.Connection[tuple[object, ...]]:
    """A connection as superuser, autocommitting; for making roles and databases only."""
    return psycopg.connect(
        host=str(place.sockets),
        port=place.port,
        user=SUPERUSER,
        dbname=database,
        connect_timeout=10,
        autocommit=True,
    )


def ensure_roles(place: Place, database: str) -> None:
    """Make roles, passwords and the database where missing; a lost password file is made anew."""
    renewed = not place.passwords.exists()
    passwords = _passwords(place)
    with superuser(place) as connection:
        present = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
        for role in _ROLES:
            if role in present and not renewed:
                continue
            verb = "ALTER" if role in present else "CREATE"
            connection.execute(
                sql.SQL(
                    f"{verb} ROLE {{}} LOGIN PASSWORD {{}} NOSUPERUSER NOCREATEDB NOCREATEROLE"
                    " NOREPLICATION NOBYPASSRLS"
                ).format(sql.Identifier(role), passwords[role])
            )
    ensure_database(place, database)


def ensure_database(place: Place, database: str, template: str | None = None) -> None:
    """Make one database that belongs to ``arrears_owner``, if missing.

    Parameters
    ----------
    template
        A database to copy, which nobody may be connected to meanwhile.
    """
    name = sql.Identifier(database)
    with superuser(place) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
        if found.fetchone():
            return
        copied = (
            sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
        )
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER arrears_owner").format(name) + copied)
        for grant in (
            "REVOKE ALL ON DATABASE {} FROM PUBLIC",
            "GRANT CONNECT, TEMPORARY ON DATABASE {} TO arrears_app",
            "GRANT CONNECT ON DATABASE {} TO arrears_read",
        ):
            connection.execute(sql.SQL(grant).format(name))
    with superuser(place, database) as connection:
        for extension in _EXTENSIONS:
            connection.execute(
                sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
            )


def _passwords(place: Place) -> dict[str, str]:
    if not place.passwords.exists():
        made = {role: secrets.token_urlsafe(32) for role in _ROLES}
        lines = [f"*:*:*:{role}:{password}\n" for role, password in made.items()]
        write_private(place.passwords, "".join(lines))
        return made
    lines = place.passwords.read_text().splitlines()
    passwords = dict(line.split(":")[3:5] for line in lines if line.count(":") == 4)
    if missing := sorted(set(_ROLES) - set(passwords)):
        raise ConfigError(
            "the database's password file is incomplete",
            expected="a line for each of " + ", ".join(_ROLES),
            found="none for " + ", ".join(missing),
            remedy=f"delete {place.passwords}; the next start sets new passwords",
        )
    return passwords
