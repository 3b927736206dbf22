"""Reading a tape: encodings, broken files, types, and what is said of each."""

from __future__ import annotations

import gzip
import hashlib
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tape_rows import book, instalment, loan, payment, person, rejected, write_book, write_csv

from arrears.book.check import check
from arrears.book.mapping import load_mapping
from arrears.book.read import encoding, open_tape
from arrears.kernel.errors import TapeError

AS_PLAIN = dict.fromkeys(("P1", "P2"), "张三")


def names_of(tape):
    rows = tape.tables["persons"].to_pyarrow().to_pylist()
    return {row["person_id"]: row["name"] for row in rows}


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030"])
def test_every_encoding_reads_the_same(duckdb_engine, tmp_path, name):
    with open_tape(duckdb_engine, write_book(tmp_path, book(), name)) as tape:
        assert names_of(tape) == AS_PLAIN
        assert tape.columns["persons"] == ("person_id", "name", "jurisdiction")
        assert rejected(check(tape)) == []


def test_a_mark_of_utf16_big_endian(duckdb_engine, tmp_path):
    text = "person_id,jurisdiction,name\nP1,CN,张三\n"
    (tmp_path / "persons.csv").write_bytes(b"\xfe\xff" + text.encode("utf-16-be"))
    with open_tape(duckdb_engine, tmp_path) as tape:
        assert names_of(tape) == {"P1": "张三"}


def test_bytes_of_no_encoding_are_refused_with_their_place(duckdb_engine, tmp_path):
    head = b"person_id,jurisdiction,name\nP1,CN,a\nP2,CN,"
    (tmp_path / "persons.csv").write_bytes(head + b"\xff\xff\n")
    with pytest.raises(TapeError) as caught:
        open_tape(duckdb_engine, tmp_path)
    assert f"not UTF-8: bytes ff ff 0a at offset {len(head)}, row 2" in caught.value.found
    assert "not GB18030" in caught.value.found
    assert caught.value.where["file"] == tmp_path / "persons.csv"


@pytest.mark.parametrize("piece_bytes", [1, 2, 3, 5, 7])
def test_a_bad_byte_has_its_offset_wherever_pieces_end(
    duckdb_engine, tmp_path, monkeypatch, piece_bytes
):
    monkeypatch.setattr(encoding, "_CHUNK_BYTES", piece_bytes)
    head = "person_id,jurisdiction,name\nP1,CN,张三丰\nP2,CN,é".encode()
    # Three bytes make a character there; the third is none of one, in GB18030 neither.
    (tmp_path / "persons.csv").write_bytes(head + b"\xe4\xb8\xff\xff")
    with pytest.raises(TapeError) as caught:
        open_tape(duckdb_engine, tmp_path)
    assert "not UTF-8: bytes e4" in caught.value.found
    assert f"at offset {len(head)}, row 2" in caught.value.found.split(";")[0]


def test_gzip_is_read_and_a_truncated_one_refused(duckdb_engine, tmp_path):
    packed = gzip.compress(b"person_id,jurisdiction\n" + b"P1,CN\n" * 1000)
    file = tmp_path / "persons.csv.gz"
    file.write_bytes(packed)
    with open_tape(duckdb_engine, tmp_path) as tape:
        assert tape.tables["persons"].count().to_pyarrow().as_py() == 1000
    file.write_bytes(packed[:-20])
    with pytest.raises(TapeError, match="truncated or damaged"):
        open_tape(duckdb_engine, tmp_path)


def test_quotes_newlines_and_separators_in_cells(duckdb_engine, tmp_path):
    told = 'He said "no",\nthen; left'
    rows = book(persons=[person("P3", name=told), person("P4", name="'x'")])
    rows["payments"].append(payment("T2", "L1", amount_minor="bad"))
    with open_tape(duckdb_engine, write_book(tmp_path, rows)) as tape:
        assert names_of(tape)["P3"] == told
        assert [row["row_number"] for row in rejected(check(tape))][-1] == 2


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("persons.csv", b"", "the file is empty"),
        ("persons.csv", b"\xef\xbb\xbf", "the file is empty"),
        ("persons.csv", b"\n\n", "the file is empty"),
        ("persons.csv", b"person_id;jurisdiction\nP1;CN\n", "lacks the column"),
        ("persons.csv", b"id,country\nP1,CN\n", "lacks the column person_id, jurisdiction"),
        ("persons.csv", b"person_id,person_id,jurisdiction\n", "names a column twice"),
        ("persons.csv", b"person_id,,jurisdiction\n", "an empty name"),
        ("persons.csv", b"person_id,jurisdiction\nP1,CN\nP2", "cut off"),
        ("persons.csv", b'person_id,jurisdiction\nP1,CN\nP2,"C', "cut off"),
        ("persons.parquet", b"", "the file is empty"),
        ("persons.parquet", b"PAR1 and then nothing", "truncated or not Parquet"),
    ],
)
def test_a_file_that_cannot_be_used(duckdb_engine, tmp_path, name, content, message):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(TapeError, match=message) as caught:
        open_tape(duckdb_engine, tmp_path)
    assert name in str(caught.value)
    assert caught.value.expected


def test_a_wrong_delimiter_is_told_from_a_wrong_header(duckdb_engine, tmp_path):
    (tmp_path / "persons.csv").write_text("person_id;jurisdiction\nP1;CN\n")
    with pytest.raises(TapeError) as caught:
        open_tape(duckdb_engine, tmp_path)
    assert "delimiter" in caught.value.remedy
    assert caught.value.found == "person_id;jurisdiction"


def test_a_truncated_parquet_file(duckdb_engine, tmp_path):
    file = tmp_path / "persons.parquet"
    pq.write_table(pa.table({"person_id": ["P1"], "jurisdiction": ["CN"]}), file)
    file.write_bytes(file.read_bytes()[:-9])
    with pytest.raises(TapeError, match="truncated or not Parquet"):
        open_tape(duckdb_engine, tmp_path)


DAMAGED_FROM = 20_000


@pytest.mark.parametrize("amounts", ["int64", "text"])  # read in place, and converted first
def test_a_damaged_page_names_its_file(duckdb_engine, tmp_path, amounts):
    rows = range(20_000)
    ids = [hashlib.sha256(b"%d" % n).hexdigest() for n in rows]
    kind = pa.int64() if amounts == "int64" else pa.string()
    payments = {"payment_id": ids, "loan_id": ["L1"] * len(ids)}
    payments |= {"paid_on": [date(2026, 1, 1)] * len(ids)}
    payments |= {"amount_minor": pa.array([1 if amounts == "int64" else "1"] * len(ids), kind)}
    write_book(tmp_path, {name: found for name, found in book().items() if name != "payments"})
    folder = tmp_path / "payments"
    folder.mkdir()
    for part in ("part-0.parquet", "part-1.parquet"):
        pq.write_table(pa.table(payments), folder / part)
    whole = bytearray((folder / "part-1.parquet").read_bytes())
    whole[DAMAGED_FROM : DAMAGED_FROM + 500] = bytes(500)
    (folder / "part-1.parquet").write_bytes(whole)
    with (
        pytest.raises(TapeError, match="damaged inside") as caught,
        open_tape(duckdb_engine, tmp_path) as tape,
    ):
        check(tape)
    assert caught.value.where == {"file": folder / "part-1.parquet", "table": "payments"}
    assert "sent again" in str(caught.value)
    assert caught.value.found


def test_an_engine_error_on_a_sound_tape_stays_what_it_is(duckdb_engine, tmp_path):
    pq.write_table(
        pa.table({"person_id": ["P1"], "jurisdiction": ["CN"]}), tmp_path / "persons.parquet"
    )
    with pytest.raises(duckdb.BinderException), open_tape(duckdb_engine, tmp_path):
        duckdb_engine.raw_sql("SELECT no_such_column")


def test_nothing_there(duckdb_engine, tmp_path):
    with pytest.raises(TapeError, match="no tape at this path"):
        open_tape(duckdb_engine, tmp_path / "none")
    (tmp_path / "debtors.csv").write_text("a\n1\n")
    with pytest.raises(TapeError, match="no table of the tape") as caught:
        open_tape(duckdb_engine, tmp_path)
    assert caught.value.found == "debtors.csv"


def test_a_table_that_lies_there_twice(duckdb_engine, tmp_path):
    write_book(tmp_path, book())
    (tmp_path / "loans.csv.gz").write_bytes(b"")
    with pytest.raises(TapeError, match="the table loans lies there more than once"):
        open_tape(duckdb_engine, tmp_path)


def test_what_is_not_read_is_listed(duckdb_engine, tmp_path):
    write_book(tmp_path, book())
    for name in ("plans.csv", "readme.txt", "tape.json", ".hidden"):
        (tmp_path / name).write_text("x\n")
    with open_tape(duckdb_engine, tmp_path) as tape:
        assert tape.unread == ("plans.csv", "readme.txt")
        assert check(tape).totals.unread == ("plans.csv", "readme.txt")


def test_rows_of_the_wrong_shape_keep_their_number_and_text(duckdb_engine, tmp_path):
    write_book(tmp_path, book())
    lines = ["payment_id,loan_id,paid_on,amount_minor", "T1,L1,2026-02-05,10300"]
    lines += ["T2,L1,2026-02-06", "T3,L2,2026-02-05,1,2,3", "T4,L2,2026-02-05,x"]
    (tmp_path / "payments.csv").write_text("\n".join(lines) + "\n")
    with open_tape(duckdb_engine, tmp_path) as tape:
        result = check(tape)
    found = [r for r in rejected(result) if r["table"] == "payments"]
    assert [(r["row_number"], r["reason"]) for r in found] == [
        (2, "row.shape"),
        (3, "row.shape"),
        (4, "type.invalid"),
    ]
    assert "3 fields: T2,L1,2026-02-06" in found[0]["row_json"]
    assert result.totals.tables["payments"].rows.received == 4


def test_a_wrong_type_in_row_seven_million(duckdb_engine, tmp_path):
    rows, bad = 7_000_100, 7_000_000
    write_book(tmp_path, {"loans": [loan()], "instalments": [instalment()]})
    with (tmp_path / "payments.csv").open("wb") as stream:
        stream.write(b"payment_id,loan_id,paid_on,amount_minor\n")
        for start in range(1, rows + 1, 100_000):
            numbers = range(start, min(start + 100_000, rows + 1))
            stream.write(b"".join(b"%d,L1,2026-02-05,1\n" % n for n in numbers if n != bad))
            if bad in numbers:
                # The last of its piece, so that the row stands where its number says.
                assert bad == numbers[-1]
                stream.write(b"%d,L1,2026-02-05,1O\n" % bad)
    with open_tape(duckdb_engine, tmp_path) as tape:
        payments = tape.tables["payments"]
        failed = payments.filter(payments._raw_amount_minor.notnull()).to_pyarrow().to_pylist()
    assert [(r["_row"], r["_file"], r["_raw_amount_minor"]) for r in failed] == [
        (bad, "payments.csv", "1O")
    ]


def test_a_tape_in_one_file_by_a_mapping(duckdb_engine, tmp_path):
    rows = [{"no": "7", "who": "P", "amt": "1,234.50", "on": "05/01/2026", "kind": "消费贷"}]
    rows.append({"no": "8", "who": "Q", "amt": "12.345", "on": "05/01/2026", "kind": "别的"})
    write_csv(tmp_path / "loans.csv", rows)
    (tmp_path / "map.yaml").write_text(
        """
tables:
  persons:
    columns: {person_id: who, jurisdiction: {value: CN}}
  loans:
    columns:
      loan_id: no
      person_id: who
      product: {from: kind, codes: {消费贷: online_consumer}, codes_else: other}
      creditor_type: {value: bank}
      currency: {value: CNY}
      principal_minor: {from: amt, unit: major, thousands: ","}
      annual_rate_bps: {value: 0}
      disbursed_on: {from: on, date_format: "%d/%m/%Y"}
      grace_days: {value: 0}
"""
    )
    mapping = load_mapping(tmp_path / "map.yaml")
    with open_tape(duckdb_engine, tmp_path / "loans.csv", mapping) as tape:
        result = check(tape)
        (good,) = result.accepted["loans"].to_pyarrow().to_pylist()
        (bad,) = rejected(result)
    assert (good["principal_minor"], good["disbursed_on"]) == (123_450, date(2026, 1, 5))
    assert good["product"] == "online_consumer"
    assert (bad["loan_id"], bad["reason"]) == ("8", "type.invalid")
    assert "found 12.345" in bad["text"]
