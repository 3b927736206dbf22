"""Digest and file: the same rows, the same answer; wholly or not at all."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from arrears.book.canonical import ROWS_PER_GROUP, digest, exact, replaced, write_parquet
from arrears.book.engine import connect
from arrears.kernel.errors import BadInput, Unavailable


@pytest.fixture(scope="module")
def con() -> Iterator[Any]:
    backend = connect(threads=2, memory_limit="500MB")
    yield backend
    backend.disconnect()


def keep(con: Any, table: pa.Table) -> Any:
    return con.create_table(ibis.util.gen_name("t"), table, temp=True)


ROWS = pa.table(
    {
        "a": ["x\ty", "中\n", None, "\\N", "b"],
        "n": pa.array([1, -2, 3, None, 5], pa.int64()),
        "d": [date(2026, 1, 2), None, date(1, 1, 1), date(9999, 12, 31), date(2026, 1, 2)],
        "f": [True, False, None, True, False],
    }
)


def test_the_digest_is_of_the_sorted_lines_as_documented(con: Any) -> None:
    lines = [
        "x\\ty\t1\t2026-01-02\ttrue",
        "中\\n\t-2\t\\N\tfalse",
        "\\N\t3\t0001-01-01\t\\N",
        "\\\\N\t\\N\t9999-12-31\ttrue",
        "b\t5\t2026-01-02\tfalse",
    ]
    text = "\n".join(["a\tn\td\tf", *sorted(lines, key=str.encode)])
    assert digest(keep(con, ROWS)) == hashlib.sha256(text.encode()).hexdigest()


def test_order_and_integer_width_do_not_change_the_digest(con: Any) -> None:
    turned = ROWS.take([4, 2, 0, 1, 3])
    narrow = turned.set_column(1, "n", turned["n"].cast(pa.int32()))
    assert digest(keep(con, narrow)) == digest(keep(con, ROWS))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("a", ["x\ty", "中\n", "\\N", None, "b"]),  # null and the text \N are two things
        ("a", ["x\\ty", "中\n", None, "\\N", "b"]),  # so are a tab and the letters \t
        ("n", [1, -2, 3, None, 6]),
        ("f", [True, False, False, True, False]),
    ],
)
def test_any_other_value_changes_the_digest(con: Any, name: str, values: list[Any]) -> None:
    at = ROWS.schema.get_field_index(name)
    other = ROWS.set_column(at, name, pa.array(values, ROWS.schema.field(name).type))
    assert digest(keep(con, other)) != digest(keep(con, ROWS))


def test_a_row_that_stands_twice_counts_twice(con: Any) -> None:
    assert digest(keep(con, pa.concat_tables([ROWS, ROWS.slice(0, 1)]))) != digest(keep(con, ROWS))


def test_a_column_without_one_text_has_no_digest(con: Any) -> None:
    with pytest.raises(BadInput, match="no exact text") as caught:
        digest(keep(con, pa.table({"x": [1.5]})))
    assert caught.value.where == {"column": "x"}


def numbers(con: Any, rows: int) -> Any:
    name = ibis.util.gen_name("numbers")
    con.raw_sql(
        f"CREATE TEMP TABLE {name} AS SELECT hash(i)::VARCHAR AS k, i AS n, (i % 7)::INT AS m,"
        f" CASE WHEN i % 3 > 0 THEN DATE '2026-01-01' + (i % 999)::INT END AS d"
        f" FROM range({rows}) t(i)"
    )
    return con.table(name)


def test_a_file_has_exact_types_all_rows_sorted_and_the_same_bytes_again(
    con: Any, tmp_path: Path
) -> None:
    rows = ROWS_PER_GROUP + 1234
    table = numbers(con, rows)
    assert write_parquet(con, table, tmp_path / "a.parquet", ["k", "n"]) == rows
    other = connect(threads=1, memory_limit="500MB")
    write_parquet(other, numbers(other, rows), tmp_path / "new" / "b.parquet", ["k", "n"])
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "new/b.parquet").read_bytes()
    file = pq.ParquetFile(tmp_path / "a.parquet")
    assert file.schema_arrow.types == [pa.string(), pa.int64(), pa.int32(), pa.date32()]
    assert [file.metadata.row_group(g).num_rows for g in range(2)] == [ROWS_PER_GROUP, 1234]
    keys = file.read()["k"].to_pylist()
    assert keys == sorted(keys, key=str.encode)
    assert sum(file.read()["n"].to_pylist()) == rows * (rows - 1) // 2


def test_a_table_without_rows_is_a_file_with_columns(con: Any, tmp_path: Path) -> None:
    path = tmp_path / "none.parquet"
    assert write_parquet(con, numbers(con, 0), path, ["k"]) == 0
    assert pq.read_table(path).schema.names == ["k", "n", "m", "d"]


def test_a_sum_is_written_as_the_whole_number_it_is(con: Any, tmp_path: Path) -> None:
    # DuckDB sums 64-bit numbers to 128 bits, which its own Parquet writer makes a double.
    con.raw_sql(f"CREATE OR REPLACE TEMP TABLE big AS SELECT {2**62 + 1}::BIGINT AS n")
    table = con.table("big").agg(n=lambda t: t.n.sum())
    write_parquet(con, table, tmp_path / "sum.parquet", ["n"])
    assert (
        pq.read_table(tmp_path / "sum.parquet")["n"]
        .combine_chunks()
        .equals(pa.chunked_array([[2**62 + 1]], pa.int64()).combine_chunks())
    )


def test_a_sum_that_does_not_fit_is_refused(con: Any, tmp_path: Path) -> None:
    con.raw_sql(f"CREATE OR REPLACE TEMP TABLE huge AS SELECT {2**62}::BIGINT n FROM range(2)")
    table = con.table("huge").agg(n=lambda t: t.n.sum())
    with pytest.raises(BadInput, match="does not fit"):
        write_parquet(con, table, tmp_path / "sum.parquet", ["n"])
    assert list(tmp_path.iterdir()) == []


def test_a_double_where_a_whole_number_belongs_is_refused() -> None:
    with pytest.raises(BadInput, match="double") as caught:
        exact(pa.table({"n": [1.0]}), pa.schema({"n": pa.int64()}))
    assert caught.value.where == {"column": "n"}


def test_a_failure_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(RuntimeError), replaced(path) as unfinished:
        unfinished.write_text("new, half", encoding="utf-8")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


FULL = """
import resource, sys
from pathlib import Path
from arrears.book.canonical import write_parquet
from arrears.book.engine import connect
from arrears.kernel.errors import Unavailable
con = connect(threads=1, memory_limit="500MB", temp_directory=sys.argv[2])
con.raw_sql("CREATE TEMP TABLE t AS SELECT hash(i)::VARCHAR AS k FROM range(200000) r(i)")
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    write_parquet(con, con.table("t"), Path(sys.argv[1]), ["k"])
except Unavailable as error:
    print(error)
    sys.exit(error.exit_code)
"""


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "out" / "big.parquet"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(target), str(tmp_path / "spill")],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 69, done.stderr
    assert "the disk is full" in done.stdout
    assert "free space" in done.stdout
    assert list((tmp_path / "out").iterdir()) == []


def test_a_folder_that_cannot_be_is_said(con: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(Unavailable, match="cannot be written"):
        write_parquet(con, numbers(con, 1), tmp_path / "file" / "x.parquet", ["k"])
