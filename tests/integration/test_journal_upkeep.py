"""Keys that are made, rotated and lost, restores, and personal data that is erased."""

from __future__ import annotations

import shutil
from uuid import uuid4

import pytest
from journal_lines import ACTOR, CASE, act, notes, sealed, write

from arrears.journal import keys
from arrears.journal.actions import (
    erase,
    new_key,
    replace_lost_key,
    restored,
    rotate_key,
)
from arrears.journal.models import JournalPersonal, JournalStatement
from arrears.journal.queries import (
    entries,
    entries_of,
    keys_known,
    verify_database,
)
from arrears.kernel.errors import BadInput, ConfigError, Conflict, NotFound
from arrears.store.transactions import transaction


@pytest.mark.django_db
def test_keys_are_for_their_owner_only_and_rotate_under_a_signature():
    first = act(new_key)
    assert ((keys.folder() / f"seal-{first}.pem").stat().st_mode & 0o777) == 0o600
    assert (keys.folder().stat().st_mode & 0o077) == 0
    with pytest.raises(Conflict, match="already"):
        act(new_key)
    second = act(rotate_key)
    write(1)
    sealed()
    assert [key.id for key in keys_known(ACTOR)] == [first, second]
    assert JournalStatement.objects.get(kind="seal").key_id == second
    public = {key.id: bytes.fromhex(key.public_key) for key in keys_known(ACTOR)}
    assert verify_database(ACTOR, {first: public[first]}).wrong == 0
    stranger = verify_database(ACTOR, {second: public[second]})
    assert "unknown key" in stranger.findings[0].what


@pytest.mark.django_db
def test_a_lost_key_is_an_error_until_it_is_given_up_and_then_said_loudly():
    first = act(new_key)
    with pytest.raises(Conflict, match="no key of the journal is lost"):
        act(replace_lost_key, "mislaid")
    (keys.folder() / f"seal-{first}.pem").unlink()
    for refused in (lambda: sealed(), lambda: act(rotate_key), lambda: act(restored, "b", "r")):
        with pytest.raises(ConfigError, match="cannot be used") as lost:
            refused()
        assert "--lost" in lost.value.remedy
    with pytest.raises(BadInput):
        act(replace_lost_key, " ")
    second = act(replace_lost_key, "the disk of the vault died")
    write(1)
    sealed()
    assert "KEY LOST" in notes(verify_database(ACTOR))
    told = {k.id: bytes.fromhex(k.public_key) for k in keys_known(ACTOR)}
    trusting_old = verify_database(ACTOR, {first: told[first]})
    assert [f.what for f in trusting_old.findings] == [
        f"an unknown key, {second}: not one of those you trust"
    ]
    assert verify_database(ACTOR, told).wrong == 0


@pytest.mark.django_db
@pytest.mark.parametrize("spoil", ["damaged", "another", "open"])
def test_a_key_that_is_not_as_it_should_be_is_refused(spoil):
    first = act(new_key)
    path = keys.folder() / f"seal-{first}.pem"
    if spoil == "damaged":
        path.write_text(path.read_text()[:60])
    elif spoil == "another":
        other = keys.make()
        shutil.copy(keys.folder() / f"seal-{other.id}.pem", path)
    else:
        path.chmod(0o644)
    with pytest.raises(ConfigError):
        sealed()


@pytest.mark.django_db
def test_a_restore_is_stated_and_signed():
    write(1)
    sealed()
    number = act(restored, "backup of 2026-06-29", "the disk failed")
    told = notes(verify_database(ACTOR))
    assert f"statement {number}: the journal goes on after a restore from backup of" in told
    assert entries(ACTOR, kind="journal").rows[0].kind == "journal.restored"


# Erasing


@pytest.mark.django_db
def test_erasing_personal_data_keeps_the_chain_and_is_on_record():
    (entry_id,) = write(1, personal={"phone": "139"})
    sealed()
    act(erase, entry_id, "asked for by the person")
    with transaction(ACTOR):
        assert not JournalPersonal.objects.exists()
    newest, first = entries_of(ACTOR, CASE).rows
    assert newest.data == {"entry": str(entry_id), "reason": "asked for by the person"}
    assert (first.personal, first.personal_state, first.seal) == (None, "erased", 2)
    report = verify_database(ACTOR)
    assert (report.wrong, report.erased) == (0, 1)
    with pytest.raises(Conflict, match="no personal data"):
        act(erase, entry_id, "again")
    with pytest.raises(NotFound):
        act(erase, uuid4(), "nobody")
    with pytest.raises(BadInput):
        act(erase, entry_id, "")


@pytest.mark.django_db
def test_personal_data_that_vanished_without_a_record_is_found():
    (entry_id,) = write(1, personal={"phone": "139"})
    with transaction(ACTOR):
        JournalPersonal.objects.all().delete()
    (finding,) = verify_database(ACTOR).findings
    assert (finding.id, finding.seq) == (str(entry_id), 1)
    assert "no erasure is on record" in finding.what
