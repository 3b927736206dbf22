"""A disk that fills up while a tape is opened."""

from __future__ import annotations

import errno
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from tape_rows import book, person, write_book, write_csv

from arrears.book.read import open_tape
from arrears.kernel.errors import Unavailable


class _FullDisk:
    """A writable file on a disk without space."""

    def __init__(self, file):
        self._file = file

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def write(self, _):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_while_transcoding(duckdb_engine, tmp_path, monkeypatch):
    write_book(tmp_path, book(), "gb18030")
    opened = Path.open
    monkeypatch.setattr(
        Path,
        "open",
        lambda self, mode="r", **more: (
            _FullDisk(opened(self, mode)) if "w" in mode else opened(self, mode, **more)
        ),
    )
    with pytest.raises(Unavailable, match="disk is full") as caught:
        open_tape(duckdb_engine, tmp_path, scratch=tmp_path / "scratch")
    assert "free space" in caught.value.remedy
    assert list((tmp_path / "scratch").iterdir()) == []


CONVERT_WITH_LITTLE_ROOM = """
import resource, sys
from arrears.book.engine import connect
from arrears.book.read import open_tape
from arrears.kernel.errors import Unavailable
# The system refuses to let any file grow beyond this, as a full disk would.
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    open_tape(connect(threads=1, memory_limit="200MB"), sys.argv[1], scratch=sys.argv[2])
except Unavailable as error:
    print(error)
"""


def test_a_full_disk_while_converting(tmp_path):
    tape = tmp_path / "tape"
    tape.mkdir()
    names = [hashlib.sha256(str(n).encode()).hexdigest() for n in range(5_000)]
    write_csv(tape / "persons.csv", [person(name) for name in names])
    scratch = tmp_path / "scratch"
    command = [sys.executable, "-c", CONVERT_WITH_LITTLE_ROOM, str(tape), str(scratch)]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "disk is full or failing while persons is converted" in told.stdout, told.stderr
    assert "free space" in told.stdout
    assert list(scratch.iterdir()) == []
