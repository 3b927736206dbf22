"""From nothing to a database that is up, migrated and safely granted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.executor import MigrationExecutor

from arrears.kernel.errors import ConfigError
from arrears.store import external, grants
from arrears.store.embedded.locks import Say
from arrears.store.embedded.server import Server
from arrears.store.logins import Installation, Logins

OWNER_ALIAS: Final = "owner"
# Any number, the same in every process: starts at once take turns with migrations.
_LOCK: Final = 4_119_701


@contextmanager
def running(installation: Installation, say: Say = lambda sentence: None) -> Iterator[Logins]:
    """Have the database server up inside the block: started, joined, or the user's own.

    Needs no Django. Whoever lets go of the embedded server last stops it.
    """
    if installation.database_url:
        external.prepare(installation)
        yield Logins.of(installation)
        return
    with Server(installation.home, port=installation.database_port, say=say) as server:
        yield server.logins


def ensure_database(say: Say = lambda sentence: None) -> None:
    """Migrate the database of the settings and set the rights of the roles; safe to repeat.

    Raises
    ------
    ConfigError
        If the database was made by a newer release.
    """
    connection = connections[OWNER_ALIAS]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            if pending_migrations(OWNER_ALIAS):
                say("bringing the database's tables up to date …")
                call_command("migrate", database=OWNER_ALIAS, interactive=False, verbosity=0)
            grants.grant(cursor)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    connection.close()


def pending_migrations(alias: str = DEFAULT_DB_ALIAS) -> list[str]:
    """The migrations that the database lacks, as ``app.name``, in their order.

    Raises
    ------
    ConfigError
        If it has migrations of ours that this release does not know.
    """
    executor = MigrationExecutor(connections[alias])
    known = executor.loader.disk_migrations
    ours = executor.loader.migrated_apps
    unknown = sorted(
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app in ours and (app, name) not in known
    )
    if unknown:
        raise ConfigError(
            "the database was made by a newer release",
            expected="only migrations that this release knows",
            found=", ".join(unknown),
            remedy="install that release, or restore a backup made by this one",
        )
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]
