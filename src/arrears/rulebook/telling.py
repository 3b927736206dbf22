"""Rules, golden cases and coverage told in words, in both languages: for screens and documents."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

import yaml

from arrears.rulebook.rule import Rule
from arrears.rulebook.vocabulary import ACTS, FACTS, LISTS, Label, Value

Language = Literal["en", "zh"]

_HOUSE_CITES: Final = Path(__file__).parent / "packs" / "house" / "cites.yaml"

FORCES: Final[Mapping[str, Label]] = {
    "law": Label("law", "法律"),
    "reg": Label("regulator's order", "监管规定"),
    "std": Label("recommended standard", "推荐性标准"),
    "self": Label("self-regulation", "行业自律"),
    "house": Label("house rule", "本机构规则"),
}
"""How binding a rule is, the most binding first."""

FORCES_TOLD: Final[Mapping[str, Label]] = {
    "law": Label("A statute or a court's binding interpretation.", "法律或具有约束力的司法解释。"),
    "reg": Label("An order or direction of the regulator.", "监管机构发布的规章或规范性文件。"),
    "std": Label(
        "A national standard that is recommended: its verbs are “should”. We keep to it as if it"
        " bound us, and say here that it does not.",
        "推荐性国家标准，用语为“宜”“不宜”。本系统按强制执行，但如实标明其效力。",
    ),
    "self": Label(
        "A convention or guideline of an association: it binds its members. We keep to it always,"
        " and say here what it is.",
        "行业协会的公约或指引，约束会员单位。本系统一律遵守，并如实标明其效力。",
    ),
    "house": Label(
        "No law says this: the house asks it of itself.", "法律没有此要求，是本机构对自己的要求。"
    ),
}
GRADES: Final[Mapping[str, Label]] = {
    "A": Label("wording read", "已核对条文"),
    "B": Label("consistent reports", "多方报道一致"),
    "B-": Label("one report", "单一来源"),
    "M": Label("unverified", "尚未核实"),
    "house": Label("our own", "自定规则"),
}
"""How sure we are of what a source says."""

GRADES_TOLD: Final[Mapping[str, Label]] = {
    "A": Label(
        "The wording of the article was read in a stored copy.", "已阅读所引条文的存档文本。"
    ),
    "B": Label(
        "News, law firms or legal sites report it alike; the text itself could not be opened.",
        "新闻、律所或法律网站报道一致，但未能直接查阅原文。",
    ),
    "B-": Label(
        "One secondary source, or a machine translation.", "仅有一个二手来源，或为机器翻译。"
    ),
    "M": Label(
        "Known only from memory. Such a rule is a draft: it warns and never refuses.",
        "仅凭记忆，尚未核实。此类规则只是草案：只提示，不拒绝。",
    ),
    "house": Label(
        "There is no outside source: the rule is ours.", "无外部来源：规则由本机构自定。"
    ),
}
STATUSES: Final[Mapping[str, Label]] = {
    "active": Label("in force: it refuses", "生效：会拒绝"),
    "draft": Label("draft: it only warns", "草案：仅提示"),
}
KINDS: Final[Mapping[str, Label]] = {
    "act_rule": Label("rule on an act", "行为规则"),
    "template_rule": Label("rule on wording", "话术与模板规则"),
    "workflow_deadline": Label("step or deadline of the work", "流程与期限"),
    "retention": Label("keeping and deleting records", "留存与删除"),
    "scope": Label("says to whom the others apply", "适用范围"),
    "not_checkable": Label("a program cannot check it", "程序无法检查"),
}
"""What became of a row of the reference."""

THEMES: Final[Mapping[str, Label]] = {
    "base": Label("Foundation", "基础"),
    "hours": Label("Hours", "时间"),
    "contact": Label("Contact", "触达"),
    "calls": Label("Calls", "电话"),
    "caps": Label("How often", "频次"),
    "channels": Label("Channels", "渠道"),
    "who": Label("Who and whom", "执行方与对象"),
    "person": Label("The person", "本人状况"),
    "persons": Label("The person", "本人状况"),
    "third_persons": Label("Third persons", "第三人"),
    "locate": Label("Asking for contact data", "询问联系方式"),
    "privacy": Label("Privacy", "隐私"),
    "holds": Label("Holds", "停催"),
    "needless": Label("What is no longer needed", "已无必要的催收"),
    "plans": Label("Plans", "还款协议"),
    "vulnerable": Label("Vulnerable people", "脆弱人群"),
    "purposes": Label("Purposes", "目的与事由"),
    "switches": Label("Stop switches and observe mode", "停止开关与观察模式"),
    "wording": Label("Wording", "话术与内容"),
    "identity": Label("Identity and notice", "身份与告知"),
    "validation": Label("Validation of the debt", "债务核实"),
    "visits": Label("Visits", "上门"),
    "places": Label("Places", "地点"),
    "announcing": Label("Announcing visits and legal steps", "告知上门与法律措施"),
    "recording": Label("Recording", "录音录像"),
    "staff": Label("Staff", "人员"),
    "agencies": Label("Agencies", "外部机构"),
    "loans": Label("The loan", "贷款"),
    "debits": Label("Direct debits", "扣款"),
    "legal": Label("Legal steps", "法律措施"),
    "bureau": Label("Credit bureaus", "征信"),
}
"""Titles of the files of a pack, in the order in which people read them."""


def text_of(label: Label | None, language: Language, code: str = "") -> str:
    """A label in a language; the code where there is no label."""
    if label is None:
        return code
    return label.zh if language == "zh" else label.en


def theme(code: str, language: Language) -> str:
    """The title of a theme; a pack may have themes that nobody named yet."""
    return text_of(THEMES.get(code), language, code.replace("_", " ").capitalize())


def acts(names: Iterable[str], language: Language) -> tuple[str, ...]:
    """Acts by their names, in the order of the vocabulary."""
    held = frozenset(names)
    return tuple(text_of(label, language) for name, label in ACTS.items() if name in held)


def whom(rule: Rule, language: Language) -> tuple[str, ...]:
    """Those whom a rule is about; empty if it is about everybody."""
    return _members("Party", rule.parties, language)


def body(rule: Rule) -> str:
    """The Cedar text of a rule without its annotations, which are told in words."""
    notes = _NOTES.match(rule.text)
    return rule.text[notes.end() :] if notes else rule.text


def by_whom(rule: Rule, language: Language) -> tuple[str, ...]:
    """Those who act; empty if it is all the same who does."""
    return _members("Actor", rule.actors, language)


def _members(name: str, held: frozenset[str], language: Language) -> tuple[str, ...]:
    members = LISTS[name]
    if held >= set(members):
        return ()
    return tuple(text_of(label, language) for code, label in members.items() if code in held)


def fact(name: str, language: Language) -> str:
    """What a fact says; its name if the vocabulary lacks it."""
    known = FACTS.get(name)
    if known is None:
        return name
    return known.zh if language == "zh" else known.en


def facts(names: Iterable[str], language: Language) -> tuple[str, ...]:
    """What facts say, in the order of the vocabulary."""
    return tuple(fact(name, language) for name in sorted(names, key=_place))


def _place(name: str) -> tuple[int, str]:
    return _ORDER.get(name, len(_ORDER)), name


_ORDER: Final = {name: number for number, name in enumerate(FACTS)}
_NOTES: Final = re.compile(r"(?:@\w+\s*\(\s*\"(?:\\.|[^\"\\])*\"\s*\)\s*|//[^\n]*\n\s*)*")
_YES: Final = {True: Label("yes", "是"), False: Label("no", "否")}
_UNKNOWN: Final = Label("unknown", "不明")


def value(name: str, given: Value, language: Language) -> str:
    """A value of a fact: yes, a member's name, ``22:00`` for a minute of the day, a number."""
    known = FACTS.get(name)
    if given is None:
        return text_of(_UNKNOWN, language)
    if isinstance(given, bool):
        return text_of(_YES[given], language)
    if isinstance(given, int):
        minutes = known is not None and known.kind == "minute"
        return f"{given // 60:02}:{given % 60:02}" if minutes else f"{given}"
    listed = LISTS.get(known.values or "", {}) if known is not None else {}
    return text_of(listed.get(given), language, given)


def given(facts: Mapping[str, Value], language: Language) -> tuple[str, ...]:
    """Facts as ``what: value``, in the order of the vocabulary."""
    colon = "：" if language == "zh" else ": "
    return tuple(
        f"{fact(name, language)}{colon}{value(name, facts[name], language)}"
        for name in sorted(facts, key=_place)
    )


def cite_told(cite: str, language: Language) -> str:
    """Where a rule stands, as readers of a language see it.

    Laws keep the name that they have; what the house cites is its own, and told in both languages.
    """
    if language != "zh":
        return cite
    known = _house_cites()
    if cite in known:
        return known[cite]
    source, colon, title = cite.partition(": ")
    return f"{known[source]}：{known.get(title, title)}" if colon and source in known else cite


@cache
def _house_cites() -> Mapping[str, str]:
    told = yaml.safe_load(_HOUSE_CITES.read_text(encoding="utf-8"))
    return {str(english): str(chinese) for english, chinese in told.items()}
