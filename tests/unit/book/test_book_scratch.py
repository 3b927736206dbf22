"""Directories for spilled and converted data: nobody's are removed, those at work never."""

from __future__ import annotations

import gc
import subprocess
import sys
from contextlib import nullcontext

import pytest

from arrears.book.engine import connect
from arrears.book.read import open_tape
from arrears.book.scratch import PREFIX, Scratch
from arrears.kernel.errors import TapeError

HOLD = """
import os, signal, sys
from arrears.book.scratch import Scratch
held = Scratch(sys.argv[1])
(held.path / "spilled").write_text("much")
print(held.path, flush=True)
if sys.argv[2] == "die":
    os.kill(os.getpid(), signal.SIGKILL)
sys.stdin.read()
"""


def start(place, fate):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(place), fate],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    return process, process.stdout.readline().strip()


def test_what_a_killed_process_left_is_removed_and_what_is_at_work_stays(tmp_path):
    killed, left = start(tmp_path, "die")
    killed.wait(60)
    working, held = start(tmp_path, "wait")
    (tmp_path / "another's").mkdir()
    try:
        assert left != held
        mine = Scratch(tmp_path)
        names = {path.name for path in tmp_path.iterdir()}
        assert names == {"another's", mine.path.name, held.rpartition("/")[2]}
        assert (tmp_path / held / "spilled").read_text() == "much"
    finally:
        working.communicate("")
    assert not (tmp_path / held).exists()  # it ended in order


def test_a_directory_ends_with_its_owner_or_at_once(tmp_path):
    class Owner:
        pass

    owner, kept = Owner(), Scratch(tmp_path)
    path = kept.path
    kept.keep_for(owner)
    del kept
    gc.collect()
    assert path.is_dir() and path.name.startswith(PREFIX)
    del owner
    gc.collect()
    assert not path.exists()
    closed = Scratch(tmp_path)
    closed.close()
    closed.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sound", [True, False])
def test_neither_engine_nor_tape_leaves_anything(tmp_path, monkeypatch, sound):
    monkeypatch.chdir(tmp_path)
    source = tmp_path / "source"
    source.mkdir()
    if sound:
        (source / "persons.csv").write_text("person_id,name,jurisdiction\nP1,A,CN\n")
    opened_and_left(source, tmp_path / "scratch", sound)
    gc.collect()
    assert {path.name for path in tmp_path.iterdir()} == {"source", "scratch"}
    assert list((tmp_path / "scratch").iterdir()) == []


def opened_and_left(source, scratch, sound):
    con = connect(threads=1, memory_limit="300MB", temp_directory=scratch)
    expected = nullcontext() if sound else pytest.raises(TapeError)
    with expected, open_tape(con, source, scratch=scratch) as opened:
        assert opened.tables["persons"].count().execute() == 1
    assert len(list(scratch.iterdir())) == 1  # the engine's own
