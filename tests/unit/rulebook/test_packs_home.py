"""What the packs of China and of the house say as a whole; single rules have golden cases."""

from __future__ import annotations

import importlib.util
import re
from collections import Counter
from datetime import date, datetime

import pytest
from django.urls import reverse

from arrears.rulebook.act import Act
from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.coverage import read_coverage
from arrears.rulebook.decide import decide
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.reading import BASE
from arrears.rulebook.vocabulary import ACTS, VISIT_ACTS

ROWS_PER_SECTION = (8, 8, 7, 12, 9, 9, 9, 17, 10, 8)
"""Rows of the reference, sections 1.1 to 1.10."""

INSTRUMENTS = {
    "自律公约": ("self", date(2018, 3, 28)),
    "贷后催收业务指引": ("self", date(2024, 5, 15)),
    "GB/T 45251": ("std", date(2025, 2, 28)),
    "催收工作指引": ("self", date(2026, 1, 30)),
    "信用卡业务监督管理办法": ("reg", date(2011, 1, 13)),
    "消费金融公司管理办法": ("reg", date(2024, 4, 18)),
    "小额贷款公司监督管理暂行办法": ("reg", date(2025, 1, 17)),
    "《民法典》": ("law", date(2021, 1, 1)),
    "《个人信息保护法》": ("law", date(2021, 11, 1)),
    "《治安管理处罚法》": ("law", date(2026, 1, 1)),
}
"""How binding each text is, and the first day on which it can bind anybody."""

WEIGHT = ("self", "std", "reg", "law")
LIMITED = {
    "信用卡业务监督管理办法": "product",
    "消费金融公司管理办法": "creditor_type",
    "小额贷款公司监督管理暂行办法": "creditor_type",
}
"""Orders that speak of some creditors or products only, and the fact that says which."""

FALSE_CLAIMS = re.compile(
    r"798|七百九十八|二维码|QR|区块链|blockchain|催收员证|licen[cs]e with|"
    r"1 hour|一小时|weekdays only|仅限工作日|all home visits"
)
"""Statements seen on the web that no text supports (reference, section 5)."""


def rules_of(code):
    return [rule for rule in load_rulebook().packs[code].rules if rule.id != BASE]


def instruments(rule):
    return [name for name in INSTRUMENTS if name in rule.cite]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize(
    "on", ["2010-06-01", "2020-06-01", "2025-06-03", "2026-03-02", "2027-03-01"]
)
def test_every_act_is_possible_in_china_at_any_time(act, on):
    base = read_baseline()[act]
    verdict = decide(
        Act(
            act=act,
            actor=base.actor,
            party=base.party,
            at=datetime.fromisoformat(f"{on}T10:00+08:00"),
            jurisdiction="cn",
            zone="Asia/Shanghai",
            facts=base.facts,
        )
    )
    assert [reason.id for reason in (*verdict.reasons, *verdict.warnings)] == []


def test_the_97_rows_of_the_reference_are_accounted_for_once():
    rows = Counter(row.row for row in read_coverage(load_rulebook().packs["cn"].folder))
    assert len(rows) == sum(ROWS_PER_SECTION) == 97
    assert set(rows.values()) == {1}
    assert all(row.startswith("cn.") for row in rows)


def test_rules_and_rows_name_each_other():
    by_rules = {(row, rule.id) for code in ("cn", "house") for rule in rules_of(code)
                for row in rule.rows}  # fmt: skip
    table = read_coverage(load_rulebook().packs["cn"].folder)
    assert by_rules == {(row.row, rule) for row in table for rule in row.rules}


def test_every_row_has_a_carrier_or_the_reason_why_not():
    for row in read_coverage(load_rulebook().packs["cn"].folder):
        assert row.reason_en and row.reason_zh, row.row
        assert (row.kind == "not_checkable") != bool(row.module and row.screen), row.row
        assert bool(row.rules) == (row.kind in {"act_rule", "template_rule", "scope"}) or (
            row.later and row.rules
        ), row.row


def test_carriers_of_today_exist():
    for row in read_coverage(load_rulebook().packs["cn"].folder):
        if row.module and not row.later:
            assert importlib.util.find_spec(row.module) is not None, row.row
            assert reverse(row.screen), row.row


def test_force_and_first_day_are_those_of_the_weightiest_text_cited():
    for rule in rules_of("cn"):
        cited = instruments(rule)
        if not cited:
            continue
        forces = [INSTRUMENTS[name][0] for name in cited]
        assert rule.force == max(forces, key=WEIGHT.index), rule.id
        first = min(day for force, day in map(INSTRUMENTS.get, cited) if force == rule.force)
        assert rule.from_on is not None and rule.from_on >= first, rule.id


def test_a_text_for_some_creditors_or_products_refuses_no_others():
    for rule in rules_of("cn"):
        for name, fact in LIMITED.items():
            if name in rule.cite:
                assert fact in rule.reads, rule.id


def test_texts_on_personal_loans_leave_business_loans_to_the_house():
    for rule in rules_of("cn"):
        cited = instruments(rule)
        if cited and set(cited) <= {"GB/T 45251", "催收工作指引", "贷后催收业务指引"}:
            assert "product" in rule.reads, rule.id


def test_what_is_known_from_memory_only_warns():
    rules = rules_of("cn")
    assert {rule.status for rule in rules if rule.grade == "M"} == {"draft"}
    assert {rule.grade for rule in rules if rule.status == "draft"} == {"M"}


@pytest.mark.parametrize("code", ["cn", "house"])
def test_false_claims_are_not_told_as_rules(code):
    told = [f"{rule.cite} {rule.en} {rule.zh} {rule.do_en} {rule.do_zh}" for rule in rules_of(code)]
    assert not [text for text in told if FALSE_CLAIMS.search(text)]


def test_no_chinese_law_sets_days_notice_or_holidays_of_visits():
    for rule in rules_of("cn"):
        if rule.acts & set(VISIT_ACTS):
            assert not rule.reads & {"notice_hours", "agent_notice_days", "slot_holiday",
                                     "public_holiday", "place"}, rule.id  # fmt: skip


def test_no_chinese_text_caps_messages_or_visits():
    reads = frozenset().union(*(rule.reads for rule in rules_of("cn")))
    assert not reads & {"messages_today", "messages_7d", "visits_7d", "visits_30d", "letters_30d"}


def test_the_house_is_never_dressed_up_as_law():
    for rule in rules_of("house"):
        assert (rule.force, rule.grade, rule.status) == ("house", "house", "active"), rule.id
        assert rule.from_on is None and rule.until_on is None, rule.id
        assert "《" not in rule.cite and not re.search(r"\bart\b|GB/T|CFR|CONC", rule.cite), rule.id
