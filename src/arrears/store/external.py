"""A PostgreSQL of the user's: is it new enough, and has it the three roles?"""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import sql

from arrears.kernel.errors import ConfigError, Unavailable
from arrears.store.logins import ROLES, Installation, parsed

OLDEST_MAJOR: Final = 15


def prepare(installation: Installation) -> None:
    """Check the server behind ``DATABASE_URL`` and make the roles if its login may.

    Raises
    ------
    Unavailable
        If it cannot be reached.
    ConfigError
        If it is too old, or roles are missing and the login may not make them: the error holds
        the statements for who may.
    """
    assert installation.database_url is not None
    with _connected("DATABASE_URL", installation.database_url) as connection:
        version = connection.info.server_version
        if version < OLDEST_MAJOR * 10000:
            raise ConfigError(
                "the database server is too old",
                expected=f"PostgreSQL {OLDEST_MAJOR} or newer",
                found=f"PostgreSQL {version // 10000}",
                remedy="upgrade it, or leave DATABASE_URL out to use the embedded one",
            )
        _encoding(connection)
        statements = setup_statements(connection, apart=bool(installation.app_database_url))
        for statement in statements:
            try:
                connection.execute(statement)
            except psycopg.Error as denied:
                raise _for_an_administrator(connection, statements, denied) from denied
    if installation.app_database_url:
        _check_app(installation.app_database_url)


def setup_statements(connection: psycopg.Connection[tuple[object, ...]], apart: bool) -> list[str]:
    """The statements still needed before migrations can run; none when all is in place.

    Parameters
    ----------
    apart
        Whether the application signs in by its own login and not by this one.
    """
    present = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
    login = connection.info.user
    wanted = [
        f"CREATE ROLE {role} NOLOGIN NOSUPERUSER NOBYPASSRLS"
        for role in ROLES.values()
        if role not in present
    ]
    for role in ROLES.values():
        if role == ROLES["app"] and apart:
            continue
        if role not in present or not _may_become(connection, role):
            wanted.append(_text(connection, "GRANT {} TO {}", role, login))
    owner, database = ROLES["owner"], connection.info.dbname
    if owner not in present or not _holds(connection, owner, "CREATE"):
        grant = f"GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {{}} TO {owner}"
        wanted.append(_text(connection, grant, database))
        wanted.append(f"GRANT USAGE, CREATE ON SCHEMA public TO {owner}")
    if ROLES["app"] not in present or not _holds(connection, ROLES["app"], "TEMPORARY"):
        grant = f"GRANT CONNECT, TEMPORARY ON DATABASE {{}} TO {ROLES['app']}"
        wanted.append(_text(connection, grant, database))
    if ROLES["read"] not in present or not _holds(connection, ROLES["read"], "CONNECT"):
        grant = f"GRANT CONNECT ON DATABASE {{}} TO {ROLES['read']}"
        wanted.append(_text(connection, grant, database))
    found = connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'btree_gist'")
    if found.fetchone() is None:
        wanted.append("CREATE EXTENSION btree_gist")
    return wanted


def _connected(key: str, url: str) -> psycopg.Connection[tuple[object, ...]]:
    given = parsed(key, url)
    given.setdefault("connect_timeout", "10")
    try:
        # All parts come from the checked address; there is no other keyword among them.
        return psycopg.connect(autocommit=True, **given)  # type: ignore[arg-type]
    except psycopg.OperationalError as refused:
        raise Unavailable(
            f"the database of {key} cannot be reached",
            found=str(refused).strip(),
            remedy="is the server up, are address and password right?",
        ) from refused


def _encoding(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise ConfigError(
            "the database cannot hold every name",
            expected="encoding UTF8",
            found=f"encoding {encoding}",
            remedy="make a database with ENCODING 'UTF8' and name it in DATABASE_URL",
        )


def _may_become(connection: psycopg.Connection[tuple[object, ...]], role: str) -> bool:
    try:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    except psycopg.errors.InsufficientPrivilege:
        return False
    connection.execute("RESET ROLE")
    return True


def _holds(connection: psycopg.Connection[tuple[object, ...]], role: str, right: str) -> bool:
    row = connection.execute(
        "SELECT has_database_privilege(%s, current_database(), %s)"
        " AND (%s <> 'CREATE' OR has_schema_privilege(%s, 'public', 'CREATE'))",
        [role, right, right, role],
    ).fetchone()
    return bool(row and row[0])


def _text(connection: psycopg.Connection[tuple[object, ...]], text: str, *names: str) -> str:
    identifiers = [sql.Identifier(name) for name in names]
    return sql.SQL(text).format(*identifiers).as_string(connection)


def _for_an_administrator(
    connection: psycopg.Connection[tuple[object, ...]],
    statements: list[str],
    denied: psycopg.Error,
) -> ConfigError:
    script = "\n".join(f"    {statement};" for statement in statements)
    return ConfigError(
        "the login of DATABASE_URL may not make the roles that Arrears needs",
        expected="the roles " + ", ".join(ROLES.values()),
        found=(denied.diag.message_primary or str(denied)).strip(),
        remedy="let an administrator run this once in the database "
        f"{connection.info.dbname}, then start again:\n{script}",
    )


def _check_app(url: str) -> None:
    with _connected("ARREARS_APP_DATABASE_URL", url) as connection:
        row = connection.execute(
            "SELECT rolsuper OR rolbypassrls, pg_has_role(current_user, 'arrears_app', 'USAGE'),"
            " current_user FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    passes, member, user = row or (True, False, "nobody")
    if passes or not member:
        raise ConfigError(
            "the login of ARREARS_APP_DATABASE_URL does not fit the application",
            expected="a member of arrears_app, neither superuser nor BYPASSRLS",
            found=f"{user}: " + ("passes row security" if passes else "not a member"),
            remedy=f"GRANT arrears_app TO {user}, and take SUPERUSER and BYPASSRLS from it",
        )
