"""Cells that a spreadsheet would run, and files that say whose they are."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.cases.exports.files import Watermark, as_csv, safe
from arrears.people.access.masks import mask

MARK = Watermark("e-1", "staff:7", "compliance", "2026-03-02T04:00:00+00:00", 1)


@pytest.mark.parametrize(
    "cell",
    [
        "=1+1", "+1", "-1", "@SUM(A1)",
        "\t=1", "\r=1", "\n=1", "＝1", " =1", "\u3000=1", "\ufeff=1",
        "|calc", "%0A", "=cmd|' /C calc'!A0", "\0=1",
    ],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_is_text(cell):
    assert str(safe(cell)).startswith("'")


@pytest.mark.parametrize("cell", ["王梅", "O'Brien", "a=b", "1990-03-07", "", "a\nb", -5, 0, None])
def test_what_it_would_not_stays_as_it_is(cell):
    assert safe(cell) == cell


@given(st.lists(st.one_of(st.text(max_size=30), st.integers(), st.none()), min_size=1, max_size=4))
def test_no_cell_of_a_file_begins_a_formula_and_none_is_lost(cells):
    names = [f"c{n}" for n in range(len(cells))]
    data = as_csv(names, [cells], MARK).decode("utf-8-sig")
    mark, head, row = csv.reader(io.StringIO(data, newline=""))
    assert mark == [MARK.line]
    assert head == [*names, "export_id"]
    assert row[-1] == "e-1"
    for cell, written in zip(cells, row, strict=False):
        if isinstance(cell, str):
            assert written.lstrip("'") == cell.replace("\0", "").lstrip("'")
            assert not written.lstrip().startswith(("=", "+", "-", "@"))
        else:
            assert written == ("" if cell is None else str(cell))


@given(
    st.sampled_from(["ends", "short_ends", "email", "year", "area", "whole"]), st.text(min_size=1)
)
def test_a_mask_never_shows_the_whole(kind, text):
    seen = mask(kind, text)
    assert "•" in seen
    assert len(text) < 3 or text not in seen


@pytest.mark.parametrize(
    ("kind", "text", "seen"),
    [
        ("area", "上海市浦东新区世纪大道100号3楼", "上海市浦东新•••"),
        ("area", "1号楼", "•••"),
        ("area", "12 High Street, Leeds", "•••, Leeds"),
        ("area", "12 High Street, Leeds, LS1 4AP", "•••"),
        ("area", "12 High Street", "•••"),
        ("year", "1990-03-07", "1990-••-••"),
        ("year", "7 March 1990", "•••"),
        ("ends", "HT-2026-000123", "HT-•••••••0123"),
        ("ends", "12", "••"),
        ("whole", "x", "•••"),
    ],
)
def test_masks_leave_what_the_work_needs(kind, text, seen):
    assert mask(kind, text) == seen
