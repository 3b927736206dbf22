"""Reading Cedar text: every fault is found, named and placed, and none makes a rule."""

from __future__ import annotations

from pathlib import Path

import pytest
import small_book

from arrears.rulebook import est
from arrears.rulebook.load import BadRulebook, load_rulebook, read_packs
from arrears.rulebook.reading import read_rule, read_rules, split_policies

FLAG = "context.hold_dispute"


def problems(text: str, pack: str = "cn") -> str:
    rule, found = read_rule(text, pack)
    assert (rule is None) == bool(found)
    return "\n".join(found)


def test_a_sound_rule_is_read_whole() -> None:
    body = 'context.purpose == Purpose::"collect" && context has notice_hours'
    scope = (
        'principal == Actor::"agency", action in [Action::"message", Action::"letter"], resource'
    )
    text = small_book.rule("cn.a.b", body, scope, from_="2026-01-30", row="cn.x cn.y")
    rule, found = read_rule(text, "cn")
    assert found == [] and rule is not None
    assert rule.acts == {"message", "letter"} and rule.actors == {"agency"}
    assert "borrower" in rule.parties and rule.reads == {"purpose", "notice_hours"}
    assert rule.rows == ("cn.x", "cn.y") and str(rule.from_on) == "2026-01-30"
    assert rule.until_on is None and rule.effect == "forbid" and rule.text == text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("context.no_such_fact", "no fact `no_such_fact`"),
        ("context.local_minute", "not a flag"),
        ("context.purpose", "not a flag"),
        ("480 > context.days_past_due", "fact on its left"),
        ("context.days_past_due > context.calls_7d_debt", "not compared with a literal"),
        ("context.days_past_due > 3 + 1", "not compared with a literal"),
        ("context.days_past_due == true", "compared with something else"),
        ("context.days_past_due > 40000", "lies between 0 and 36500"),
        ("context.days_past_due > -1", "lies between 0 and 36500"),
        ("context.hold_dispute == 1", "is a flag"),
        ("context.hold_dispute < true", "not a number"),
        ('context.purpose == "collect"', "not compared with a literal"),
        ('context.purpose == Channel::"sms"', "is of Purpose"),
        ('context.purpose == Purpose::"colect"', 'no Purpose::"colect"'),
        ('context.purpose in [Purpose::"colect"]', 'no Purpose::"colect"'),
        ('context.purpose in Purpose::"collect"', "needs a list"),
        ("context.purpose in []", "needs a list"),
        ("context.days_past_due in [1, 2]", "not of a closed list"),
        ("context has hold_dispute", "always true"),
        ("context has no_such_fact", "no fact `no_such_fact`"),
        ("principal has name", "facts of the context only"),
        ('principal == Party::"borrower"', "is of Actor"),
        ('resource == Party::"nobody"', 'no Party::"nobody"'),
        ("if context.hold_dispute then true else false", "if-then-else"),
        ('"abc" like "a*"', "outside of the allowed part"),
        ("principal is Actor", "outside of the allowed part"),
        ('decimal("1.0").lessThan(decimal("2.0"))', "outside of the allowed part"),
        ("[1].contains(1)", "outside of the allowed part"),
        ('action == Action::"message"', "fact on its left"),
    ],
)
def test_expressions_outside_of_the_allowed_part_are_refused(body: str, said: str) -> None:
    assert said in problems(small_book.rule("cn.a", body))
    assert said in problems(small_book.rule("cn.a", f"{FLAG} || !({body})"))


@pytest.mark.parametrize(
    ("notes", "said"),
    [
        ({"cite": "drop"}, "@cite is missing"),
        ({"cite": " "}, "a rule without a citation"),
        ({"zh": ""}, "@zh is empty"),
        ({"do_en": "drop"}, "@do_en is missing"),
        ({"force": "decree"}, 'unknown force "decree"'),
        ({"grade": "C"}, 'unknown grade "C"'),
        ({"status": "maybe"}, 'unknown status "maybe"'),
        ({"grade": "M"}, "grade M"),
        ({"from": "2026-13-01"}, "@from should be empty or a day"),
        ({"from": "2026-02-01", "until": "2026-02-01"}, "is not before @until"),
        ({"row": ""}, "@row names no row"),
        ({"colour": "red"}, "unknown annotation @colour"),
        ({"id": "us.a"}, "should read cn.theme.name"),
        ({"id": "cn.A b"}, "should read cn.theme.name"),
    ],
)
def test_faulty_annotations_are_refused(notes: dict[str, str], said: str) -> None:
    assert said in problems(small_book.rule("cn.a", FLAG, **notes))


def test_a_draft_of_grade_m_is_sound() -> None:
    assert problems(small_book.rule("cn.a", FLAG, grade="M", status="draft")) == ""


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        ('principal, action == Action::"fly", resource', 'no Action::"fly"'),
        ('principal == Party::"borrower", action, resource', 'no Party::"borrower" for principal'),
        ("principal is Actor, action, resource", "scope of principal"),
        ('principal, action in Action::"message", resource', "scope of action"),
        ("principal == ?principal, action, resource", "a template"),
    ],
)
def test_faulty_scopes_are_refused(scope: str, said: str) -> None:
    assert said in problems(small_book.rule("cn.a", FLAG, scope))


def test_only_the_house_permits() -> None:
    permit = small_book.rule("cn.a", FLAG).replace("forbid (", "permit (")
    assert "every other rule forbids" in problems(permit)
    assert "every other rule forbids" in problems(permit.replace("cn.a", "house.a"), "house")
    assert "every other rule forbids" in problems(small_book.rule("house.base"), "house")


@pytest.mark.parametrize("text", ["forbid (principal, action, resource", "no cedar;", ";", '"'])
def test_malformed_cedar_is_refused(text: str) -> None:
    assert "malformed" in problems(text) or "not one policy" in problems(text)


def test_semicolons_in_strings_and_comments_end_no_rule() -> None:
    text = '// one; two\n@id("a;b") // c;\nforbid (x);\n\n\nforbid (y);\n// end;\n'
    assert [line for line, _ in split_policies(text)] == [2, 6]


def test_every_fault_of_a_pack_is_found_with_its_place(tmp_path: Path) -> None:
    text = (
        small_book.rule("cn.a", FLAG)
        + small_book.rule("cn.b", "context.nothing", cite="")
        + "forbid (principal,;\n"
    )
    small_book.write_book(tmp_path, cn=text)
    written, findings = read_rules(tmp_path / "cn", "cn")
    assert [one.rule.id for one in written] == ["cn.a"]
    size = text[: text.index('@id("cn.b")')].count("\n")
    assert {(f.line, f.rule) for f in findings[:2]} == {(size + 1, "cn.b")}
    assert len(findings) == 3 and "malformed" in findings[2].message
    with pytest.raises(BadRulebook, match=r"3 fault") as caught:
        load_rulebook(tmp_path)
    assert "cn/rules.cedar:" in str(caught.value) and caught.value.exit_code == 65


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        (("", ""), ("", ""), True),
        (("", "2026-01-02"), ("2026-01-01", ""), True),
        (("2026-01-01", ""), ("2026-06-01", "2026-07-01"), True),
        (("", "2026-01-01"), ("2026-01-01", ""), False),
    ],
)
def test_versions_of_a_rule_may_touch_but_not_overlap(
    tmp_path: Path, first: tuple[str, str], second: tuple[str, str], clash: bool
) -> None:
    texts = [
        small_book.rule("cn.a", FLAG, from_=start, until=end) for start, end in (first, second)
    ]
    _, findings = read_packs(small_book.write_book(tmp_path, cn="".join(texts)))
    assert ["the same days" in f.message for f in findings] == [True] * clash


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ("code: us\nen: a\nzh: b\nzone: UTC\n", "says code us"),
        ("code: cn\nen: a\n", "lacks zh, zone"),
        ("- 1\n", "lacks code"),
        ("{", "cannot be read"),
    ],
)
def test_a_faulty_pack_yaml_is_refused(tmp_path: Path, about: str, said: str) -> None:
    small_book.write_book(tmp_path, cn="")
    (tmp_path / "cn" / "pack.yaml").write_text(about, encoding="utf-8")
    with pytest.raises(BadRulebook, match=said):
        load_rulebook(tmp_path)


def test_a_folder_without_the_house_or_with_a_stranger_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRulebook, match="no pack `house`"):
        load_rulebook(tmp_path / "nowhere")
    small_book.write_book(tmp_path, cn="")
    (tmp_path / "house" / "base.cedar").unlink()
    with pytest.raises(BadRulebook, match="one such permit"):
        load_rulebook(tmp_path)
    (tmp_path / "xx").mkdir()
    (tmp_path / "xx" / "pack.yaml").write_text("code: xx\n", encoding="utf-8")
    with pytest.raises(BadRulebook, match="unknown pack"):
        load_rulebook(tmp_path)


def test_a_file_that_is_not_utf8_is_a_finding(tmp_path: Path) -> None:
    small_book.write_book(tmp_path, cn="")
    (tmp_path / "cn" / "rules.cedar").write_bytes(b"\xff\xfe")
    with pytest.raises(BadRulebook, match="cannot be read"):
        load_rulebook(tmp_path)


def test_constants_and_reads_of_a_condition() -> None:
    body = "context has local_minute && !(context.local_minute < 480 || context.local_minute == 7)"
    rule, _ = read_rule(small_book.rule("cn.a", body), "cn")
    assert rule is not None
    node = rule.conditions[0]["body"]
    assert est.constants(node, "local_minute") == {480, 7}
    assert est.reads(node) == {"local_minute"}
