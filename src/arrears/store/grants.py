"""What each role may do to each table, granted anew after every migration.

A model says so itself: ``append_only = True`` lets the application add rows and read them, no
more; ``verbs = "SELECT, DELETE"`` says it in full; ``concealed = True`` keeps the table from
``arrears_read`` (password hashes, sessions). Partitions are reached through their table alone.
"""

from __future__ import annotations

from typing import Final

from django.apps import apps
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

# Migrations are none of the application's business. Sessions and password hashes open doors, and
# the inbox holds results of commands: none of them is for reports.
_READ_ONLY: Final = frozenset({"django_migrations"})
_CONCEALED: Final = frozenset(
    {"django_session", "people_user", "people_machine_client", "store_inbox"}
    | {"mfa_authenticator", "account_emailaddress", "account_emailconfirmation"}
    | {"socialaccount_socialaccount", "socialaccount_socialapp", "socialaccount_socialtoken"}
)

_EVERY: Final = "SELECT, INSERT, UPDATE, DELETE"
_TABLES: Final = """
SELECT c.relname, c.relispartition FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm')
  AND pg_get_userbyid(c.relowner) = 'arrears_owner'
ORDER BY c.relname
"""


def wanted() -> dict[str, tuple[str, bool]]:
    """For each table of a model: what the application may do to it, whether it is concealed."""
    models = apps.get_models(include_auto_created=True)
    return {
        model._meta.db_table: (
            getattr(model, "verbs", "SELECT, INSERT" if _append_only(model) else _EVERY),
            getattr(model, "concealed", False),
        )
        for model in models
    }


def _append_only(model: type[Model]) -> bool:
    return bool(getattr(model, "append_only", False))


def grant(cursor: CursorWrapper) -> None:
    """Set the rights of ``arrears_app`` and ``arrears_read``; run it as the owner."""
    cursor.execute("GRANT USAGE ON SCHEMA public TO arrears_app, arrears_read")
    cursor.execute(_TABLES)
    tables = [(str(table), bool(partition)) for table, partition in cursor.fetchall()]
    said = wanted()
    for table, partition in tables:
        verbs, concealed = said.get(table, (_EVERY, False))
        if table in _READ_ONLY:
            verbs = "SELECT"
        name = '"' + table.replace('"', '""') + '"'
        cursor.execute(f"REVOKE ALL ON {name} FROM arrears_app, arrears_read")
        if partition:
            continue
        cursor.execute(f"GRANT {verbs} ON {name} TO arrears_app")
        if not concealed and table not in _CONCEALED:
            cursor.execute(f"GRANT SELECT ON {name} TO arrears_read")
    cursor.execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO arrears_app")
