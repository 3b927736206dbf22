"""The form by which persons are placed, recalled or left with an agency; what it lacks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext as _

from arrears.book.treat import TREATMENTS
from arrears.console.words import BUCKETS, PRODUCTS
from arrears.kernel.money import EXPONENTS, format_minor, parse_major
from arrears.placements.rules.filters import MOST_REFS
from arrears.placements.rules.kinds import BATCH_KINDS

CURRENCIES: Final = ("CNY", "USD", "TWD", "INR", "GBP", "EUR", "HKD", "JPY")
_MOST_TEXT: Final = 2_000_000
_BETWEEN: Final = re.compile(r"[\s,;，；、]+")


@dataclass(frozen=True)
class Planned:
    """The form as it was filled in, to be shown again."""

    kind: str
    organisation: str
    term: str
    buckets: tuple[str, ...]
    products: tuple[str, ...]
    treatment: str
    jurisdictions: str
    currency: str
    least: str
    most: str
    least_days: str
    most_days: str
    refs: str
    term_over: bool
    reason: str

    @classmethod
    def of(cls, form: Any) -> Planned:
        """Read what was sent, or what an address asks for."""

        def text(name: str, most: int = 200) -> str:
            return str(form.get(name, "")).replace("\x00", "").strip()[:most]

        kind = text("kind")
        return cls(
            kind=kind if kind in BATCH_KINDS else "place",
            organisation=text("organisation"),
            term=text("term"),
            buckets=tuple(code for code in BUCKETS if code in form.getlist("bucket")),
            products=tuple(code for code in PRODUCTS if code in form.getlist("product")),
            treatment=text("treatment") if text("treatment") in TREATMENTS else "",
            jurisdictions=text("jurisdictions"),
            currency=text("currency") if text("currency") in EXPONENTS else "",
            least=text("least", 30),
            most=text("most", 30),
            least_days=text("least_days", 9),
            most_days=text("most_days", 9),
            refs=text("refs", _MOST_TEXT),
            term_over=bool(form.get("term_over")),
            reason=text("reason", 2000),
        )

    @classmethod
    def of_batch(cls, batch: Any) -> Planned:
        """The form that a batch was previewed with."""
        given: Mapping[str, Any] = batch.filter
        currency = given.get("currency") or ""

        def amount(name: str) -> str:
            minor = given.get(name)
            if minor is None:
                return ""
            return re.sub(r"[^\d.]", "", format_minor(minor, currency))

        def number(name: str) -> str:
            return "" if given.get(name) is None else str(given[name])

        treatments = given.get("treatments") or [""]
        return cls(
            kind=batch.kind,
            organisation=batch.organisation,
            term="" if batch.term_until_on is None else batch.term_until_on.isoformat(),
            buckets=tuple(given.get("buckets", ())),
            products=tuple(given.get("products", ())),
            treatment=treatments[0],
            jurisdictions=", ".join(given.get("jurisdictions", ())),
            currency=currency,
            least=amount("least_minor"),
            most=amount("most_minor"),
            least_days=number("least_days"),
            most_days=number("most_days"),
            refs="\n".join(given.get("person_refs", ())),
            term_over=bool(given.get("term_over")),
            reason=batch.reason,
        )

    @property
    def person_refs(self) -> list[str]:
        """The references, however they are kept apart."""
        return sorted({each for each in _BETWEEN.split(self.refs) if each})

    def term_until_on(self) -> date | None:
        """The first day on which the term is over; None if it is no day, or a recall."""
        if self.kind == "recall":
            return None
        try:
            return date.fromisoformat(self.term)
        except ValueError:
            return None

    def filter(self) -> dict[str, Any]:
        """What the action is asked for; only after :meth:`problems` found none."""
        given: dict[str, Any] = {
            "person_refs": self.person_refs,
            "buckets": list(self.buckets),
            "products": list(self.products),
            "treatments": [self.treatment] if self.treatment else [],
            "jurisdictions": self._jurisdictions(),
            "currency": self.currency or None,
            "least_minor": self._minor(self.least),
            "most_minor": self._minor(self.most),
            "least_days": int(self.least_days) if self.least_days else None,
            "most_days": int(self.most_days) if self.most_days else None,
            "term_over": self.term_over and self.kind != "place",
        }
        return {name: value for name, value in given.items() if value not in ([], None, False)}

    def problems(self, today: date) -> list[str]:
        """What the form still lacks, in the reader's language; the action checks it again."""
        found = []
        if not self.organisation:
            found.append(_("Choose an agency."))
        if self.kind != "recall":
            term = self.term_until_on()
            if term is None or term <= today:
                found.append(_("The term ends on a day that lies ahead."))
        found += self._of_numbers()
        if len(self.person_refs) > MOST_REFS:
            found.append(
                _("Name %(most)s persons at most; ask in parts.") % {"most": f"{MOST_REFS:,}"}
            )
        if any(len(each) > 200 for each in self.person_refs):
            found.append(_("A reference is longer than references are."))
        if self.person_refs and self.term_over:
            found.append(_("Name persons, or take all whose term is over: not both."))
        if not found and not self.filter():
            found.append(_("Say which persons: name them, or give a condition."))
        if not self.reason:
            found.append(_("Give a reason that others can follow."))
        return found

    def _of_numbers(self) -> list[str]:
        amount, number = (
            _("“%(text)s” is no amount. Write it like 1234.50."),
            _("“%(text)s” is no number of days."),
        )
        found = [
            amount % {"text": text}
            for text in (self.least, self.most)
            if text and self._minor(text) is None
        ]
        if (self.least or self.most) and not self.currency:
            found.append(_("Choose the currency of the amount."))
        found += [
            number % {"text": text}
            for text in (self.least_days, self.most_days)
            if text and not (text.isascii() and text.isdigit())
        ]
        return found

    def _minor(self, text: str) -> int | None:
        if not text:
            return None
        try:
            amount = parse_major(text, self.currency or CURRENCIES[0], thousands=",")
        except ValueError:
            return None
        return amount if 0 <= amount < 2**53 else None

    def _jurisdictions(self) -> list[str]:
        return sorted({each.upper() for each in _BETWEEN.split(self.jurisdictions) if each})
