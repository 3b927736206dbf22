"""The envelope: read strictly, and held against the tape."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime

import pytest
from tape_rows import book, payment, write_book

from arrears.book.check import check
from arrears.book.envelope import Envelope, from_options, load_envelope, verify
from arrears.book.read import open_tape
from arrears.kernel.errors import TapeError

SOUND = {
    "tape_id": "2026-06-30/1",
    "kind": "full",
    "book_on": "2026-06-30",
    "sequence": 7,
    "made_at": "2026-07-01T02:00:00+08:00",
}


def written(tmp_path, **change):
    document = {k: v for k, v in (SOUND | change).items() if v is not None}
    (tmp_path / "tape.json").write_text(json.dumps(document))
    return load_envelope(tmp_path)


def test_an_envelope_is_read(tmp_path):
    assert written(tmp_path) == Envelope(
        "2026-06-30/1", "full", date(2026, 6, 30), 7, datetime(2026, 6, 30, 18, tzinfo=UTC)
    )


def test_a_tape_may_have_none(tmp_path):
    assert load_envelope(tmp_path) is None


def test_options_make_the_same_envelope(tmp_path):
    assert from_options(**SOUND) == written(tmp_path)
    assert from_options(**SOUND | {"sequence": "7", "made_at": None}).sequence == 7
    with pytest.raises(TapeError, match="book_on"):
        from_options(**SOUND | {"book_on": None})


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"tape_id": None}, "tape_id"),
        ({"tape_id": " "}, "tape_id"),
        ({"tape_id": 7}, "tape_id"),
        ({"kind": "partial"}, "kind"),
        ({"book_on": "30.06.2026"}, "book_on"),
        ({"book_on": "2026-06-31"}, "book_on"),
        ({"sequence": -1}, "sequence"),
        ({"sequence": True}, "sequence"),
        ({"sequence": 1.5}, "sequence"),
        ({"made_at": "2026-07-01T02:00:00"}, "made_at"),
        ({"squence": 1}, "the envelope"),
        ({"tables": {"debtors": {}}}, "tables"),
        ({"tables": {"loans": {"row": 1}}}, "tables.loans"),
        ({"tables": {"loans": {"rows": "1"}}}, "tables.loans.rows"),
        ({"tables": {"loans": {"sha256": "abc"}}}, "tables.loans.sha256"),
        ({"tables": {"loans": {"money": {"RMB": 1}}}}, "tables.loans.money"),
        ({"tables": {"loans": {"money": {"CNY": 1.5}}}}, "tables.loans.money.CNY"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path, change, place):
    with pytest.raises(TapeError, match=f"(?m)wrong at {place}$"):
        written(tmp_path, **change)


def test_what_is_no_json(tmp_path):
    (tmp_path / "tape.json").write_text("{")
    with pytest.raises(TapeError, match="as JSON"):
        load_envelope(tmp_path)


def test_a_tape_is_held_to_its_envelope(duckdb_engine, tmp_path):
    # An identical duplicate was handed in, so rows and money of the envelope count it.
    write_book(tmp_path, book(payments=[payment("T1", "L1")]))
    digest = hashlib.sha256((tmp_path / "payments.csv").read_bytes()).hexdigest()
    sound = {"rows": 2, "sha256": digest, "money": {"CNY": 20_600}}
    with open_tape(duckdb_engine, tmp_path) as tape:
        totals = check(tape).totals
        verify(written(tmp_path, tables={"payments": sound}), tape, totals)
        for change, told in (
            ({"rows": 3}, "rows of payments"),
            ({"sha256": "0" * 64}, "sha256 of payments"),
            ({"money": {"CNY": 20_601}}, "money in CNY of payments"),
            ({"money": {"JPY": 1}}, "money in JPY of payments"),
        ):
            envelope = written(tmp_path, tables={"payments": sound | change})
            with pytest.raises(TapeError, match=told) as caught:
                verify(envelope, tape, totals)
            assert caught.value.expected != caught.value.found
        with pytest.raises(TapeError, match="table of snapshots"):
            verify(written(tmp_path, tables={"snapshots": {}}), tape)
