"""Damage inside a Parquet file: looked for only when an engine has failed on a tape.

Reading every page beforehand would cost a scan. What a page decodes to although it was damaged
only the SHA-256 of the envelope tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from arrears.kernel.errors import ArrearsError, TapeError

_ENGINES = {"duckdb", "_duckdb", "pyarrow", "pyspark", "py4j"}


def refuse_damaged(files: Mapping[str, Sequence[Path]], error: BaseException | None) -> None:
    """After an engine's own error, read every page and refuse the first file that cannot be.

    Parameters
    ----------
    files
        The Parquet files read in place, by table.
    error
        What ended the work on the tape. Only an engine's errors are looked into.

    Raises
    ------
    TapeError
        With the file, if one is damaged. Else nothing: the error has another cause.
    """
    if error is None or isinstance(error, ArrearsError) or not _of_engine(error):
        return
    for table, paths in files.items():
        for path in paths:
            if (trouble := _trouble(path)) is not None:
                raise TapeError(
                    "the file is damaged inside",
                    expected="a Parquet file whose pages can all be read",
                    found=trouble,
                    remedy="have the file sent again and compare its size or SHA-256",
                    file=path,
                    table=table,
                ) from error


def _of_engine(error: BaseException) -> bool:
    if isinstance(error, duckdb.InterruptException):
        return False
    return any(kind.__module__.split(".")[0] in _ENGINES for kind in type(error).__mro__)


def _trouble(path: Path) -> str | None:
    quoted = str(path).replace("'", "''")
    with duckdb.connect(config={"threads": 1, "memory_limit": "1GB", "temp_directory": ""}) as con:
        try:
            # Adding up hashes takes every value of every column, in little memory.
            con.execute(f"SELECT sum(hash(COLUMNS(*))::HUGEINT) FROM read_parquet('{quoted}')")
        except duckdb.Error as error:
            return " ".join(str(error).split())
    return None
