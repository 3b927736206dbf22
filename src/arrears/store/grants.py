"""What each role may do to each table, granted anew after every migration.

A model says so itself: ``append_only = True`` lets the application add rows and read them, no
more; ``concealed = True`` keeps the table from ``arrears_read`` (password hashes, sessions).
"""

from __future__ import annotations

from typing import Final

from django.apps import apps
from django.db.backends.utils import CursorWrapper

# Migrations are none of the application's business. Sessions and password hashes open doors, and
# the inbox holds results of commands: none of them is for reports.
_READ_ONLY: Final = frozenset({"django_migrations"})
_CONCEALED: Final = frozenset(
    {"django_session", "people_user", "people_machine_client", "store_inbox"}
)

_TABLES: Final = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm')
  AND pg_get_userbyid(c.relowner) = 'arrears_owner'
ORDER BY c.relname
"""


def wanted() -> dict[str, tuple[bool, bool]]:
    """For each table of a model: whether it is append-only, whether concealed."""
    models = apps.get_models(include_auto_created=True)
    return {
        model._meta.db_table: (
            getattr(model, "append_only", False),
            getattr(model, "concealed", False),
        )
        for model in models
    }


def grant(cursor: CursorWrapper) -> None:
    """Set the rights of ``arrears_app`` and ``arrears_read``; run it as the owner."""
    cursor.execute("GRANT USAGE ON SCHEMA public TO arrears_app, arrears_read")
    cursor.execute(_TABLES)
    tables = [str(row[0]) for row in cursor.fetchall()]
    said = wanted()
    for table in tables:
        append_only, concealed = said.get(table, (False, False))
        if table in _READ_ONLY:
            verbs = "SELECT"
        elif append_only:
            verbs = "SELECT, INSERT"
        else:
            verbs = "SELECT, INSERT, UPDATE, DELETE"
        name = '"' + table.replace('"', '""') + '"'
        cursor.execute(f"REVOKE ALL ON {name} FROM arrears_app, arrears_read")
        cursor.execute(f"GRANT {verbs} ON {name} TO arrears_app")
        if not concealed and table not in _CONCEALED:
            cursor.execute(f"GRANT SELECT ON {name} TO arrears_read")
    cursor.execute("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO arrears_app")
