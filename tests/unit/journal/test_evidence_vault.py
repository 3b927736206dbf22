"""Evidence on disk: what was put in comes out, and nothing else ever does."""

from __future__ import annotations

import hashlib
import io
import stat
import tempfile
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from arrears.journal.evidence import vault as vaults
from arrears.journal.evidence.vault import PART_BYTES, TAG_BYTES, EvidenceDamaged, Vault
from arrears.kernel.errors import BadInput, ConfigError
from arrears.store.keyring import KeyRing

ONE, TWO = UUID(int=1), UUID(int=2)


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "evidence", KeyRing(tmp_path / "keys", "evidence"))


def put(vault: Vault, content: bytes, file_id: UUID = ONE) -> str:
    return vault.put(io.BytesIO(content), file_id).sha256


def only_file(vault: Vault) -> Path:
    (path,) = vault.folder.glob("??/*.evidence")
    return path


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3), st.integers(-2, 2), st.binary(min_size=1, max_size=50))
def test_what_was_put_in_comes_out(parts: int, more: int, pattern: bytes) -> None:
    size = max(1, parts * PART_BYTES + more)
    content = (pattern * (size // len(pattern) + 1))[:size]
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault(Path(folder) / "evidence", KeyRing(Path(folder) / "keys", "evidence"))
        stored = vault.put(io.BytesIO(content), ONE)
        assert stored.sha256 == hashlib.sha256(content).hexdigest()
        assert stored.size_bytes == size == vault.check(stored.sha256, ONE)
        assert b"".join(vault.read(stored.sha256, ONE)) == content


def test_nothing_on_disk_shows_the_content_or_opens_to_others(vault: Vault) -> None:
    put(vault, b"Li Wei, 6217 0000 1234" * 5000)
    path = only_file(vault)
    assert b"Li Wei" not in path.read_bytes()
    (key,) = vault.ring.folder.glob("*.key")
    for private in (path, key):
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
    for folder in (vault.folder, vault.ring.folder):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_same_content_twice_is_encrypted_differently(vault: Vault) -> None:
    put(vault, b"same", ONE)
    put(vault, b"same", TWO)
    first, second = (path.read_bytes() for path in vault.folder.glob("??/*.evidence"))
    assert first != second


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_every_flipped_bit_is_found(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        vault = Vault(Path(folder) / "evidence", KeyRing(Path(folder) / "keys", "evidence"))
        sha256 = put(vault, b"x" * 300)
        path = only_file(vault)
        whole = bytearray(path.read_bytes())
        place = data.draw(st.integers(0, len(whole) * 8 - 1))
        whole[place // 8] ^= 1 << place % 8
        path.write_bytes(whole)
        with pytest.raises(EvidenceDamaged):
            list(vault.read(sha256, ONE))


def parted(path: Path) -> tuple[bytes, list[bytes]]:
    whole, header = path.read_bytes(), vaults._HEADER_BYTES
    step = PART_BYTES + TAG_BYTES
    return whole[:header], [whole[at : at + step] for at in range(header, len(whole), step)]


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts[:-1],
        lambda parts: parts[1:],
        lambda parts: [parts[1], parts[0], *parts[2:]],
        lambda parts: [parts[0], *parts],
        lambda parts: [*parts, parts[-1]],
        lambda parts: [],
    ],
    ids=["cut", "beheaded", "swapped", "repeated", "lengthened", "emptied"],
)
def test_parts_moved_about_are_found_before_any_is_handed_out(vault: Vault, change) -> None:
    sha256 = put(vault, bytes(3 * PART_BYTES))
    path = only_file(vault)
    header, parts = parted(path)
    path.write_bytes(header + b"".join(change(parts)))
    reading = vault.read(sha256, ONE)
    with pytest.raises(EvidenceDamaged):
        next(reading)


def test_another_file_in_its_place_is_found(vault: Vault) -> None:
    put(vault, b"the other", TWO)
    other = only_file(vault).read_bytes()
    sha256 = put(vault, b"the one", ONE)
    vault._place(sha256, ONE).write_bytes(other)
    with pytest.raises(EvidenceDamaged, match="something else"):
        next(vault.read(sha256, ONE))


def test_a_lost_file_and_a_lost_key_are_said(vault: Vault) -> None:
    sha256 = put(vault, b"gone")
    (key,) = vault.ring.folder.glob("*.key")
    secret = key.read_text()
    key.write_text("not a key")
    with pytest.raises(ConfigError, match="cannot be read"):
        vault.check(sha256, ONE)
    key.unlink()
    with pytest.raises(EvidenceDamaged, match="no key opens"):
        vault.check(sha256, ONE)
    with pytest.raises(ConfigError, match="cannot be read"):
        put(vault, b"more", TWO)
    key.write_text(secret)
    assert vault.check(sha256, ONE) == 4
    vault.remove(sha256, ONE)
    vault.remove(sha256, ONE)
    with pytest.raises(EvidenceDamaged, match="is gone"):
        vault.check(sha256, ONE)


def test_a_new_key_closes_new_files_and_the_old_one_still_opens(vault: Vault) -> None:
    old = vault.put(io.BytesIO(b"old"), ONE)
    vault.ring.rotate()
    new = vault.put(io.BytesIO(b"new"), TWO)
    assert old.key_id != new.key_id
    assert vault.ring.ids() == sorted([old.key_id, new.key_id])
    assert b"".join(vault.read(old.sha256, ONE)) == b"old"


@pytest.mark.parametrize("content", [b"", b"another"], ids=["empty", "other"])
def test_a_file_that_is_refused_leaves_nothing(vault: Vault, content: bytes) -> None:
    with pytest.raises(BadInput):
        vault.put(io.BytesIO(content), ONE, expected_sha256="0" * 64)
    assert [path for path in vault.folder.rglob("*") if path.is_file()] == []


def test_a_file_beyond_the_limit_is_refused(vault: Vault, monkeypatch) -> None:
    monkeypatch.setattr(vaults, "MOST_BYTES", 100)
    with pytest.raises(BadInput, match="too large"):
        put(vault, bytes(101))
    put(vault, bytes(100))


def test_a_slow_stream_is_read_to_its_end(vault: Vault) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 1000))

    content = bytes(range(256)) * 1000
    sha256 = vault.put(Slow(content), ONE).sha256
    assert b"".join(vault.read(sha256, ONE)) == content


def test_files_are_listed_with_their_ids(vault: Vault) -> None:
    expected = sorted([(put(vault, b"a", ONE), ONE), (put(vault, b"b", TWO), TWO)])
    assert list(vault.files()) == expected
