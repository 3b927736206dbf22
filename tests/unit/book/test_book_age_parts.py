"""The small parts of ageing: exact division, days, buckets, waterfalls, who stands where."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from arrears.book.age import age
from arrears.book.age.bucket import bucket_of
from arrears.book.age.waterfall import load_waterfalls, shipped_waterfalls
from arrears.book.due import due
from arrears.book.engine import connect
from arrears.book.exact import WIDE, half_even, running_total, total
from arrears.kernel.errors import BadInput, ConfigError

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def con() -> Iterator[Any]:
    backend = connect(threads=1, memory_limit="500MB")
    yield backend
    backend.disconnect()


@pytest.mark.parametrize("denominator", [3_650_000, 1, 2, 7])
def test_division_is_exact_far_beyond_what_a_double_holds(con: Any, denominator: int) -> None:
    numerators = [0, 1, 2, 3, 2**53 + 1, 90071992547409931, 10**22 + 1, 3 * 10**24 + 5]
    numerators += [denominator * n + denominator // 2 for n in (0, 1, 2, 3, 10**15, 10**18 + 1)]
    texts = ibis.memtable(pa.table({"n": [str(n) for n in numerators]}))
    row = texts.select("n", q=half_even(con, texts.n.cast(WIDE), denominator).cast("string"))
    got = {int(r["n"]): int(r["q"]) for r in con.to_pyarrow(row).to_pylist()}
    assert got == {n: round(Fraction(n, denominator)) for n in numerators}


def test_sums_keep_every_digit(con: Any) -> None:
    amounts = pa.table({"k": ["a"] * 3, "n": [1, 2, 3], "x": [2**62, 2**62, 2**62 + 1]})
    table = ibis.memtable(amounts)
    assert con.to_pyarrow(total(table.x)).as_py() == 3 * 2**62 + 1
    running = table.select("n", s=running_total(table.x, table.k, [table.n])).order_by("n")
    assert [int(r["s"]) for r in con.to_pyarrow(running).to_pylist()] == [
        2**62,
        2**63,
        3 * 2**62 + 1,
    ]


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(1, "M1"), (30, "M1"), (31, "M2"), (60, "M2"), (150, "M5"), (151, "M6"), (180, "M6"),
     (181, "M7+"), (9999, "M7+")],
)  # fmt: skip
def test_buckets_end_after_whole_months_of_thirty_days(days: int, bucket: str) -> None:
    assert bucket_of(days) == bucket


def test_no_bucket_before_the_first_day_overdue() -> None:
    with pytest.raises(ValueError, match="0 days"):
        bucket_of(0)


def book(con: Any, *, principal: int, count: int = 1, rate: int | None = None) -> dict[str, Any]:
    tables = {
        "loans": pa.table(
            {
                "loan_id": ["L"],
                "person_id": ["P"],
                "product": ["other"],
                "currency": ["CNY"],
                "overdue_rate_bps": pa.array([rate], pa.int32()),
                "grace_days": pa.array([0], pa.int32()),
            }
        ),
        "instalments": pa.table(
            {
                "loan_id": ["L"] * count,
                "seq": pa.array(range(count), pa.int32()),
                "due_on": [date(2026, 5, 1)] * count,
                "principal_minor": [principal] * count,
                "interest_minor": [0] * count,
                "fee_minor": [0] * count,
            }
        ),
    }
    return {n: con.create_table(ibis.util.gen_name(n), t, temp=True) for n, t in tables.items()}


def test_a_sum_beyond_64_bits_is_refused_and_named(con: Any) -> None:
    with pytest.raises(BadInput, match="64 bits") as caught:
        age(con, book(con, principal=10**14, count=100_000), DAY)
    assert caught.value.where == {"column": "principal_overdue_minor", "key": "L"}
    assert caught.value.found == str(10**19)


def test_the_largest_sums_that_fit_are_exact(con: Any) -> None:
    row = age(con, book(con, principal=10**14, count=92_000, rate=1), DAY).to_pyarrow().to_pylist()
    assert row[0]["overdue_minor"] == 92_000 * 10**14
    assert row[0]["late_interest_minor"] == round(Fraction(92_000 * 10**14 * 60, 3_650_000))


def test_a_book_without_payments_needs_no_table_of_them(con: Any) -> None:
    (row,) = age(con, book(con, principal=5), DAY).to_pyarrow().to_pylist()
    assert (row["overdue_minor"], row["last_paid_on"], row["days_past_due"]) == (5, None, 60)


def test_nothing_is_left_behind_in_the_engine(con: Any) -> None:
    tables = book(con, principal=5)
    count = "SELECT count(*) FROM duckdb_tables()"
    before = con.raw_sql(count).fetchone()[0]
    age(con, tables, DAY)
    assert con.raw_sql(count).fetchone()[0] - before == 2  # overdue and overpaid


@pytest.mark.parametrize("days", [-1, 3661])
def test_looking_ahead_has_bounds(con: Any, days: int) -> None:
    with pytest.raises(BadInput, match="out of range"):
        due(con, book(con, principal=5), DAY, days)


def test_looking_ahead_to_the_end_of_the_calendar(con: Any) -> None:
    assert due(con, book(con, principal=5), date.max, 30).count().to_pyarrow().as_py() == 0


def test_the_shipped_waterfall_is_that_of_the_civil_code() -> None:
    assert shipped_waterfalls().of("credit_card", "CN") == ("fee", "interest", "principal")


WATERFALLS = """
rules:
  - {product: [credit_card], jurisdiction: ["TW", "CN-44"], order: [interest, fee, principal]}
  - {order: [fee, interest, principal]}
"""


def waterfalls(tmp_path: Path, text: str) -> Any:
    path = tmp_path / "waterfalls.yaml"
    path.write_text(text, encoding="utf-8")
    return load_waterfalls(path)


@pytest.mark.parametrize(
    ("product", "place", "first"),
    [("credit_card", "TW", "interest"), ("credit_card", "TW-TPE", "interest"),
     ("credit_card", "CN-44", "interest"), ("credit_card", "CN-11", "fee"),
     ("credit_card", "TWX", "fee"), ("credit_card", None, "fee"), ("other", "TW", "fee")],
)  # fmt: skip
def test_a_waterfall_by_product_and_place(
    tmp_path: Path, con: Any, product: str, place: str | None, first: str
) -> None:
    rules = waterfalls(tmp_path, WATERFALLS)
    assert rules.of(product, place)[0] == first
    loans = ibis.memtable(
        pa.table({"product": [product], "jurisdiction": pa.array([place], pa.string())})
    )
    number = con.to_pyarrow(loans.select(n=rules.number(loans)))["n"][0].as_py()
    assert rules.rules[number].order[0] == first


def test_waterfalls_by_place_need_to_know_the_place(tmp_path: Path, con: Any) -> None:
    with pytest.raises(ConfigError, match="jurisdiction"):
        age(con, book(con, principal=5), DAY, waterfalls=waterfalls(tmp_path, WATERFALLS))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: []", "list of rules"),
        ("[", "cannot be read"),
        ("rules: [{order: [fee, interest]}]", "each part once"),
        ("rules: [{order: [fee, interest, principal], products: [x]}]", "should not have"),
        ("rules: [{product: [x], order: [fee, interest, principal]}]", "covers all loans"),
        (
            "rules: [{order: [fee, interest, principal]}, {order: [fee, interest, principal]}]",
            "covers all loans",
        ),
        (
            "rules: [{jurisdiction: [NO], order: [fee, interest, principal]},"
            " {order: [fee, interest, principal]}]",
            "codes in quotes",
        ),
    ],
)
def test_a_malformed_waterfall_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        waterfalls(tmp_path, text)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"engine": "sqlite"}, "no engine named"),
        ({"memory_limit": "lots"}, "not a size"),
        ({"threads": 0}, "needs a thread"),
    ],
)
def test_an_engine_that_cannot_be_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        connect(**settings)


def test_spark_without_java_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match="needs Java") as caught:
        connect("spark")
    assert "openjdk" in str(caught.value)


def test_spark_without_pyspark_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    with pytest.raises(ConfigError, match="not installed") as caught:
        connect("spark")
    assert "locks/spark.txt" in str(caught.value)


def test_an_engine_spills_into_a_folder_of_its_own_and_removes_it(tmp_path: Path) -> None:
    backend = connect(temp_directory=tmp_path, memory_limit="300MB")
    (folder,) = tmp_path.iterdir()
    setting = backend.raw_sql("SELECT current_setting('temp_directory')").fetchone()
    assert setting == (str(folder),)
    backend.disconnect()
    del backend
    __import__("gc").collect()
    assert list(tmp_path.iterdir()) == []
