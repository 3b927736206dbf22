"""How long records are kept, by the terms of the packs."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from arrears.kernel.dates import add_months
from arrears.kernel.errors import BadInput
from arrears.rulebook.retention import CLASSES, MARKS, every_term, keep_until, terms

ACT = date(2026, 3, 10)
ALL = {"recorded": ACT, "last_act": ACT, "settled": ACT, "closed": ACT}


@pytest.mark.parametrize(
    ("kind", "jurisdiction", "marks", "until"),
    [
        # five years by the convention of 2018, not the two of the card rules
        ("contact_record", "cn", {"last_act": ACT}, date(2031, 3, 11)),
        ("call_recording", "us", {"recorded": ACT, "last_act": ACT}, date(2029, 3, 11)),
        # six months by law, two years by the house
        ("call_recording", "in", {"recorded": ACT, "last_act": ACT}, date(2028, 3, 11)),
        ("contact_record", "gb", {"last_act": ACT}, date(2028, 3, 11)),
        # a plan agreed by voice: until it is settled, however long ago the last act was
        ("plan_recording", "cn", {"last_act": date(2020, 1, 1)}, None),
        (
            "plan_recording",
            "cn",
            {"last_act": date(2020, 1, 1), "settled": date(2027, 5, 5)},
            date(2027, 5, 6),
        ),
        # unknown jurisdiction: the longest of all
        ("call_recording", None, {"recorded": ACT, "last_act": ACT}, date(2031, 3, 11)),
        ("complaint_file", "cn", {}, None),
    ],
)
def test_the_longest_term_that_applies_counts(kind, jurisdiction, marks, until) -> None:
    assert keep_until(kind, jurisdiction, marks, legal_hold=False) == until


def test_a_legal_hold_keeps_everything() -> None:
    for kind in CLASSES:
        assert keep_until(kind, "cn", ALL, legal_hold=False) is not None
        assert keep_until(kind, "cn", ALL, legal_hold=True) is None


def test_an_unknown_class_or_law_is_refused() -> None:
    with pytest.raises(BadInput, match="class of records"):
        keep_until("diary", "cn", ALL, legal_hold=False)
    with pytest.raises(BadInput, match="jurisdiction"):
        keep_until("consent", "fr", ALL, legal_hold=False)


def test_every_class_has_a_term_everywhere_and_every_law_term_its_source() -> None:
    for pack, found in every_term().items():
        for term in found:
            assert term.cite and term.en and term.zh
            assert (pack == "house") == (term.row == "") == (term.force == "house")
    for kind in CLASSES:
        for law in ("cn", "us", "in", "gb"):
            assert terms(kind, law)[-1].pack == "house"


@given(st.sampled_from(CLASSES), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_unknown_law_never_keeps_shorter_than_a_known_one(kind: str, day: date) -> None:
    marks = dict.fromkeys(MARKS, day)
    longest = keep_until(kind, None, marks, legal_hold=False)
    for law in ("cn", "us", "in", "gb"):
        assert keep_until(kind, law, marks, legal_hold=False) <= longest


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-600, 600))
def test_months_are_added_as_people_count_them(day: date, count: int) -> None:
    later = add_months(day, count)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == count
    following = add_months(day.replace(day=1), count + 1)
    assert later.day == day.day or (following - later).days == 1
