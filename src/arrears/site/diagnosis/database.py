"""Looks at the database: programs, server, versions, tables, roles, row security."""

from __future__ import annotations

import os
import re
from datetime import UTC, datetime

import django
from django.apps import apps
from django.db import connections
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunSQL

from arrears.kernel.clock import Clock
from arrears.site.config import Config
from arrears.site.diagnosis import record
from arrears.site.diagnosis.finding import Finding, fail, ok, warn
from arrears.store.embedded import cluster, remains
from arrears.store.embedded.account import Account
from arrears.store.embedded.binaries import Binaries
from arrears.store.embedded.locks import Say
from arrears.store.embedded.place import Place
from arrears.store.embedded.server import other_major
from arrears.store.setup import OWNER_ALIAS, pending_migrations, running

_SKEW_S = 60
_AGAIN = "start Arrears once (arrears setup): it sets them anew"


def programs(config: Config) -> list[Finding]:
    """Do the embedded server's programs run, and do they fit its data?"""
    if config.database_url:
        return []
    place = Place.locate(config.home, config.database_port)
    binaries = Binaries.for_account(Account.existing())
    made_by = cluster.version_of(place.data)
    if made_by is not None and made_by != binaries.major:
        error = other_major(place, made_by, binaries)
        return fail("postgresql", f"{error.message}: {error.found}", error.remedy or "")
    return ok("postgresql", f"{binaries.version} in {binaries.directory}")


def all_of_it(config: Config, clock: Clock, say: Say) -> list[Finding]:
    """Look inside the database, starting the embedded server if need be."""
    findings: list[Finding] = []
    if not config.database_url:
        place = Place.locate(config.home, config.database_port)
        if not place.data.exists():
            return ok("database", f"none yet; the first start makes it in {place.base}")
        pid = remains.server_pid(place)
        state = f"runs as process {pid}" if pid else "stopped, started for this look"
        findings += ok("server", f"{state}, data in {place.data}")
    with running(config, say):
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arrears.site.settings")
        if not apps.ready:
            django.setup()
        try:
            findings += _migrations()
            with connections["default"].cursor() as cursor:
                findings += _server(cursor, clock)
                findings += _role(cursor)
                findings += _row_security(cursor)
                findings += _rights(cursor)
                findings += record.journal(cursor, clock)
                if not pending_migrations(OWNER_ALIAS):
                    findings += record.agencies(clock)
                    findings += record.gate(clock)
        finally:
            connections.close_all()
    return findings


def _migrations() -> list[Finding]:
    pending = pending_migrations(OWNER_ALIAS)
    if pending:
        found = f"{len(pending)} steps behind, first {pending[0]}"
        return warn("tables", found, "arrears setup brings them up to date")
    return ok("tables", "up to date")


def _server(cursor: CursorWrapper, clock: Clock) -> list[Finding]:
    cursor.execute(
        "SELECT current_setting('server_version'), extract(epoch FROM clock_timestamp()),"
        " pg_database_size(current_database())"
    )
    version, epoch, size = cursor.fetchone() or ("", 0, 0)
    found = f"PostgreSQL {version}, {size / 1024**2:.0f} MiB"
    skew_s = abs((datetime.fromtimestamp(float(epoch), UTC) - clock.now()).total_seconds())
    if skew_s > _SKEW_S:
        clocks = f"{found}; its clock is {skew_s:.0f} s from ours"
        return warn("database", clocks, "let both machines keep time by NTP")
    return ok("database", found)


def _role(cursor: CursorWrapper) -> list[Finding]:
    cursor.execute(
        "SELECT current_user, rolsuper, rolbypassrls, has_database_privilege(current_database(),"
        " 'CREATE') OR has_schema_privilege('public', 'CREATE') FROM pg_roles"
        " WHERE rolname = current_user"
    )
    user, is_super, bypasses, defines = cursor.fetchone() or ("nobody", True, True, True)
    powers = [
        name
        for name, held in (("SUPERUSER", is_super), ("BYPASSRLS", bypasses), ("CREATE", defines))
        if held
    ]
    if powers:
        found = f"{user} holds {', '.join(powers)}"
        return fail("role", found, f"take {', '.join(powers)} from {user}")
    return ok("role", f"{user}, without SUPERUSER, BYPASSRLS and CREATE")


def protected_tables() -> set[str]:
    """The tables that migrations put under forced row security."""
    loader = MigrationLoader(None)
    statements = [
        str(operation.sql)
        for migration in loader.disk_migrations.values()
        for operation in migration.operations
        if isinstance(operation, RunSQL)
    ]
    pattern = r"ALTER TABLE (\w+) FORCE ROW LEVEL SECURITY"
    return {name for text in statements for name in re.findall(pattern, text)}


def _row_security(cursor: CursorWrapper) -> list[Finding]:
    wanted = sorted(protected_tables())
    cursor.execute(
        "SELECT relname, relrowsecurity AND relforcerowsecurity"
        " AND EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid) FROM pg_class c"
        " WHERE relname = ANY(%s) AND relnamespace = 'public'::regnamespace ORDER BY relname",
        [wanted],
    )
    if missing := [name for name, held in cursor.fetchall() if not held]:
        found = f"not forced on {', '.join(missing)}"
        return fail("row security", found, "restore it: ALTER TABLE … FORCE ROW LEVEL SECURITY")
    return ok("row security", f"forced on {len(wanted)} tables")


def _rights(cursor: CursorWrapper) -> list[Finding]:
    cursor.execute(
        "SELECT count(*) FILTER (WHERE NOT has_table_privilege('arrears_app', c.oid, 'SELECT')),"
        " count(*) FILTER (WHERE has_table_privilege('arrears_app', c.oid, 'TRUNCATE')"
        "   OR has_table_privilege('arrears_read', c.oid, 'INSERT, UPDATE, DELETE')), count(*)"
        " FROM pg_class c WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace"
    )
    lacking, beyond, tables = cursor.fetchone() or (0, 0, 0)
    if lacking or beyond:
        found = f"of {tables} tables, {lacking} with too few and {beyond} with too many"
        return fail("rights", found, _AGAIN)
    return ok("rights", f"as they should be on {tables} tables")
