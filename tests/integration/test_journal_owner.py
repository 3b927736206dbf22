"""A database in the hands of its owner, who can switch triggers off; and what is exported of it."""

from __future__ import annotations

from uuid import UUID

import pytest
from journal_files import ACTOR, CASE, DAY, Export, fill

from arrears.journal import keys
from arrears.journal.actions import erase, of_house, record
from arrears.journal.queries import verify_database
from arrears.kernel.errors import ConfigError, NotFound
from arrears.store.transactions import transaction


def tampered(database, *statements: str) -> None:
    with database.owner() as owner:
        tables = ("journal_entry", "journal_head", "journal_statement", "journal_personal")
        for table in tables:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        for statement in statements:
            assert owner.execute(statement).rowcount, statement
        for table in tables:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            if table in ("journal_entry", "journal_personal"):
                owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


SECOND = f"stream = '{CASE.name}' AND seq = 2"
LAST = f"stream = '{CASE.name}' AND seq = 9"


@pytest.mark.parametrize(
    ("statements", "stream", "seq"),
    [
        ([f"UPDATE journal_entry SET data = '{{}}' WHERE {SECOND}"], CASE.name, 2),
        ([f"UPDATE journal_entry SET actor = 'x' WHERE {SECOND}"], CASE.name, 2),
        ([f"UPDATE journal_entry SET at = at + interval '1 us' WHERE {SECOND}"], CASE.name, 2),
        ([f"DELETE FROM journal_entry WHERE {SECOND}"], CASE.name, 3),
        ([f"DELETE FROM journal_entry WHERE {LAST}"], CASE.name, 8),
        (["UPDATE journal_head SET seq = 4, sha256 = prev_sha256 FROM journal_entry e"
          f" WHERE e.{SECOND.replace('AND ', 'AND e.')} AND journal_head.stream = e.stream"],
         CASE.name, 9),
        ([f"UPDATE journal_entry SET position = position + 1000 WHERE {SECOND}"], CASE.name, 3),
        (["UPDATE journal_personal SET data = '{}'"], CASE.name, 3),
        (["DELETE FROM journal_personal"], CASE.name, 3),
    ],
)  # fmt: skip
def test_what_the_owner_changed_is_found_in_place(committed_db, statements, stream, seq):
    fill()
    assert verify_database(ACTOR).wrong == 0
    tampered(committed_db, *statements)
    findings = verify_database(ACTOR).findings
    assert [f for f in findings if (f.stream, f.seq) == (stream, seq)], findings


def test_an_owner_who_hashes_everything_anew_is_found_by_the_seal(committed_db):
    fill()
    before = verify_database(ACTOR).newest_statement
    # The last sealed entry of a stream, and its head: nothing in the chain speaks against it.
    house = of_house("rules").name
    with transaction(ACTOR) as at:
        record(at, of_house("runs"), "daily.finished", {})
    tampered(
        committed_db,
        f"DELETE FROM journal_entry WHERE stream = '{house}' AND seq > 1",
        "UPDATE journal_head h SET seq = e.seq, sha256 = e.sha256, position = e.position"
        f" FROM journal_entry e WHERE e.stream = h.stream AND h.stream = '{house}'",
    )
    findings = verify_database(ACTOR, root=before).findings
    assert [f.seal for f in findings] == [4]
    assert "covers 10 entries, and the 9 here are not those" in findings[0].what
    # Without its seals the journal fits itself; whoever holds a root finds that they are gone.
    tampered(
        committed_db,
        "DELETE FROM journal_statement WHERE number > 3",
    )
    assert verify_database(ACTOR).wrong == 0
    (finding,) = verify_database(ACTOR, root=before).findings
    assert "a wrong root" in finding.what


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_statement SET statement = replace(statement, '06-30', '06-29')"
        " WHERE number = 2",
        "UPDATE journal_statement SET count = 1 WHERE number = 2",
        "UPDATE journal_statement SET cut = cut + 1 WHERE number = 2",
        "UPDATE journal_statement SET signature = decode(repeat('00', 64), 'hex') WHERE number = 2",
        "DELETE FROM journal_statement WHERE number = 2",
        "UPDATE journal_statement SET statement = '{' WHERE number = 2",
    ],
)
def test_a_seal_that_the_owner_changed_is_named(committed_db, statement):
    fill()
    tampered(committed_db, statement)
    findings = verify_database(ACTOR).findings
    assert [f for f in findings if f.seal in (2, 3)], findings


# Export


@pytest.mark.django_db
def test_an_export_of_nothing_is_refused_and_each_export_is_on_record():
    with pytest.raises(NotFound, match="nothing on record"):
        Export.of([CASE])
    with pytest.raises(NotFound):
        Export.of(DAY)
    with transaction(ACTOR) as at:
        record(at, CASE, "cases.opened", {})
    Export.of([CASE])
    again = Export.of(None)
    assert again.lines[-2]["entry"]["kind"] == "journal.exported"
    assert again.lines[-2]["entry"]["data"]["scope"] == {"kind": "streams", "streams": [CASE.name]}


@pytest.mark.django_db
def test_a_journal_that_was_never_sealed_is_exported_and_says_so(tmp_path):
    with transaction(ACTOR) as at:
        record(at, CASE, "cases.opened", {})
    report = Export.of([CASE]).verified(tmp_path / "e")
    assert report.findings == []
    assert "nothing here was ever sealed" in report.notes[0]
    trusting = Export.of([CASE]).verified(tmp_path / "e", trust={"0" * 16: b"0" * 32})
    assert trusting.wrong == 1


@pytest.mark.django_db
def test_erased_data_is_told_of_and_not_exported(tmp_path):
    fill()
    entry_id = next(
        line["entry"]["id"]
        for line in Export.of([CASE], personal=True).lines
        if line["type"] == "entry" and line["personal"]
    )
    with transaction(ACTOR) as at:
        erase(at, UUID(entry_id), "asked for")
    for scope in ([CASE], None):
        export = Export.of(scope, personal=True)
        report = export.verified(tmp_path / "e")
        assert (report.findings, report.erased) == ([], 1)


@pytest.mark.django_db
def test_an_export_cannot_be_signed_without_the_key(tmp_path):
    fill()
    for each in keys.present():
        (keys.folder() / f"seal-{each}.pem").unlink()
    with pytest.raises(ConfigError):
        Export.of([CASE])
    assert Export.of([CASE], signed=False).lines
