"""How long a record is kept: the longest of the terms that apply, and while any is still open."""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import yaml

from arrears.kernel.dates import ONE_DAY, add_months
from arrears.kernel.errors import BadInput, ConfigError

PACKS: Final = Path(__file__).parent / "packs"
HOUSE: Final = "house"
CLASSES: Final = (
    "contact_record",
    "call_recording",
    "visit_recording",
    "visit_evidence",
    "consent",
    "plan_recording",
    "plan_agreement",
    "complaint_file",
    "legal_file",
    "impact_assessment",
    "staff_file",
)
Mark = Literal["recorded", "last_act", "settled", "closed"]
MARKS: Final = ("recorded", "last_act", "settled", "closed")
_KEYS: Final = {"classes", "months", "from", "cite", "force", "grade", "en", "zh"}


@dataclass(frozen=True, slots=True)
class Term:
    """A shortest time to keep records of some classes.

    Parameters
    ----------
    months
        From the day of ``counts_from``; 0 keeps until that day.
    counts_from
        ``last_act`` is the last collection act, ``settled`` the end of the debt, ``closed`` that
        of the complaint or legal matter.
    row
        Row of the reference; empty for a house term.
    """

    pack: str
    classes: frozenset[str]
    months: int
    counts_from: Mark
    row: str
    cite: str
    force: str
    grade: str
    en: str
    zh: str


def keep_until(
    kind: str, jurisdiction: str | None, marks: Mapping[str, date | None], *, legal_hold: bool
) -> date | None:
    """The first day on which a record may be deleted; None while it cannot be told yet.

    Parameters
    ----------
    kind
        One of :data:`CLASSES`.
    jurisdiction
        Of the borrower; None if unknown: the terms of every law apply.
    marks
        The day of each of :data:`MARKS` that has happened.
    legal_hold
        While a court or a complaint needs the record nothing is deleted, whatever the terms say.

    Raises
    ------
    BadInput
        If there is no such class.
    """
    if legal_hold:
        return None
    ends: list[date] = []
    for term in terms(kind, jurisdiction):
        begins = marks.get(term.counts_from)
        if begins is None:
            return None
        # The anniversary itself is still kept: "at least" must not lose a day to short months.
        ends.append(add_months(begins, term.months) + ONE_DAY)
    return max(ends)


def terms(kind: str, jurisdiction: str | None) -> tuple[Term, ...]:
    """The terms that apply to a class of records, the house's last."""
    if kind not in CLASSES:
        raise BadInput("there is no such class of records", expected=", ".join(CLASSES), found=kind)
    packs = every_term()
    laws: Collection[str] = [jurisdiction] if jurisdiction else sorted(set(packs) - {HOUSE})
    unknown = [law for law in laws if law not in packs]
    if unknown:
        raise BadInput("there is no such jurisdiction", expected=", ".join(packs), found=unknown[0])
    return tuple(term for pack in [*laws, HOUSE] for term in packs[pack] if kind in term.classes)


@functools.cache
def every_term() -> Mapping[str, tuple[Term, ...]]:
    """The terms of each pack, read from its ``retention.yaml``.

    Raises
    ------
    ConfigError
        If a term lacks something, or a class has no house term to fall back on.
    """
    found = {
        path.parent.name: tuple(_term(path, given) for given in yaml.safe_load(path.read_text()))
        for path in sorted(PACKS.glob("*/retention.yaml"))
    }
    covered = {kind for term in found.get(HOUSE, ()) for kind in term.classes}
    if covered != set(CLASSES):
        raise ConfigError(
            "the house has no term for some classes of records",
            expected=", ".join(CLASSES),
            found=", ".join(sorted(covered)),
            remedy="complete packs/house/retention.yaml",
        )
    return found


def _term(path: Path, given: Mapping[str, Any]) -> Term:
    if not isinstance(given, dict) or set(given) - {"row"} != _KEYS:
        raise ConfigError(
            "a term of retention has other keys than it should",
            expected=", ".join(sorted(_KEYS)) + " and row",
            found=str(given)[:200],
            file=path,
        )
    classes = frozenset(given["classes"])
    months = given["months"]
    wrong = sorted(classes - set(CLASSES))
    if wrong or given["from"] not in MARKS or not isinstance(months, int) or months < 0:
        raise ConfigError(
            "a term of retention cannot be used",
            expected=f"classes of {CLASSES}, months from 0, from of {MARKS}",
            found=f"{wrong or given['from']}, months {months}",
            file=path,
        )
    return Term(
        pack=path.parent.name,
        classes=classes,
        months=months,
        counts_from=given["from"],
        row=given.get("row", ""),
        cite=given["cite"],
        force=given["force"],
        grade=given["grade"],
        en=given["en"],
        zh=given["zh"],
    )
