"""Values sealed one by one: what opens, what does not, and what is said then."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.kernel.errors import ConfigError
from arrears.store.keyring import KeyRing
from arrears.store.sealed.cells import CELLS, open_cells, seal_cells
from arrears.store.sealed.cipher import Damaged, Opener, Sealer
from arrears.store.sealed.keyed import Key

PLACE, ROW = "people_person.phone", "P-1"
NUMBER = "+8613800138000"
KEY = Key(b"k" * 32)


@pytest.fixture(scope="module")
def ring(tmp_path_factory) -> KeyRing:
    return KeyRing(tmp_path_factory.mktemp("keys") / "personal", "personal data")


@given(text=st.text(), row=st.text(), place=st.sampled_from([PLACE, "loans_loan.contract_no"]))
def test_what_is_sealed_opens_as_it_was(ring, text, row, place):
    sealed = Sealer(ring).seal(place, row, text)
    assert Opener(ring).open(place, row, sealed) == text
    assert len(text) < 3 or text not in sealed


def test_the_same_text_is_sealed_differently_each_time(ring):
    sealer = Sealer(ring)
    assert len({sealer.seal(PLACE, ROW, NUMBER) for _ in range(100)}) == 100


def test_a_huge_text_is_sealed_whole(ring):
    text = "长" * 3_000_000
    assert Opener(ring).open(PLACE, ROW, Sealer(ring).seal(PLACE, ROW, text)) == text


@pytest.mark.parametrize(
    ("place", "row"),
    [(PLACE, "P-2"), (PLACE, ""), ("people_person.email", ROW), ("people_person", "phone")],
)
def test_a_value_of_another_row_or_column_does_not_open(ring, place, row):
    sealed = Sealer(ring).seal(PLACE, ROW, NUMBER)
    with pytest.raises(Damaged, match="does not open") as refused:
        Opener(ring).open(place, row, sealed)
    assert NUMBER not in str(refused.value) and sealed not in str(refused.value)


@given(data=st.data())
def test_every_changed_byte_and_every_cut_is_found(ring, data):
    sealed = Sealer(ring).seal(PLACE, ROW, NUMBER)
    _, key_id, closed = sealed.split(".")
    raw = bytearray(base64.b64decode(closed))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    changed = f"s1.{key_id}.{base64.b64encode(raw).decode()}"
    cut = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    for wrong in (changed, cut, f"{sealed}A", f"{sealed}\n", sealed.lower()):
        with pytest.raises(Damaged):
            Opener(ring).open(PLACE, ROW, wrong)


@pytest.mark.parametrize("wrong", [NUMBER, "", "s1.", "s1.zz.AAAA", "s1.0123456789abcdef.", "\0"])
def test_a_text_that_is_not_sealed_is_refused(ring, wrong):
    with pytest.raises(Damaged, match="not sealed"):
        Opener(ring).open(PLACE, ROW, wrong)


def test_old_keys_open_and_a_lost_one_says_what_to_do(tmp_path):
    ring = KeyRing(tmp_path / "personal", "personal data")
    before = Sealer(ring)
    sealed = before.seal(PLACE, ROW, NUMBER)
    ring.rotate()
    anew = Sealer(ring)
    assert anew.key_id != before.key_id
    assert Opener(ring).open(PLACE, ROW, sealed) == NUMBER
    # A process that read the key before it changed goes on sealing with it: that opens as well.
    assert Opener(ring).open(PLACE, ROW, before.seal(PLACE, ROW, NUMBER)) == NUMBER
    (ring.folder / f"{before.key_id}.key").unlink()
    with pytest.raises(ConfigError, match="bring the folder of keys back") as lost:
        Opener(ring).open(PLACE, ROW, sealed)
    assert before.key_id in str(lost.value)
    assert Opener(ring).open(PLACE, ROW, anew.seal(PLACE, ROW, NUMBER)) == NUMBER


def test_another_key_under_the_same_id_does_not_open(tmp_path):
    one, other = (KeyRing(tmp_path / name, "personal data") for name in ("one", "other"))
    sealer = Sealer(one)
    sealed = sealer.seal(PLACE, ROW, NUMBER)
    other.rotate()
    (there,) = other.folder.glob("*.key")
    there.rename(other.folder / f"{sealer.key_id}.key")
    with pytest.raises(Damaged):
        Opener(other).open(PLACE, ROW, sealed)


def test_of_a_row_kept_whole_the_personal_cells_are_sealed(ring):
    cells = dict.fromkeys(CELLS, "138") | {"extra": {"note": ["a", 1]}, "kind": "phone"}
    sealed = seal_cells(Sealer(ring), "loans_kept_row.row", ROW, cells)
    assert sealed["kind"] == "phone"
    assert all(sealed[name].startswith("s1.") for name in CELLS)
    assert open_cells(Opener(ring), "loans_kept_row.row", ROW, sealed) == cells
    swapped = sealed | {"phone": sealed["value"], "value": sealed["phone"]}
    with pytest.raises(Damaged):
        open_cells(Opener(ring), "loans_kept_row.row", ROW, swapped)
    with pytest.raises(Damaged):
        open_cells(Opener(ring), "loans_kept_row.row", ROW, cells)


@given(a=st.lists(st.none() | st.text(), min_size=3, max_size=3), data=st.data())
def test_the_hash_of_cells_tells_any_two_apart(a, data):
    b = data.draw(st.lists(st.none() | st.text(), min_size=3, max_size=3))
    assert (KEY.of_cells(*a) == KEY.of_cells(*b)) == (a == b)


def test_an_account_is_hashed_whole_and_a_phone_without_its_country():
    assert KEY.of_account("2024 0000 0001 2345") == KEY.of_account("2024000000012345")
    assert KEY.of_account("2024000000012345") != KEY.of_account("2025000000012345")
    assert KEY.of_account(" - ") is None
    ways = ["+86 138-0013-8000", "13800138000", "008613800138000", "８６１３８００１３８０００"]
    assert len({KEY.of_number(way) for way in ways}) == 1
