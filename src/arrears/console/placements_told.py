"""What of placements is told in sentences: refusals of the actions, and what comes next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from arrears.console import words
from arrears.console.rules_told import language
from arrears.kernel.errors import ArrearsError, IllegalTransition
from arrears.kernel.money import format_minor
from arrears.people.access import TABLE
from arrears.people.names import names_of
from arrears.people.organisations import agency_of
from arrears.people.words import OBSTACLES
from arrears.placements.limits import limits
from arrears.placements.words import ASIDE, SECOND, UNDO
from arrears.rulebook import telling
from arrears.rulebook.vocabulary import LISTS
from arrears.store.actor import Actor

_MOVED_ON: Final = gettext_lazy("It moved on meanwhile; the page shows how it stands.")
# By the message of the action's error.
REFUSALS: Final[Mapping[str, Promise | str]] = {
    "nothing may be placed with this agency today": gettext_lazy(
        "Nothing may be placed with this agency today. %(found)s"
    ),
    "the term is longer than the contract": gettext_lazy(
        "The term is longer than the agency's contract, which ends on %(day)s."
    ),
    "the book lacks persons that the batch names": gettext_lazy(
        "The book has nobody with these references: %(found)s"
    ),
    "the batch is empty": gettext_lazy("Nobody fits these conditions."),
    "the batch is too large": gettext_lazy(
        "More persons fit than one batch may have; ask in parts."
    ),
    "a placement has a term": gettext_lazy("The term ends on a day that lies ahead."),
    "there is no such agency": gettext_lazy("Choose an agency."),
    "no term would become longer": gettext_lazy(
        "No term would become longer: give a later day, for persons whom the agency has."
    ),
    "none of these persons is placed with the agency": gettext_lazy(
        "The agency does not lead this person any more; the page shows how it stands."
    ),
    "nobody approves or refuses what they asked for": gettext_lazy(
        "You asked for it, so somebody else decides."
    ),
    "this is not the list that was previewed": _MOVED_ON,
    "the preview is too old": gettext_lazy("The preview is too old. Make a new one."),
    "the list of the batch was changed after it was previewed": gettext_lazy(
        "The list is not the one that was approved. Refuse it, make a new preview, and tell"
        " security: somebody wrote to it."
    ),
    "the batch cannot be undone": gettext_lazy("It cannot be undone. %(found)s"),
    "no notice of an agency is due to this person": gettext_lazy(
        "Nobody has to be told any more; the page shows how it stands."
    ),
}


def refusal(error: ArrearsError) -> str:
    """Why an action did not do it, in the reader's language."""
    if isinstance(error, IllegalTransition):
        return str(_MOVED_ON)
    said = REFUSALS.get(error.message)
    if said is None:
        return str(_MOVED_ON)
    # Days stand first in what was expected, as 2027-03-02.
    return str(said) % {"found": error.found or "", "day": (error.expected or "")[:10]}


def second_told(codes: Iterable[str]) -> list[str]:
    """Why a second person decides; amounts with the limit that they are above."""
    told = []
    for code in codes:
        name, _colon, currency = code.partition(":")
        sentence = str(SECOND.get(name, code))
        allowed = limits()
        if name == "money" and currency in allowed.money_above_minor:
            limit = format_minor(allowed.money_above_minor[currency], currency)
        elif name == "persons":
            limit = f"{allowed.persons_above:,}"
        else:
            limit = ""
        told.append(f"{sentence} ({limit})" if limit else sentence)
    return told


def aside_told(reason: str, detail: str | None) -> str:
    """Why a person is set aside, with which hold, product or agency it is about."""
    sentence = str(ASIDE.get(reason, reason))
    if not detail:
        return sentence
    if reason == "held":
        detail = words.word(detail, "hold_kinds")
    elif reason == "product":
        detail = words.word(detail, "products")
    return f"{sentence} ({detail})"


def undo_told(codes: Iterable[str]) -> list[str]:
    """Why a batch cannot be undone."""
    return [str(UNDO.get(code, code)) for code in codes]


def unfit_told(codes: Iterable[str]) -> list[str]:
    """Why nothing may be placed with an agency."""
    return [str(OBSTACLES.get(code, code)) for code in codes]


def filter_told(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a batch was asked for, condition by condition."""
    currency = given.get("currency")
    lines: list[tuple[str, str]] = []
    for name, title, say in (
        ("buckets", _("Bucket"), lambda code: code),
        ("products", _("Product"), lambda code: words.word(code, "products")),
        ("treatments", _("Next step"), words.treatment),
        ("jurisdictions", _("Region"), lambda code: code),
    ):
        if given.get(name):
            lines.append((title, ", ".join(say(code) for code in given[name])))
    for name, title in (("least_minor", _("Overdue from")), ("most_minor", _("Overdue up to"))):
        if given.get(name) is not None:
            lines.append((title, format_minor(given[name], str(currency))))
    if currency:
        lines.append((_("Currency"), str(currency)))
    for name, title in (
        ("least_days", _("Days late, from")),
        ("most_days", _("Days late, up to")),
    ):
        if given.get(name) is not None:
            lines.append((title, f"{given[name]:,}"))
    if given.get("person_refs"):
        count = len(given["person_refs"])
        named_count = ngettext("%(count)s named", "%(count)s named", count) % {
            "count": f"{count:,}"
        }
        lines.append((_("Persons"), named_count))
    if given.get("term_over"):
        lines.append((_("Term"), _("over")))
    return lines


def roles_that(action: str) -> str:
    """The roles that may do something with placements, as a list in words."""
    roles = TABLE.resources["placements"].actions[action].by
    names = [words.word(role, "staff") for role in TABLE.roles if role in roles]
    return ("、" if words.in_chinese() else ", ").join(names)


def channels() -> list[tuple[str, str]]:
    """The channels by which a person can be told."""
    tongue = language()
    return [
        (code, telling.text_of(label, tongue, code))
        for code, label in LISTS["Channel"].items()
        if code != "none"
    ]


def named(actor: Actor, acted: Iterable[str | None]) -> dict[str, str]:
    """How those who acted are called for this reader, by their name on record."""
    names = {each for each in acted if each}
    known = names_of(actor, names)
    lender = str(words.HOUSES["lender"])
    agency = agency_of(actor.scope) is not None
    found = {}
    for each in names:
        other = lender if agency else each
        found[each] = _("the system") if each.startswith("system:") else known.get(each, other)
    return found
