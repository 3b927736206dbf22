"""Rulebooks of a few rules, written for one test."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from arrears.rulebook.act import Act
from arrears.rulebook.baseline import read_baseline
from arrears.rulebook.load import PACKS

ALL = "principal, action, resource"
BASELINES = read_baseline()
PACK_FILES = {
    "cn": "code: cn\nen: China\nzh: 中国\nzone: Asia/Shanghai\n",
    "us": "code: us\nen: America\nzh: 美国\nzone: America/New_York\n",
    "in": "code: in\nen: India\nzh: 印度\nzone: Asia/Kolkata\n",
    "gb": "code: gb\nen: Britain\nzh: 英国\nzone: Europe/London\n",
    "house": "code: house\nen: House\nzh: 本机构\nzone: Asia/Shanghai\njurisdiction: cn\n",
}


def rule(name: str, body: str = "", scope: str = ALL, **notes: str) -> str:
    """A rule's text; ``body`` is what stands in ``when``, ``notes`` replace annotations.

    An annotation whose value is the word ``drop`` is left out; ``from_`` is ``@from``.
    """
    given = {
        "id": name,
        "row": "cn.contact.hours",
        "cite": "Act 1, s. 1",
        "force": "law",
        "grade": "A",
        "status": "active",
        "from": "",
        "until": "",
        "en": "No.",
        "zh": "不得。",
        "do_en": "Wait.",
        "do_zh": "请等待。",
        **{key.rstrip("_"): value for key, value in notes.items()},
    }
    lines = [f'@{key}("{value}")' for key, value in given.items() if value != "drop"]
    when = f"\nwhen {{ {body} }}" if body else ""
    return "\n".join([*lines, f"forbid ({scope}){when};", ""])


def write_book(folder: Path, **packs: str) -> Path:
    """Packs of these rules below ``folder``, with the house's permit; returns the folder."""
    for code in {*packs, "house"}:
        (folder / code).mkdir(parents=True, exist_ok=True)
        (folder / code / "pack.yaml").write_text(PACK_FILES[code], encoding="utf-8")
        (folder / code / "rules.cedar").write_text(packs.get(code, ""), encoding="utf-8")
    shutil.copy(PACKS / "house" / "base.cedar", folder / "house" / "base.cedar")
    return folder


def act(
    name: str = "message",
    at: str = "2026-03-02T10:00+08:00",
    jurisdiction: str | None = "cn",
    zone: str | None = "Asia/Shanghai",
    given: Mapping[str, Any] | None = None,
    **more: Any,
) -> Act:
    """An act that starts from its baseline."""
    baseline = BASELINES[name]
    return Act(
        act=name,
        actor=more.pop("actor", baseline.actor),
        party=more.pop("party", baseline.party),
        at=datetime.fromisoformat(at),
        jurisdiction=jurisdiction,
        zone=zone,
        facts={**baseline.facts, **(given or {})},
        **more,
    )
