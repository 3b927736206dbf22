"""The forms of the register: what each paper asks for, in the reader's language.

The actions check everything again; a form says it earlier, and beside the field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from arrears.console.register_words import ABSENCES, CERTIFICATES, DELETIONS, MARKS, REVIEWS
from arrears.console.rules_told import language
from arrears.people.rules.kinds import CERTIFICATE_KINDS
from arrears.people.rules.pictures import MOST_BYTES
from arrears.people.words import FORMS
from arrears.rulebook import telling
from arrears.rulebook.vocabulary import LISTS

_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
# Of the rulebook's channels, those that nobody is engaged for.
_NO_CHANNELS = ("none", "public", "unknown")
_BETWEEN = re.compile(r"[\s,;，；、]+")


class Line(forms.CharField):
    """Text on one line; line ends become blanks."""

    def to_python(self, value: Any) -> str:
        return " ".join((super().to_python(value) or "").split())


def line(label: Any, longest: int = 200, **more: Any) -> Line:
    """A line of text."""
    return Line(label=label, max_length=longest, **more)


def words(label: Any, longest: int = 2000, **more: Any) -> Line:
    """A few sentences."""
    area = forms.Textarea(attrs={"rows": 3})
    return Line(label=label, max_length=longest, widget=area, **more)


def day(label: Any, **more: Any) -> forms.DateField:
    """A day, picked from the browser's calendar or typed as 2026-03-31."""
    picker = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    wrong = {"invalid": _("Give a day as 2026-03-31.")}
    return forms.DateField(
        label=label, widget=picker, input_formats=["%Y-%m-%d"], error_messages=wrong, **more
    )


class Several(forms.CharField):
    """Words with commas between them."""

    def to_python(self, value: Any) -> Any:
        return [each for each in _BETWEEN.split(super().to_python(value) or "") if each]

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list | tuple) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != list(initial or []))


def several(label: Any, **more: Any) -> Several:
    """Words with commas between them, 500 characters in all."""
    return Several(label=label, required=more.pop("required", False), **more)


class Paper(forms.Form):
    """A form whose fields are named like the arguments of its action."""

    use_required_attribute = True

    def arguments(self) -> dict[str, Any]:
        """What the action is called with: nothing, where a field was left empty."""
        return {name: None if value == "" else value for name, value in self.cleaned_data.items()}

    def choose(self, name: str, choices: Iterable[tuple[str, Any]]) -> None:
        """Give a field its choices."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)


def _of_rulebook(name: str) -> Callable[[], list[tuple[str, str]]]:
    def choices() -> list[tuple[str, str]]:
        tongue = language()
        labels = LISTS[name].items()
        return [(code, telling.text_of(label, tongue)) for code, label in labels
                if code not in _NO_CHANNELS]  # fmt: skip

    return choices


def _boxes(label: Any, name: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=_of_rulebook(name), widget=forms.CheckboxSelectMultiple
    )


class Particulars(Paper):
    """Who an organisation is, as the public list shows it."""

    name = line(_("Name, as registered"))
    form = forms.ChoiceField(label=_("Type of business"), choices=lambda: list(FORMS.items()))
    registration_no = line(_("Number in the company register"), required=False)
    address = line(_("Address"), 500, required=False)
    phone = line(_("Phone for enquiries and complaints"), 50, required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=200, required=False)


class Proposal(Particulars):
    """An agency that is to be engaged."""

    ref = line(
        _("Short name"), 50,
        help_text=_("Small letters, digits and hyphens; files and programs call it so. It stays."),
    )  # fmt: skip
    field_order = ("ref",)


class Terms(Paper):
    """What a contract says."""

    contract_no = line(_("Number of the contract"), 100)
    purpose = line(_("Engaged for"), 500, help_text=_("The public list says this."))
    until_on = day(_("First day without it"))
    products = _boxes(_("Products"), "Product")
    channels = _boxes(_("Channels"), "Channel")
    jurisdictions = several(
        _("Regions"), required=True, help_text=_("As CN, CN-44 or US-NY, with commas between.")
    )
    data_kinds = several(
        _("What of persons is handed over"), help_text=_("As name, phone, debts, with commas.")
    )
    licence_no = line(_("Number of the licence"), 100, required=False)
    licence_until_on = day(
        _("First day on which the licence is over"), required=False,
        help_text=_("Left empty, it does not end. Nothing is placed once it is over."),
    )  # fmt: skip

    def clean_jurisdictions(self) -> list[str]:
        """Regions as the tape calls them."""
        given = [each.upper() for each in self.cleaned_data["jurisdictions"]]
        wrong = [each for each in given if not _PLACE.fullmatch(each)]
        if wrong:
            raise forms.ValidationError(_("This is no region: %(name)s"), params={"name": wrong[0]})
        return given


class NewTerms(Terms):
    """A contract that is to be: when it begins, and whether its impact was assessed."""

    from_on = day(_("First day"))
    impact_assessed_on = day(
        _("Day on which the impact of handing over data was assessed"), required=False,
        help_text=_("Nothing is placed before."),
    )  # fmt: skip
    field_order = ("contract_no", "purpose", "from_on", "until_on")


class Ending(Paper):
    """When a contract ends early, and why."""

    until_on = day(_("First day without it"))
    reason = words(_("Reason, for those who read this later"), 500)


class Assessment(Paper):
    """When the impact was assessed."""

    assessed_on = day(_("Day of the assessment"))


def _marks() -> list[tuple[str, Any]]:
    return [("", "—"), *MARKS.items()]


def _mark(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, choices=_marks, coerce=int)


class Review(Paper):
    """A look at an agency."""

    kind = forms.ChoiceField(label=_("Kind"), choices=lambda: list(REVIEWS.items()))
    reviewed_on = day(_("Day of the review"))
    conduct = _mark(_("Conduct"))
    quality = _mark(_("Quality of work"))
    data_security = _mark(_("Data security"))
    due_on = day(
        _("Next yearly review due"), required=False,
        help_text=_("A year on at the latest; after a failed one it is due at once."),
    )  # fmt: skip
    note = words(_("What was seen"), 4000)


class Proof(Paper):
    """That an agency gave back or deleted what it held."""

    kind = forms.ChoiceField(label=_("What was done"), choices=lambda: list(DELETIONS.items()))
    done_on = day(_("When it was done"))
    statement = words(
        _("What, how, and who certifies it"), 4000,
        help_text=_("With the number of the paper, or where it is kept."),
    )  # fmt: skip


class Reason(Paper):
    """A step that needs nothing but its reason."""

    reason = words(_("Reason, for those who read this later"), 500)


class Entry(Paper):
    """What the register says of somebody."""

    display_name = line(_("Name, as persons are told it"))
    username = line(
        _("User name"), 150, required=False,
        help_text=_("How they sign in; an administrator makes it. Left empty, it stays as it is."),
    )  # fmt: skip
    badge_until_on = day(
        _("First day without a good badge"), required=False,
        help_text=_("Left empty, the badge is good until they leave."),
    )  # fmt: skip
    languages = several(_("Languages"), help_text=_("As zh-hans, en, with commas between."))
    skills = several(_("Skills"), help_text=_("As plans, visits, letters, with commas between."))
    capacity = forms.IntegerField(
        label=_("Persons they can work on at one time"), min_value=0, max_value=10_000, initial=100
    )


class Hiring(Entry):
    """Somebody new."""

    organisation = forms.ChoiceField(label=_("Works for"))
    badge_no = line(_("Badge number"), 50)
    joined_on = day(_("First day at work"))
    field_order = ("organisation", "display_name", "badge_no", "joined_on")


class Photo(Paper):
    """A picture for a badge."""

    photo = forms.FileField(
        label=_("Photo"), allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=_(
            "JPEG, PNG or WebP, 4 MB at most. It is drawn anew: place, time and camera are not"
            " kept."
        ),
    )  # fmt: skip

    def clean_photo(self) -> Any:
        """Refuse what is too large before it is read."""
        given = self.cleaned_data["photo"]
        if given.size > MOST_BYTES:
            raise forms.ValidationError(_("The photo is too large: 4 MB at most."))
        return given


class Passed(Paper):
    """A training, test, check or certificate."""

    kind = forms.ChoiceField(
        label=_("Kind"), choices=lambda: [(each, CERTIFICATES[each]) for each in CERTIFICATE_KINDS]
    )
    passed_on = day(_("Passed on"))
    expires_on = day(
        _("First day without it"),
        help_text=_("Training and test: within a year. Background check: within three years."),
    )
    reference = line(_("Number of the paper, or where it is kept"), 500)


class HouseLetter(Paper):
    """An authority letter for all persons."""

    letter_no = line(_("Number of the letter"), 100)
    from_on = day(_("First day"))
    until_on = day(_("First day without it"))


class Letter(HouseLetter):
    """An authority letter for all persons, or one."""

    person_ref = line(
        _("Person number"), 200, required=False,
        help_text=_("Left empty, it covers all persons."),
    )  # fmt: skip


class Interest(Paper):
    """A conflict of interest: with whom, and why."""

    person_ref = line(_("Person number"))
    reason = words(_("What connects them"), 500)


class Away(Paper):
    """When somebody is away."""

    reason = forms.ChoiceField(label=_("Reason"), choices=lambda: list(ABSENCES.items()))
    from_on = day(_("First day away"))
    until_on = day(
        _("First day back"), required=False, help_text=_("Left empty, it is not known yet.")
    )


class Back(Paper):
    """When an absence ends."""

    until_on = day(_("First day back"))


class Leaving(Paper):
    """When somebody leaves."""

    left_on = day(
        _("First day on which they are gone"),
        help_text=_("From then on they can neither sign in nor act, and their cases go to others."),
    )
    reason = words(_("Reason, for those who read this later"), 500)


class Joining(Paper):
    """Which team, from when on."""

    team_id = forms.TypedChoiceField(label=_("Team"))
    from_on = day(_("From"))


class OutOfTeam(Paper):
    """From when on somebody is in no team."""

    on = day(_("From"))


class TeamName(Paper):
    """A team's name and lead."""

    name = line(_("Name"), 100)
    lead = line(
        _("Badge number of the lead"), 50, required=False, help_text=_("Left empty, nobody leads.")
    )


class NewTeam(TeamName):
    """A team that is to be."""

    organisation = forms.ChoiceField(label=_("Organisation"))
    field_order = ("organisation",)
