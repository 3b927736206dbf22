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


# A function, so that the planner does not charge the lender's pages for a subquery a row that is
# never run for them, and choose worse plans.
_SEES: Final = """
CREATE FUNCTION placements_sees_{what}("{what}" uuid) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1 AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM {table} seen WHERE {condition});
END $$;
"""


def seeing(what: str, table: str, condition: str) -> migrations.RunSQL:
    """Make the function ``placements_sees_<what>(uuid)``: may the agency see this one?

    Parameters
    ----------
    condition
        In SQL, on a row ``seen`` of the table; what row security hides of it is not seen.
    """
    return migrations.RunSQL(
        _SEES.format(what=what, table=table, condition=condition),
        f"DROP FUNCTION placements_sees_{what}(uuid)",
    )


SEES_PERSON: Final = (
    f"seen.person_id = person AND seen.until_at IS NULL AND seen.organisation_id = {_AGENCY_ID}"
)


# On a row that names the agency that leads it (migration 0004): the cheapest there is.
LED: Final = f"agency_id = {_AGENCY_ID}"


def placed(person: str) -> str:
    """The SQL condition that a person is placed with the agency of the scope, now.

    Parameters
    ----------
    person
        The column that names the person.
    """
    # IN, not EXISTS: its set is hashed once a query, for an agency alone (store.transactions gives
    # it the memory), and costs the planner of the lender's pages nothing by the row.
    return (
        f"{IS_AGENCY} AND {person} IN (SELECT seen.person_id FROM placements_placement seen"
        f" WHERE seen.organisation_id = {_AGENCY_ID} AND seen.until_at IS NULL)"
    )


def beside(what: str, column: str) -> str:
    """The SQL condition that the agency sees the loan, case … that a row belongs to."""
    return f"{IS_AGENCY} AND placements_sees_{what}({column})"


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


def read_anew(table: str, condition: str, before: str) -> migrations.RunSQL:
    """Let an agency read the rows of which another condition is true from now on."""
    sql = f"ALTER POLICY {table}_agency ON {table} USING "
    return migrations.RunSQL(f"{sql}({condition})", f"{sql}({before})")


def ask_scope_once(table: str, *, check: bool = True) -> migrations.RunSQL:
    """Let the policy of the lender's scope compare the setting once a query.

    Beside a second policy it is no longer asked before the table is read, but for each row.
    """

    def altered(lender: str) -> str:
        written = f" WITH CHECK ({lender})" if check else ""
        return f"ALTER POLICY {table}_scope ON {table} USING ({lender}){written}"

    return migrations.RunSQL(altered(_LENDER), altered(_BY_ROW))
