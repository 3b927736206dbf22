"""What the address of a list asks for, read and checked: filters and page."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from arrears.book.check.reasons import REASONS
from arrears.book.contract import TABLES
from arrears.console import words
from arrears.loans.queries import SetAsideFilter

PAGE_SIZE = 50
# Deep pages are slow everywhere and useful nowhere: whoever is there should filter.
LAST_PAGE = 10_000
OWN_FAULT = "own"


class SetAsideForm(forms.Form):
    """The filters above the rows set aside."""

    q = forms.CharField(label=_("Key, loan or person number"), required=False, max_length=100)
    table = forms.ChoiceField(label=_("Table"), required=False)
    reason = forms.ChoiceField(label=_("Reason"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)
    tape = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        tables = [(name, words.word(name, "tables")) for name in TABLES]
        reasons: list[tuple[str, Any]] = [(OWN_FAULT, _("only rows that are wrong themselves"))]
        reasons += [(code, words.reason(code)) for code in REASONS]
        states = [("mended", words.ROW_STATES["mended"])]
        states += [("superseded", words.ROW_STATES["superseded"]), ("all", _("all"))]
        for name, every, choices in (
            ("table", _("all tables"), tables),
            ("reason", _("all reasons"), reasons),
            ("state", words.ROW_STATES["open"], states),
        ):
            cast(forms.ChoiceField, self.fields[name]).choices = [("", every), *choices]

    def which(self) -> SetAsideFilter:
        """The filter for the query; what could not be read does not narrow."""
        self.is_valid()
        given = self.cleaned_data
        state = given.get("state") or "open"
        tape: UUID | None = given.get("tape")
        reason = given.get("reason") or None
        return SetAsideFilter(
            tape_id=tape,
            table=given.get("table") or None,
            reason=None if reason == OWN_FAULT else reason,
            own_fault=reason == OWN_FAULT,
            state=None if state == "all" else state,
            text=(given.get("q") or "").replace("\0", "") or None,
        )

    @property
    def narrows(self) -> bool:
        """Whether any filter is set."""
        return any(self.data.get(name) for name in self.fields)


def page_of(data: QueryDict) -> int:
    """The number of the page asked for; 1 where it is no number of a page."""
    text = data.get("page", "1")
    if not (text.isascii() and text.isdigit() and len(text) < 9):
        return 1
    return min(max(1, int(text)), LAST_PAGE)
