"""Claims: how they are read, and that bugs planted in the real rules are found and shown."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from proving import changed_packs, claims, folder, proof_of, text

from arrears.kernel.errors import ConfigError
from arrears.rulebook.decide import decide
from arrears.rulebook.load import load_rulebook
from arrears.rulebook.prove.report import prove

NEVER = '@id("t") @en("E.") @zh("中。") forbid (principal, action, resource) '


def test_every_claim_is_proved_and_said_in_both_languages() -> None:
    found = {proof.id: proof for proof in prove()}
    assert [name for name, proof in found.items() if not proof.proved] == []
    assert {name.split(".")[0] for name in found} >= {"V1", "V2", "V3", "V7", "hours", "caps"}
    assert all(proof.en != proof.zh and proof.en.endswith(".") for proof in found.values())
    assert sum(proof.seconds for proof in found.values()) < 10


@pytest.mark.parametrize(
    ("file", "old", "new", "claim", "fact", "value"),
    [
        ("house/visits.cedar", "context.notice_hours >= 24", "context.notice_hours >= 23",
         "V2.notice", "notice_hours", 23),
        ("house/visits.cedar", "when { context.crew_checked_in < 2 }",
         "when { context.crew_checked_in < 1 }", "V2.checked_in", "crew_checked_in", 1),
        ("house/holds.cedar", "context.hold_complaint &&",
         "context.hold_complaint && context.hold_other &&", "V3.holds", "hold_complaint", True),
        ("us/calls.cedar", "context.calls_7d_debt >= 7", "context.calls_7d_debt >= 8",
         "caps.us.calls", "calls_7d_debt", 7),
        ("us/hours.cedar", "context.local_minute_alt < 1260", "context.local_minute_alt < 1290",
         "hours.us", "local_minute_alt", 1261),
    ],
)  # fmt: skip
def test_a_planted_bug_is_found_with_an_act_that_is_wrongly_allowed(
    tmp_path: Path, file: str, old: str, new: str, claim: str, fact: str, value: object
) -> None:
    wrong = changed_packs(tmp_path / "packs", {file: (old, new)})
    proof = proof_of(wrong, claim)
    assert not proof.proved
    (example,) = proof.examples
    assert example.given[fact] == value
    assert len(example.given) <= 2, "an example says only what matters"
    assert decide(example.act(), load_rulebook(wrong)).allowed
    assert not decide(example.act()).allowed
    (case,) = yaml.safe_load(example.as_case("wrong"))
    assert case["allowed"] is True
    assert case["given"][fact] == value


def test_rules_that_refuse_everything_are_found(tmp_path: Path) -> None:
    shut = {"house/visits.cedar": ("context.crew_size > 3", "context.crew_size > 1")}
    told = proof_of(changed_packs(tmp_path / "packs", shut), "possible.visit").told
    assert any(line.startswith("visit_dispatch, cn") for line in told)
    assert any(line.startswith("visit_dispatch, jurisdiction unknown") for line in told)
    assert not any(line.startswith("visit_offer") for line in told)


def test_a_claim_holds_where_the_jurisdiction_is_unknown_too(tmp_path: Path) -> None:
    stopped = text("cn.stopped", "context.stopped")
    packs = folder(tmp_path / "packs", cn=[stopped])
    here = claims(
        tmp_path / "here.cedar", NEVER.replace("@en", '@in("cn") @en') + "when { context.stopped };"
    )
    everywhere = claims(tmp_path / "everywhere.cedar", NEVER + "when { context.stopped };")
    assert next(prove(packs, here)).proved
    refusal = next(prove(packs, everywhere))
    assert [example.asked.jurisdiction != "cn" for example in refusal.examples] == [True]


def test_a_claim_begins_and_ends_with_its_own_days(tmp_path: Path) -> None:
    """A rule that begins a day late leaves one day open, though no rule changes on that day."""
    late = text("cn.stopped", "context.stopped", days=("2026-01-02", ""))
    packs = folder(tmp_path / "packs", cn=[late])
    limited = NEVER.replace("@en", '@in("cn") @from("2026-01-01") @until("2026-02-01") @en')
    (claim,) = claims(tmp_path / "claims.cedar", limited + "when { context.stopped };")
    assert (claim.from_on, claim.until_on) == (date(2026, 1, 1), date(2026, 2, 1))
    (example,) = next(prove(packs, (claim,))).examples
    assert example.at.date() == date(2026, 1, 1)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("forbid (principal, action, resource) when {", "not Cedar"),
        ("forbid (principal, action, resource);", "@id is missing"),
        (NEVER.replace("@en", '@cite("x") @en') + ";", "@cite is unknown"),
        (NEVER.replace("@en", '@in("fr") @en') + ";", "@in names fr"),
        (NEVER + "when { context.local_minute < 480 };", "local_minute"),
        (NEVER + "when { context.no_such_fact };", "no_such_fact"),
        (NEVER.replace("action,", 'action == Action::"dance",') + ";", "dance"),
        (NEVER + ";" + NEVER + ";", "two claims"),
    ],
)
def test_a_claim_that_says_nothing_clear_is_refused(
    tmp_path: Path, written: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        claims(tmp_path / "claims.cedar", written)
    assert message in str(caught.value)
