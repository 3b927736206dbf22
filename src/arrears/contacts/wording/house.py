"""The wordings that come with Arrears, read and checked as they stand in ``shipped``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from arrears.contacts.wording.text import LANGUAGES
from arrears.rulebook.act import JURISDICTIONS

_FILE: Final = Path(__file__).parent / "shipped" / "house.yaml"
# English has the disclosures of every law; Chinese those of China.
_WHERE: Final = {"zh": ("cn",), "en": JURISDICTIONS}


@dataclass(frozen=True, slots=True)
class ShippedWording:
    """A text for one channel and language; SMS have no title."""

    channel: str
    language: str
    subject: str
    body: str
    jurisdictions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShippedTemplate:
    """What a message is for, and its wordings."""

    ref: str
    about_en: str
    about_zh: str
    purpose: str
    reason: str
    wordings: tuple[ShippedWording, ...]


@cache
def shipped() -> tuple[ShippedTemplate, ...]:
    """Every template that comes with Arrears, in the order of the file."""
    written = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return tuple(_template(ref, each) for ref, each in written.items())


def _template(ref: str, each: dict[str, Any]) -> ShippedTemplate:
    return ShippedTemplate(
        ref,
        each["about"]["en"],
        each["about"]["zh"],
        each["purpose"],
        each["reason"],
        tuple(
            ShippedWording(
                one["channel"],
                language,
                one.get("title", {}).get(language, ""),
                one[language],
                _WHERE[language],
            )
            for one in each["wordings"]
            for language in LANGUAGES
        ),
    )
