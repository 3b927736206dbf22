"""Row security of a table, as migration operations."""

from __future__ import annotations

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
