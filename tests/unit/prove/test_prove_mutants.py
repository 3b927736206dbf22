"""The mutation test: every small error in a real rule is noticed, and missing cases are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from proving import claims, folder, text

from arrears.rulebook.load import PACKS, load_rulebook
from arrears.rulebook.prove.book import Book, rules_of
from arrears.rulebook.prove.mutation import Trial, Tried, counted
from arrears.rulebook.prove.report import baselines_beside
from arrears.rulebook.prove.trial import read_trials

MESSAGE = 'principal, action in [Action::"message", Action::"letter"], resource'
CAP = text("cn.cap", "context.messages_today >= 2 && !context.reply_owed", MESSAGE)
AT = "at: 2026-03-02T10:00+08:00, act: "
CASES = [
    f"{{case: third, rule: cn.cap, {AT}message, given: {{messages_today: 2}}, refused: [cn.cap]}}",
    f"{{case: letter, rule: cn.cap, {AT}letter, given: {{messages_today: 2}}, refused: [cn.cap]}}",
    f"{{case: second, rule: cn.cap, {AT}message, given: {{messages_today: 1}}, allowed: true}}",
    f"{{case: call, rule: cn.cap, {AT}call_human, given: {{messages_today: 2}}, allowed: true}}",
    f"{{case: reply, rule: cn.cap, {AT}message, given: {{messages_today: 2, reply_owed: true}},"
    " allowed: true}",
]


def packs(path: Path, rule: str, cases: list[str]) -> Path:
    """A folder with one Chinese rule and its golden cases."""
    folder(path, cn=[rule])
    (path / "cn" / "cases").mkdir()
    written = "".join(f"- {case}\n" for case in cases)
    (path / "cn" / "cases" / "cap.yaml").write_text(written, encoding="utf-8")
    return path


def tried(path: Path) -> list[Tried]:
    """All mutants of a folder; its cases must pass as they are."""
    trials = read_trials(path)
    assert trials.failing == ()
    return list(trials.run())


def survived(path: Path) -> list[Tried]:
    """Those that nothing noticed."""
    return [one for one in tried(path) if one.fate == "survived"]


def test_every_mutant_of_every_rule_is_caught() -> None:
    trials = read_trials()
    assert trials.failing == (), "the formulas of the proofs must answer as the cases say"
    found = list(trials.run())
    assert [f"{one.rule.id}: {one.what}" for one in found if one.fate == "survived"] == []
    assert {one.rule.id for one in found if one.fate in ("case", "proof")} == {
        rule.id for rule in trials.rules
    }
    assert counted(found)["case"] > 10 * len(trials.rules)


def test_cases_on_both_sides_of_everything_leave_no_mutant(tmp_path: Path) -> None:
    found = tried(packs(tmp_path, CAP, CASES))
    assert {one.fate for one in found} == {"case"}
    assert {one.by for one in found} >= {"third", "letter", "second", "call", "reply"}


@pytest.mark.parametrize(
    ("left_out", "expected"),
    [
        ("second", "`messages_today >= 1` instead of `messages_today >= 2`"),
        ("reply", "`!reply_owed` dropped"),
        ("letter", "letter dropped from `act in [message, letter]`"),
        ("call", "`act in [message, letter]` dropped"),
    ],
)
def test_a_missing_case_is_named_and_the_suggested_one_fills_the_gap(
    tmp_path: Path, left_out: str, expected: str
) -> None:
    kept = [case for case in CASES if not case.startswith(f"{{case: {left_out},")]
    gaps = survived(packs(tmp_path / "gap", CAP, kept))
    assert expected in [one.what for one in gaps]
    path = packs(tmp_path / "filled", CAP, kept)
    with (path / "cn" / "cases" / "more.yaml").open("w", encoding="utf-8") as file:
        for number, one in enumerate(gaps):
            assert one.missing is not None
            file.write(one.missing.as_case(f"suggested {number}", one.rule))
    assert survived(path) == []


DATED = CAP.replace('@from("") @until("")', '@from("2026-03-02") @until("2026-04-01")')
DAYS = {
    "begins a day early": ("2026-03-01", "allowed: true"),
    "begins a day late": ("2026-03-02", "refused: [cn.cap]"),
    "ends a day early": ("2026-03-31", "refused: [cn.cap]"),
    "ends a day late": ("2026-04-01", "allowed: true"),
}


def on_days(*left_out: str) -> list[str]:
    """The cases of the cap, and one on each of its first and last days."""
    return CASES + [
        f"{{case: {what}, rule: cn.cap, at: {day}T10:00+08:00, act: letter, "
        f"given: {{messages_today: 2}}, {expected}}}"
        for what, (day, expected) in DAYS.items()
        if what not in left_out
    ]


@pytest.mark.parametrize("what", ["begins a day early", "ends a day early", "ends a day late"])
def test_the_first_and_the_last_day_of_a_rule_need_their_cases(tmp_path: Path, what: str) -> None:
    assert survived(packs(tmp_path / "all", DATED, on_days())) == []
    (gap,) = survived(packs(tmp_path / "gap", DATED, on_days(what)))
    assert gap.what == what and gap.missing is not None
    assert gap.missing.at.date().isoformat() == DAYS[what][0]
    assert bool(gap.missing.refused) == ("refused" in DAYS[what][1])


def test_a_day_moved_between_two_versions_that_say_the_same_changes_nothing(
    tmp_path: Path,
) -> None:
    both = CAP.replace('@until("")', '@until("2026-03-15")') + CAP.replace(
        '@from("")', '@from("2026-03-15")'
    )
    found = {one.what: one.fate for one in tried(packs(tmp_path, both, CASES))}
    assert (found["ends a day late"], found["begins a day early"]) == ("equivalent", "equivalent")
    assert (found["ends a day early"], found["begins a day late"]) == ("survived", "survived")


def test_a_draft_is_watched_only_by_cases_that_state_its_warning(tmp_path: Path) -> None:
    draft = CAP.replace('@status("active")', '@status("draft")')
    loose = [case.replace("refused: [cn.cap]", "allowed: true") for case in CASES]
    assert len(survived(packs(tmp_path / "loose", draft, loose))) > 3
    stated = [
        case.replace("refused: [cn.cap]", "allowed: true, warned: [cn.cap]")
        if "refused" in case
        else case.replace("allowed: true", "allowed: true, warned: []")
        for case in CASES
    ]
    assert survived(packs(tmp_path / "stated", draft, stated)) == []


def test_a_dropped_guard_is_caught_by_the_validator_and_the_same_rule_again_by_z3(
    tmp_path: Path,
) -> None:
    rule = text("cn.h", "context has local_minute && context.local_minute < 480 && "
                "context.local_minute < 600")  # fmt: skip
    fates = {one.what: one.fate for one in tried(packs(tmp_path, rule, []))}
    assert fates["`has local_minute` dropped"] == "check"
    assert fates["`local_minute < 600` dropped"] == "equivalent"
    assert fates["`local_minute < 481` instead of `local_minute < 480`"] == "survived"


def test_claims_catch_what_no_case_does(tmp_path: Path) -> None:
    """Loosened, a rule breaks what is never to be; tightened, what must stay possible."""
    book = load_rulebook(folder(tmp_path / "packs", cn=[CAP]))
    written = (
        '@id("never") @en("E.") @zh("中。") @in("cn") forbid (principal, action == '
        'Action::"message", resource) when { context.messages_today >= 2 && !context.reply_owed };'
        '@id("possible") @en("E.") @zh("中。") @in("cn") permit (principal, action == '
        'Action::"message", resource) when { context.messages_today >= 2 };'
    )
    chosen = claims(tmp_path / "claims.cedar", written)
    trial = Trial(Book(rules_of(book)), chosen, (), baselines_beside(PACKS))
    (rule,) = book.packs["cn"].rules
    found = {one.what: (one.fate, one.by) for one in trial.of(rule)}
    assert found["the rule deleted"] == ("proof", "never")
    assert found["`messages_today >= 3` instead of `messages_today >= 2`"] == ("proof", "never")
    assert found["`!reply_owed` dropped"] == ("proof", "possible")
    assert found["letter dropped from `act in [message, letter]`"][0] == "survived"


def test_a_claim_that_fails_anyway_catches_nothing(tmp_path: Path) -> None:
    path = packs(tmp_path / "packs", CAP, [])
    assert {one.fate for one in tried(path)} == {"survived"}


def test_a_case_that_fails_anyway_takes_no_part_and_is_told(tmp_path: Path) -> None:
    wrong = CASES[0].replace("refused: [cn.cap]", "allowed: true")
    trials = read_trials(packs(tmp_path, CAP, [wrong, *CASES[1:]]))
    assert trials.failing == ("cn/cases/cap.yaml:1: third",)
    assert trials.cases == len(CASES) - 1
