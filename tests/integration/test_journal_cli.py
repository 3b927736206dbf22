"""``arrears journal …``: what is printed, what is written, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from arrears.cli import app, work
from arrears.journal import keys
from arrears.journal.actions import of_case, of_person, record
from arrears.journal.models import JournalEntry
from arrears.kernel.ids import named
from arrears.people.models import Person
from arrears.store.actor import system
from arrears.store.transactions import transaction

ACTOR = system("test")
CASE = UUID(int=1)


@pytest.fixture
def arrears(committed_db, capsys, monkeypatch):
    """The command line in this process, on the database of the test."""
    monkeypatch.setattr(work, "at_work", lambda **_: nullcontext())

    def call(*arguments: object, code: int = 0):
        assert app.run(["journal", *map(str, arguments)]) == code, capsys.readouterr()
        out, err = capsys.readouterr()
        as_json = code == 0 and ("--json" in arguments or arguments[0] == "proof")
        return json.loads(out) if as_json else out + err

    return call


def fill(count: int = 3) -> list[UUID]:
    with transaction(ACTOR) as at:
        return [
            record(at, of_case(CASE), "contacts.called", {"n": n}, personal={"phone": str(n)})
            for n in range(count)
        ]


def test_a_day_is_sealed_exported_and_verified(arrears, tmp_path):
    fill()
    sealed = arrears("seal", "--day", "2026-06-30", "--json")
    assert (sealed["count"], sealed["is_new"], sealed["day"]) == (3, True, "2026-06-30")
    assert "was sealed already" in arrears("seal", "--day", "2026-06-30")
    arrears("key", "export", "--out", tmp_path / "keys.json")
    for scope in (["--case", CASE], ["--day", "2026-06-30"], ["--all"]):
        out = tmp_path / "export.jsonl"
        told = arrears("export", *scope, "--out", out, "--json")
        assert (out.stat().st_mode & 0o777) == 0o600
        report = arrears(
            "verify", out, "--trust", tmp_path / "keys.json", "--root", sealed["sha256"], "--json"
        )
        assert (report["good"], report["entries"]) == (True, told["entries"])
        assert '"phone"' not in out.read_text()
        out.write_text(out.read_text().replace('"n":1', '"n":7', 1))
        assert "TAMPERED" in arrears("verify", out, code=65)
    arrears("export", "--case", CASE, "--with-personal", "--out", out)
    assert '"phone"' in out.read_text()
    report = arrears("verify", "--root", sealed["root"], "--json")
    assert report["good"] and report["seals"] == 1
    assert "a wrong root" in arrears("verify", "--root", "0" * 64, code=65)


def test_a_persons_export_has_their_cases_too(arrears, tmp_path):
    person_id = named("person", "P-1")
    with transaction(ACTOR) as at:
        Person.objects.create(
            id=person_id, person_ref="P-1", jurisdiction="CN", tape_id=uuid4(), updated_at=at.now
        )
        record(at, of_person(person_id), "conduct.held", {})
    for who in ("P-1", person_id):
        told = arrears("export", "--person", who, "--out", tmp_path / "p.jsonl")
        assert "1 entries" in told and "not covered by a seal yet" in told
    assert "no such person" in arrears(
        "export", "--person", "P-2", "--out", tmp_path / "q", code=66
    )


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["export", "--out", "x"], 2, "one of --case"),
        (["export", "--all", "--day", "2026-06-30", "--out", "x"], 2, "one of --case"),
        (["export", "--case", "7", "--out", "x"], 2, "UUID"),
        (["export", "--case", CASE, "--out", "x"], 66, "nothing on record"),
        (["export", "--day", "2026-06-30", "--out", "x"], 66, "nothing on record"),
        (["verify", "nowhere"], 66, "cannot be read"),
        (["verify", "--root", "12"], 66, "64 hexadecimal digits"),
        (["verify", "--trust", "nowhere"], 66, "cannot be read"),
        (["proof", CASE], 66, "no such journal entry"),
        (["erase", CASE, "--reason", "x"], 66, "no such journal entry"),
        (["key", "export", "--out", "x"], 66, "no key yet"),
        (["key", "new", "--lost", "gone"], 75, "no key of the journal is lost"),
        (["verifier", "--out", "no/such/folder/v.py"], 69, "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_left(
    arrears, arguments, code, told, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert app.run(["journal", *map(str, arguments)]) == code
    assert told in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_keys_are_made_rotated_lost_and_listed(arrears, tmp_path):
    arrears("key", "new")
    assert "already" in arrears("key", "new", code=75)
    arrears("key", "rotate")
    first, second = arrears("key", "list", "--json")
    assert (first["file"], second["file"], second["after_a_loss"]) == ("present", "present", "no")
    (keys.folder() / f"seal-{second['id']}.pem").unlink()
    fill()
    assert "--lost REASON" in arrears("seal", code=78)
    assert "cannot be used" in arrears("export", "--all", "--out", tmp_path / "x", code=78)
    arrears("export", "--all", "--unsigned", "--out", tmp_path / "x")
    assert "not signed" in arrears("verify", tmp_path / "x", code=65)
    arrears("key", "new", "--lost", "the vault burned down")
    arrears("seal")
    assert "KEY LOST" in arrears("verify")
    assert "Keys" in arrears("key", "list")
    arrears("restored", "--source", "backup of 29 June", "--reason", "disk failure")
    assert "after a restore from backup of 29 June" in arrears("verify")


def test_a_proof_and_an_erasure_of_one_entry(arrears):
    entry_id, *_ = fill()
    assert "no seal covers" in arrears("proof", entry_id, code=75)
    sealed = arrears("seal", "--day", date(2026, 6, 30), "--json")
    proof = arrears("proof", entry_id)
    assert (proof["index"], proof["count"], proof["root"]) == (0, 3, sealed["root"])
    arrears("erase", entry_id, "--reason", "asked for by the person")
    assert arrears("verify", "--json")["erased"] == 1
    with transaction(ACTOR):
        assert JournalEntry.objects.filter(kind="journal.erased").count() == 1


def test_the_verifier_is_written_and_runs_where_nothing_of_arrears_is(arrears, tmp_path):
    fill()
    arrears("seal")
    arrears("export", "--all", "--out", tmp_path / "export.jsonl")
    arrears("verifier", "--out", tmp_path / "verify_journal.py")
    done = subprocess.run(
        [sys.executable, "-I", "verify_journal.py", "export.jsonl"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == arrears("verify", tmp_path / "export.jsonl")


def test_a_file_is_verified_without_a_database(tmp_path: Path):
    (tmp_path / "empty").write_text("")
    done = subprocess.run(
        [sys.executable, "-c",
         "import sys; from arrears.cli import app; code = app.run(sys.argv[1:]);"
         " assert 'django' not in sys.modules; sys.exit(code)",
         "journal", "verify", str(tmp_path / "empty")],
        env={**os.environ, "ARREARS_HOME": str(tmp_path / "home")},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 65, done.stderr
    assert "truncated" in done.stdout
    assert not (tmp_path / "home").exists()
