"""Refusals as sentences: what a rule says, where it stands, how binding it is, what can be done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from django.urls import reverse

from arrears.rulebook import telling
from arrears.rulebook.telling import Language


class Given(Protocol):
    """A reason as the rulebook or a stored verdict has it."""

    @property
    def id(self) -> str: ...
    @property
    def pack(self) -> str: ...
    @property
    def cite(self) -> str: ...
    @property
    def force(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def zh(self) -> str: ...
    @property
    def do_en(self) -> str: ...
    @property
    def do_zh(self) -> str: ...


@dataclass(frozen=True)
class ReasonTold:
    """A refusal in one language; ``url`` leads to the rule, empty for the engine's own faults."""

    id: str
    text: str
    remedy: str
    cite: str
    force: str
    url: str


def reasons_told(reasons: Iterable[Given], language: Language) -> tuple[ReasonTold, ...]:
    """Every reason as a sentence, in the order given."""
    return tuple(_told(reason, language) for reason in reasons)


def _told(reason: Given, language: Language) -> ReasonTold:
    chinese = language == "zh"
    page = reverse("console:rule-pack", args=[reason.pack]) if reason.pack else ""
    return ReasonTold(
        id=reason.id,
        text=reason.zh if chinese else reason.en,
        remedy=reason.do_zh if chinese else reason.do_en,
        cite=telling.cite_told(reason.cite, language),
        force=telling.text_of(telling.FORCES.get(reason.force), language),
        url=f"{page}?q={reason.id}" if page else "",
    )
