"""Row security of a table, as migration operations."""

from __future__ import annotations

from typing import Final

from django.db import migrations

# Wrapped in SELECT so that PostgreSQL reads the setting once a query, not once a row.
_POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_scope ON {table}
  USING ((SELECT current_setting('arrears.scope', true)) = 'lender')
  WITH CHECK ((SELECT current_setting('arrears.scope', true)) = 'lender');
"""
_UNDO = """
DROP POLICY {table}_scope ON {table};
ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY;
ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
"""


def protect(*tables: str) -> list[migrations.RunSQL]:
    """Operations that let only a transaction with a scope see these tables."""
    return [
        migrations.RunSQL(_POLICY.format(table=table), _UNDO.format(table=table))
        for table in tables
    ]


_SHARED: Final = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY {table}_scope ON {table}
  USING ((SELECT current_setting('arrears.scope', true)) = 'lender' OR {agency})
  WITH CHECK ((SELECT current_setting('arrears.scope', true)) = 'lender' OR {agency});
"""


def protect_shared(table: str, agency: str) -> migrations.RunSQL:
    """Let the lender see all of a table, and an agency the rows of which ``agency`` is true.

    Parameters
    ----------
    agency
        A condition in SQL on a row; :func:`of_organisation` makes the usual one.
    """
    return migrations.RunSQL(
        _SHARED.format(table=table, agency=f"({agency})"), _UNDO.format(table=table)
    )


def of_organisation(column: str = "organisation_id") -> str:
    """The condition that a row belongs to the agency in whose scope the transaction stands."""
    return f"(SELECT current_setting('arrears.scope', true)) = 'agency:' || {column}::text"


def lender_alone(table: str, before: str) -> migrations.RunSQL:
    """Take back from agencies what :func:`protect_shared` gave them; ``before`` is what that was.

    It gave the right to write as well: where an agency shall only read, open it anew for that.
    """
    lender = "(SELECT current_setting('arrears.scope', true) = 'lender')"

    def altered(condition: str) -> str:
        name = f"ALTER POLICY {table}_scope ON {table}"
        return f"{name} USING ({condition}) WITH CHECK ({condition})"

    return migrations.RunSQL(altered(lender), altered(f"{lender} OR ({before})"))
