"""Row security for agencies: in its scope an agency sees the persons placed with it now.

The second wall behind the access table. A table opened here shows an agency some of its rows and,
unless said otherwise, lets it change none. Later stages open their own tables likewise.
"""

from __future__ import annotations

from typing import Final

from django.db import migrations

# Each in a SELECT of its own, so that PostgreSQL asks once a query and not once a row.
IS_AGENCY: Final = "(SELECT starts_with(current_setting('arrears.scope', true), 'agency:'))"
_AGENCY_ID: Final = (
    "(SELECT CASE WHEN starts_with(current_setting('arrears.scope', true), 'agency:')"
    " THEN substr(current_setting('arrears.scope', true), 8)::uuid END)"
)
# The setting is compared once too: what is left for each row of the lender's is one flag.
_LENDER: Final = "(SELECT current_setting('arrears.scope', true) = 'lender')"
_BY_ROW: Final = "((SELECT current_setting('arrears.scope', true)) = 'lender')"


def placed(person: str) -> str:
    """The SQL condition that a person is placed with the agency of the scope, now.

    Parameters
    ----------
    person
        The column that names the person, with its table: ``cases_case.person_id``.
    """
    return (
        f"{IS_AGENCY} AND EXISTS (SELECT 1 FROM placements_placement placed"
        f" WHERE placed.person_id = {person} AND placed.organisation_id = {_AGENCY_ID}"
        " AND placed.until_at IS NULL)"
    )


def beside(table: str, parent: str, column: str, key: str = "id") -> str:
    """The SQL condition that the agency may see the row of another table that a row belongs to."""
    return (
        f"{IS_AGENCY} AND EXISTS (SELECT 1 FROM {parent} parent"
        f" WHERE parent.{key} = {table}.{column})"
    )


def open_to_agencies(table: str, condition: str, verb: str = "SELECT") -> migrations.RunSQL:
    """Let an agency see the rows of a protected table of which the condition is true.

    Parameters
    ----------
    condition
        In SQL, on a row: :func:`placed` or :func:`beside`.
    verb
        SELECT, INSERT or ALL: what it may do to them.
    """
    said = {
        "SELECT": f"USING ({condition})",
        "INSERT": f"WITH CHECK ({condition})",
        "ALL": f"USING ({condition}) WITH CHECK ({condition})",
    }[verb]
    name = f"{table}_agency" if verb != "INSERT" else f"{table}_agency_add"
    return migrations.RunSQL(
        f"CREATE POLICY {name} ON {table} FOR {verb} {said}", f"DROP POLICY {name} ON {table}"
    )


def ask_scope_once(table: str, *, check: bool = True) -> migrations.RunSQL:
    """Let the policy of the lender's scope compare the setting once a query.

    Beside a second policy it is no longer asked before the table is read, but for each row.
    """

    def altered(lender: str) -> str:
        written = f" WITH CHECK ({lender})" if check else ""
        return f"ALTER POLICY {table}_scope ON {table} USING ({lender}){written}"

    return migrations.RunSQL(altered(_LENDER), altered(_BY_ROW))
