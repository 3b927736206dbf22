"""A tape that lies in a PostgreSQL schema: the same rows as from a file."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from arrears.book.check import check
from arrears.book.engine import connect
from arrears.book.mapping import load_mapping
from arrears.book.read import open_tape
from arrears.kernel.errors import TapeError, Unavailable

SCHEMA = "tape_of_the_core"
TABLES = """
CREATE SCHEMA tape_of_the_core;
SET search_path = tape_of_the_core;
CREATE TABLE persons (person_id uuid, name text, jurisdiction char(2), birth_on date);
INSERT INTO persons VALUES ('00000000-0000-4000-8000-000000000001', '张三', 'CN', '1990-02-28');
CREATE TABLE loans (loan_id text, person_id uuid, product text, creditor_type varchar(20),
  currency text, principal_minor numeric(18, 0), annual_rate_bps int2, disbursed_on timestamp,
  grace_days int, secured boolean, branch text);
INSERT INTO loans SELECT 'L' || n, '00000000-0000-4000-8000-000000000001', 'business', 'bank',
  'CNY', 100000 + n, 1800, '2026-01-05', 0, true, 'B' || n FROM generate_series(1, 2500) n;
CREATE TABLE instalments (loan_id text, seq int, due_on date, principal_minor bigint,
  interest_minor bigint, fee_minor bigint);
INSERT INTO instalments SELECT 'L' || n, 1, '2026-02-05', 100000 + n, 300, 0
  FROM generate_series(1, 2500) n;
CREATE VIEW payments AS SELECT 'T' || loan_id AS payment_id, loan_id, due_on AS paid_on,
  CASE loan_id WHEN 'L7' THEN -1 ELSE 5 END AS amount_minor FROM instalments;
CREATE TABLE "Log" (at timestamptz);
"""


@pytest.fixture(scope="module")
def con():
    backend = connect(threads=1, memory_limit="500MB")
    yield backend
    backend.disconnect()


@pytest.fixture
def core(database):
    """The lender's own database: the address of its schema."""
    with database.owner() as connection:
        connection.execute(TABLES)
    yield address(database, SCHEMA)
    with database.owner() as connection:
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


def address(database, schema):
    return database.logins.url("owner") + "&" + urlencode({"schema": schema})


def test_tables_and_views_are_read_and_checked(con, core):
    with open_tape(con, core) as tape:
        assert tape.unread == ("Log",)
        assert tape.unknown_columns == {"loans": ("branch",)}
        assert "password" not in tape.source
        result = check(tape)
        assert result.totals.tables["loans"].money["CNY"].received == sum(
            100_000 + n for n in range(1, 2501)
        )
        gone = result.rejected.to_pyarrow().to_pylist()
        assert [r["reason"] for r in gone if r["table"] == "payments"] == ["range.low"]
        assert {r["loan_id"] for r in gone} == {"L7"}
        (person,) = result.accepted["persons"].to_pyarrow().to_pylist()
        assert person["person_id"] == "00000000-0000-4000-8000-000000000001"
        first = tape.digest
    with open_tape(con, core) as tape:
        assert tape.digest == first


def test_a_change_of_a_row_changes_the_digest(con, core, database):
    with open_tape(con, core) as tape:
        first = tape.sha256
    with database.owner() as connection:
        connection.execute(f"UPDATE {SCHEMA}.loans SET grace_days = 1 WHERE loan_id = 'L9'")
    with open_tape(con, core) as tape:
        changed = {name for name, digest in tape.sha256.items() if digest != first[name]}
    assert changed == {"loans"}


def test_a_mapping_names_the_tables(con, core, tmp_path):
    (tmp_path / "map.yaml").write_text(
        "tables: {persons: {from: persons, columns: {person_id: person_id, name: name,"
        " jurisdiction: {value: TW}}}}"
    )
    with open_tape(con, core, load_mapping(tmp_path / "map.yaml")) as tape:
        assert list(tape.tables) == ["persons"]
        assert tape.tables["persons"].jurisdiction.to_pyarrow().to_pylist() == ["TW"]


def test_a_schema_without_a_tape(con, database):
    with pytest.raises(TapeError, match="no tape there") as caught:
        open_tape(con, address(database, "nowhere"))
    assert "schema nowhere" in caught.value.found


def test_a_database_that_is_away(con):
    with pytest.raises(Unavailable, match="cannot be read") as caught:
        open_tape(con, "postgresql://me:secret@127.0.0.1:1/core?schema=tape")
    assert "secret" not in str(caught.value)
