"""Spark gives the same rows as DuckDB, and both what the oracle says."""

from __future__ import annotations

import importlib.util
import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import ageing_oracle as oracle
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ageing_books import AS_OF, random_book, tables
from ageing_oracle import Loan

from arrears.book.age import age_whole
from arrears.book.canonical import digest, write_parquet
from arrears.book.check import check
from arrears.book.due import due
from arrears.book.engine import connect, hold
from arrears.book.exact import WIDE, half_even
from arrears.book.functions import json_of
from arrears.book.persons import per_person
from arrears.book.read import open_tape
from arrears.book.treat import shipped_strategies, treat
from arrears.cli import app as cli
from arrears.kernel.errors import BadInput
from arrears.town.tape import make_town

pytestmark = [pytest.mark.spark, pytest.mark.timeout(600)]
GENERATE = Path(__file__).parents[2] / "bench" / "generate.py"
LOANS = (10_000, pytest.param(100_000, marks=pytest.mark.long))


@pytest.fixture(scope="module")
def duck() -> Iterator[Any]:
    backend = connect(threads=2, memory_limit="1GB")
    yield backend
    backend.disconnect()


@pytest.fixture(scope="module", params=LOANS)
def tape(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = importlib.util.spec_from_file_location("generate", GENERATE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    folder = tmp_path_factory.mktemp("tape")
    module.generate(request.param, folder, per_file=request.param // 2)
    return folder


def results(con: Any, folder: Path, out: Path) -> dict[str, Any]:
    day = date(2026, 6, 30)
    with open_tape(con, folder, scratch=out) as tape:
        checked = check(tape)
        aged = age_whole(con, checked.accepted, day)
        accepted = checked.accepted
        persons = per_person(aged.overdue, accepted["loans"], accepted["persons"])
        path = out / f"{con.name}.parquet"
        rows = write_parquet(con, aged.overdue, path, ["loan_id"])
        return {
            "totals": checked.totals.as_json(),
            "rows": rows,
            "bytes": path.read_bytes(),
            "overdue": digest(aged.overdue),
            "overpaid": digest(aged.overpaid),
            "due": digest(due(con, accepted, day, 7)),
            "persons": digest(persons),
            "treatments": digest(treat(con, persons, shipped_strategies().on(day))),
        }


def test_thousands_of_loans_are_the_same_to_the_cent(
    spark: Any, duck: Any, tape: Path, tmp_path: Path
) -> None:
    first, second = results(duck, tape, tmp_path), results(spark, tape, tmp_path)
    assert first["rows"] > 300
    assert first["totals"]["tables"]["payments"]["rows"]["set_aside"] == 0
    assert second == first


@pytest.mark.long
@pytest.mark.usefixtures("spark")  # a command joins the session that runs
def test_a_faulty_tape_gives_the_same_files(tmp_path: Path) -> None:
    tape = make_town(2, 300, date(2026, 6, 30), tmp_path / "tape")
    files: dict[str, dict[str, bytes]] = {}
    for engine in ("duckdb", "spark"):
        out = tmp_path / engine
        options = ["--as-of", "2026-06-30", "--engine", engine, "--json"]
        assert cli.run(["age", str(tape), *options, "--out", str(out / "x.parquet")]) == 0
        files[engine] = {path.name: path.read_bytes() for path in out.iterdir()}
    assert sorted(files["spark"]) == [
        "x.overpaid.parquet",
        "x.parquet",
        "x.rejected.parquet",
        "x.totals.json",
    ]
    reasons = Counter(
        pq.read_table(tmp_path / "spark" / "x.rejected.parquet")["reason"].to_pylist()
    )
    # Of every way to be set aside: alone, twice, with a person, with a loan, as a reversal.
    for reason in ("range.low", "duplicate.conflict", "person.set_aside", "loan.incomplete"):
        assert reasons[reason] > 0
    assert reasons["reversal.unknown"] > 0
    assert [name for name in files["spark"] if files["spark"][name] != files["duckdb"][name]] == []


def test_no_digit_is_lost_beside_a_null(spark: Any, tmp_path: Path) -> None:
    amounts = [2**53 + 1, None, -(2**63) + 1]
    table = hold(spark, pa.table({"n": [1, 2, 3], "amount": pa.array(amounts, pa.int64())}))
    write_parquet(spark, table, tmp_path / "x.parquet", ["n"])
    assert pq.read_table(tmp_path / "x.parquet")["amount"].to_pylist() == amounts


def test_what_rows_hold_is_the_same_json(spark: Any, duck: Any) -> None:
    texts = [
        'a"b',
        "a\\b",
        "\t\n\r\f\b",
        "/</script>",
        "\x01\x1f\x7f\x85",
        "\u2028 é 汉 😀",
        "",
        None,
    ]
    table = pa.table({"n": list(range(len(texts))), "text": pa.array(texts, pa.string())})
    found = []
    for con in (duck, spark):
        held = hold(con, table)
        rows = held.select("n", json=json_of({"text": held.text, "n": held.n.cast("string")}))
        found.append(con.to_pyarrow(rows.order_by("n")).to_pylist())
    assert [json.loads(row["json"])["text"] for row in found[0]] == texts
    assert found[1] == found[0]


def test_spark_agrees_with_pouring_day_by_day(spark: Any) -> None:
    book = random_book(4, 2000)
    read = {name: hold(spark, table) for name, table in tables(book).items()}
    whole = age_whole(spark, read, AS_OF)
    got = spark.to_pyarrow(whole.overdue.order_by("loan_id")).to_pylist()
    expected = [row for loan in book if (row := oracle.aged(loan, AS_OF)) is not None]
    assert len(expected) > 800
    assert [pair for pair in zip(got, expected, strict=True) if pair[0] != pair[1]] == []


def test_spark_divides_exactly_far_beyond_what_a_double_holds(spark: Any) -> None:
    numerators = [0, 1, 2**53 + 1, 90071992547409931 * 3_650_000 + 1_825_000, 10**24 + 1]
    numerators += [3_650_000 * n + 1_825_000 for n in (0, 1, 10**12, 10**12 + 1)]
    texts = hold(spark, pa.table({"n": [str(n) for n in numerators]}))
    row = texts.select("n", q=half_even(spark, texts.n.cast(WIDE), 3_650_000).cast("string"))
    got = {int(r["n"]): int(r["q"]) for r in spark.to_pyarrow(row).to_pylist()}
    assert got == {n: round(Fraction(n, 3_650_000)) for n in numerators}


def test_spark_refuses_a_sum_beyond_64_bits(spark: Any) -> None:
    loan = Loan("L", instalments=[
        oracle.Instalment(n, date(2026, 5, 1), 10**14, 0, 0) for n in range(100_000)
    ])  # fmt: skip
    read = {name: hold(spark, table) for name, table in tables([loan]).items()}
    with pytest.raises(BadInput, match="64 bits") as caught:
        age_whole(spark, read, AS_OF)
    assert caught.value.where["key"] == "L"
