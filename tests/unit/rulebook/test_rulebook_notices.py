"""Whom the packs want to be told of an incident."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from arrears.conduct.rules.incidents import duties, may_be_spared
from arrears.conduct.rules.kinds import GRAVE_KINDS, REPORTED_KINDS
from arrears.kernel.errors import BadInput, ConfigError
from arrears.rulebook.notices import KINDS, every_notice, notices, read_notice

KNOWN_AT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
LATER = KNOWN_AT + timedelta(hours=1)
WHOLE = {
    "kinds": ["leak"], "to": "authority", "within_hours": 72, "row": "", "cite": "c",
    "force": "law", "grade": "A", "en": "e", "zh": "z",
}  # fmt: skip


def test_a_leak_in_china_is_told_to_authority_and_person_at_once():
    assert [(n.to, n.within_hours, n.pack) for n in notices("leak", "cn")] == [
        ("authority", 0, "cn"),
        ("person", 0, "cn"),
    ]
    assert {n.cite for n in notices("disclosed", "cn")} == {"《个人信息保护法》第五十七条"}


def test_where_it_is_not_known_whose_law_applies_every_laws_duties_do():
    assert notices("leak", None) == notices("leak", "cn")
    assert notices("leak", "us") == ()


def test_what_is_no_leak_is_told_to_nobody_outside():
    quiet = [kind for kind in KINDS if kind not in ("leak", "disclosed")]
    assert {kind: notices(kind, "cn") for kind in quiet} == dict.fromkeys(quiet, ())


def test_a_kind_that_there_is_not_is_refused():
    with pytest.raises(BadInput, match="no such kind"):
        notices("rumour", "cn")
    assert set(REPORTED_KINDS) | set(GRAVE_KINDS) < set(KINDS)


def test_every_duty_has_its_source_in_both_languages():
    for notice in (each for pack in every_notice().values() for each in pack):
        assert notice.cite and notice.en and notice.zh
        assert bool(notice.spared_en) == bool(notice.spared_zh)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kinds": ["rumour"]},
        {"to": "press"},
        {"within_hours": -1},
        {"within_hours": 1.5},
        {"within_hours": True},
        {"further": "x"},
        {"spared_en": "only in English"},
    ],
)
def test_a_duty_that_cannot_be_read_is_refused(wrong: dict):
    with pytest.raises(ConfigError):
        read_notice(Path("x/incidents.yaml"), WHOLE | wrong)
    assert read_notice(Path("x/incidents.yaml"), WHOLE).within_hours == 72


def test_a_duty_is_met_by_telling_or_by_the_reason_why_not():
    authority, person = duties("leak", "cn", KNOWN_AT, [])
    assert authority.late(KNOWN_AT) and person.met_at is None
    steps = [("done", None, KNOWN_AT), ("told", "authority", LATER), ("spared", "person", LATER)]
    met = duties("leak", "cn", KNOWN_AT, steps)
    assert [duty.met_at for duty in met] == [LATER, LATER]
    assert not any(duty.late(LATER) for duty in met)


def test_only_a_duty_that_knows_an_exception_can_be_spared():
    assert may_be_spared("leak", "cn", "person")
    assert not may_be_spared("leak", "cn", "authority")
    assert not may_be_spared("manner", "cn", "person")
