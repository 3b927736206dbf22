"""The texts of ``wordings.yaml``, and the rules that refuse them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from arrears.contacts.wording.lint import Draft, lint

AT = datetime(2026, 11, 25, 4, tzinfo=UTC)
CASES = yaml.safe_load(Path(__file__).with_name("wordings.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_rules_named_refuse_the_text_and_no_others(case):
    checked = lint(
        Draft(
            case["channel"], "collect", "none", case["language"], case.get("title", ""),
            case["text"], tuple(case["where"]), case.get("carrier", "local_inbox"),
        ),
        AT,
    )  # fmt: skip
    assert sorted({finding.code for finding in checked.findings}) == case["refused_by"]
    assert all(finding.en and finding.zh for finding in checked.findings)
