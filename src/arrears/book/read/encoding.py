"""The encoding of a CSV file: its byte-order mark, else strict UTF-8, else strict GB18030."""

from __future__ import annotations

import codecs
import errno
import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import duckdb

from arrears.kernel.errors import TapeError, Unavailable

_CHUNK_BYTES = 4 << 20
# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@contextmanager
def disk_trouble(path: Path | str, doing: str) -> Iterator[None]:
    """Turn a full or failing disk into Unavailable with what to do; nothing half-made is used."""
    try:
        yield
    except (OSError, duckdb.IOException, duckdb.OutOfMemoryException) as error:
        if not _is_disk_trouble(error):
            raise
        raise Unavailable(
            f"the disk is full or failing while {doing}",
            found=" ".join(str(error).split()),
            remedy="free space there (a tape needs about its unpacked size), then run it again;"
            " nothing has been taken in",
            file=path,
        ) from error


def _is_disk_trouble(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
    text = str(error).lower()
    return any(mark in text for mark in ("no space left", "could not write", "file too large"))


def open_bytes(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked if its name ends in ``.gz``."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def chunks(path: Path) -> Iterator[bytes]:
    """The unpacked bytes of a file in pieces.

    Raises
    ------
    TapeError
        If a ``.gz`` file is truncated or damaged, with the offset that could still be read.
    """
    offset = 0
    with open_bytes(path) as stream:
        while True:
            try:
                piece = stream.read(_CHUNK_BYTES)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise TapeError(
                    "the packed file is truncated or damaged",
                    expected="a whole gzip file",
                    found=f"{error} after {offset} unpacked bytes",
                    remedy="have the file sent again and compare its size or SHA-256",
                    file=path,
                ) from error
            if not piece:
                return
            offset += len(piece)
            yield piece


def utf8_bytes(path: Path, encoding: str, scratch: Path) -> tuple[Path, bool]:
    """A file that holds the same text as UTF-8 without a mark: the file itself, or a copy.

    Parameters
    ----------
    encoding
        ``auto``, or the one that the mapping names.
    scratch
        Directory of the copy.

    Returns
    -------
    tuple
        The path, and whether it starts with a UTF-8 byte-order mark that a reader must skip.

    Raises
    ------
    TapeError
        If the bytes are of none of the encodings, naming the first offset and row.
    Unavailable
        If the disk is full.
    """
    head = next(chunks(path), b"")
    mark = next((name for mark, name in _MARKS if head.startswith(mark)), None)
    chosen = mark or ("utf-8" if encoding == "auto" else encoding)
    if chosen in ("utf-8", "utf-8-sig"):
        failed = _first_failure(path, "utf-8")
        if failed is None:
            return path, chosen == "utf-8-sig"
        if mark or encoding != "auto":
            raise _refused(path, [("utf-8", failed)])
        tried = [("utf-8", failed)]
        chosen = "gb18030"
    else:
        tried = []
    failed = _first_failure(path, chosen)
    if failed is not None:
        raise _refused(path, [*tried, (chosen, failed)])
    return _transcode(path, chosen, scratch), False


def _first_failure(path: Path, encoding: str) -> tuple[int, int, bytes] | None:
    """Byte offset, row (the header is row 0) and bytes at the first place that does not decode."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    offset = lines = pending = 0
    piece = b""
    try:
        for piece in chunks(path):
            text = decoder.decode(piece)
            lines += text.count("\n")
            offset += len(piece)
            pending = len(decoder.getstate()[0])
        decoder.decode(b"", True)
    except UnicodeDecodeError as error:
        # error.object is what was kept from the piece before, and the new one.
        start = offset - pending + error.start
        lines += error.object[: error.start].decode(encoding, "replace").count("\n")
        return start, lines, bytes(error.object[error.start : error.start + 4])
    return None


def _refused(path: Path, tried: list[tuple[str, tuple[int, int, bytes]]]) -> TapeError:
    found = "; ".join(
        f"not {name.upper()}: bytes {piece.hex(' ')} at offset {offset}, row {row}"
        for name, (offset, row, piece) in tried
    )
    return TapeError(
        "the text of the file is in no encoding that is read",
        expected="UTF-8 (with or without byte-order mark), UTF-16 with its mark, or GB18030",
        found=found,
        remedy="export the file as UTF-8, or have it sent again if it was damaged on its way",
        file=path,
        row=tried[0][1][1],
    )


def _transcode(path: Path, encoding: str, scratch: Path) -> Path:
    target = scratch / f"{path.name.removesuffix('.gz')}.utf8.csv"
    decoder: Any = codecs.getincrementaldecoder(encoding)("strict")
    with disk_trouble(scratch, f"{path.name} is written as UTF-8"), target.open("wb") as out:
        for piece in chunks(path):
            out.write(decoder.decode(piece).encode())
        out.write(decoder.decode(b"", True).encode())
    return target
